"""`python -m tofulab`: the same as the `tofulab` command."""

from tofulab.tools.cli import main

if __name__ == "__main__":
    main()
