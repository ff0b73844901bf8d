"""What the commands of `tofulab` share: options, and how a failure is told.

Knows no command.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar

import click

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


class Trouble(click.ClickException):
    """What went wrong, for the user: one line each, exit status 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the lines on standard error."""
        for line in self.message.splitlines():
            click.echo(f"tofulab: {line}", file=file, err=True)


class LabGroup(click.Group):
    """Commands whose expected failures are troubles, not tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        from .client import OperationError
        from .tables import LabFileError

        try:
            return super().invoke(ctx)
        except (OperationError, LabFileError) as error:
            raise Trouble(str(error)) from None
        except BrokenPipeError:
            raise
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise Trouble(f"{where}{error.strerror or error}") from None


def directory_option(command: CommandT) -> CommandT:
    """Add --dir."""
    return click.option(
        "--dir",
        "directory",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="TOFULAB_DIR",
        default=".tofulab",
        show_default="./.tofulab",
        help="The lab directory, where a lab keeps its state.",
    )(command)


def file_option(command: CommandT) -> CommandT:
    """Add -f."""
    return click.option(
        "-f",
        "--file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="The lab file; without it the lab of the directory, or the default lab.",
    )(command)


def detach_option(command: CommandT) -> CommandT:
    """Add -d."""
    return click.option(
        "-d", "--detach", is_flag=True, help="Return when the lab is ready."
    )(command)


def verbose_option(command: CommandT) -> CommandT:
    """Add -v."""
    return click.option(
        "-v", "--verbose", is_flag=True, help="Log logins and operations too."
    )(command)
