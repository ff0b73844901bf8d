"""The `tofulab` command: words and options, and who does the work.

Imports almost nothing until a command runs, so that those who only look around,
or are completed by a shell, do not wait.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .. import __version__
from .options import (
    LabGroup,
    Trouble,
    detach_option,
    directory_option,
    file_option,
    verbose_option,
)

if TYPE_CHECKING:
    from .operate import Operator


@click.group(cls=LabGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tofulab")
def cli() -> None:
    """A lab of Cisco Prime Infrastructure and ISE appliances, reached by SSH."""


@cli.command()
@file_option
@directory_option
@detach_option
@verbose_option
def up(file: Path | None, directory: Path, detach: bool, verbose: bool) -> None:
    """Bring the lab up; Ctrl-C ends it."""
    _up(file, directory, None, detach=detach, verbose=verbose)


@cli.command()
@click.argument("name")
@file_option
@directory_option
@detach_option
@verbose_option
def node(
    name: str, file: Path | None, directory: Path, detach: bool, verbose: bool
) -> None:
    """Bring up one node of the lab alone; Ctrl-C ends it."""
    _up(file, directory, name, detach=detach, verbose=verbose)


@cli.command()
@directory_option
def down(directory: Path) -> None:
    """End what runs of the lab, and wait for the end."""
    from .folder import LabFolder
    from .operate import stop_all

    ended = stop_all(LabFolder(directory))
    click.echo(f"ended: {', '.join(ended)}" if ended else "nothing runs here")


@cli.command()
@directory_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def status(directory: Path, as_json: bool) -> None:
    """Show the nodes: where they are, HA state, uptime."""
    from .report import status_json, status_table

    rows = _operator(directory).status()
    click.echo(status_json(rows) if as_json else status_table(rows))


@cli.command(
    context_settings={
        "ignore_unknown_options": True,
        "allow_interspersed_args": False,
    }
)
@click.argument("name", metavar="NODE")
@click.argument("words", metavar="[COMMAND]...", nargs=-1, type=click.UNPROCESSED)
@directory_option
@click.option("-l", "--login", "user", help="Log in as this user.")
def ssh(name: str, words: tuple[str, ...], directory: Path, user: str | None) -> None:
    """Log in to a node with OpenSSH, or run one command on it."""
    from .login import open_session

    operator = _operator(directory)
    open_session(operator, operator.find(name), user, words)


@cli.command("ssh-config")
@directory_option
def ssh_config(directory: Path) -> None:
    """Print Host entries for `ssh -F FILE` or an Include line."""
    from .login import note_host_keys, write_config

    operator = _operator(directory)
    rows = operator.status()
    note_host_keys(operator.folder, rows)
    click.echo(write_config(operator.folder, operator.lab, rows), nl=False)


@cli.command()
@click.argument("name", metavar="[NODE]", required=False)
@directory_option
def reset(name: str | None, directory: Path) -> None:
    """Take a node, or all of them, back to the first boot.  Asks nothing."""
    operator = _operator(directory)
    names = operator.reset(operator.find(name) if name else None)
    _note_host_keys(operator)
    click.echo(f"back at the first boot: {', '.join(names)}")


@cli.command("renew-cert")
@click.argument("name", metavar="NODE")
@directory_option
def renew_cert(name: str, directory: Path) -> None:
    """Give a node a new self-signed certificate, as its GUI would."""
    _request(directory, name, "renew-cert", "has a new self-signed certificate")


@cli.command()
@click.argument("name", metavar="NODE")
@directory_option
def rebuild(name: str, directory: Path) -> None:
    """Redeploy a node: the same address, everything else new."""
    _request(directory, name, "rebuild", "is rebuilt")


@cli.command()
@click.argument("name", metavar="NODE")
@click.argument("state", type=click.Choice(["off", "on"]))
@directory_option
def power(name: str, state: str, directory: Path) -> None:
    """Pull a node's plug, or put it back in."""
    _request(directory, name, "power", f"is {state}", on=state == "on")


@cli.command()
@click.option("--mode", type=click.Choice(["exec", "config"]), help="Only these.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "md", "json"]),
    default="text",
    help="How to print them.",
)
def commands(mode: str | None, form: str) -> None:
    """Print the reference of all commands at the nodes' prompts."""
    from . import reference

    write = {
        "text": reference.as_text,
        "md": reference.as_markdown,
        "json": reference.as_json,
    }
    click.echo(write[form](reference.entries(mode)))


@cli.group()
def ca() -> None:
    """The lab's certificate authority."""


@ca.command()
@click.argument("name", metavar="NODE")
@click.argument("file", metavar="FILE.csr")
@directory_option
def sign(name: str, file: str, directory: Path) -> None:
    """Sign a request that lies in a node's repository.

    The certificate and the chain are put beside it.
    """
    operator = _operator(directory)
    target = operator.find(name).seed.name
    certificate, chain = operator.sign(target, file)
    click.echo(f"{target}: {certificate} and {chain} are in the repository")


@cli.command()
@click.argument(
    "file", type=click.Path(dir_okay=False, path_type=Path), default="lab.toml"
)
def init(file: Path) -> None:
    """Write a commented lab file, lab.toml unless named otherwise."""
    from .labfile import default_text

    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(default_text())
    except FileExistsError:
        raise Trouble(f"{file} exists; remove it, or name another file") from None
    click.echo(f"{file} is written; run it with: tofulab up -f {file}")


@cli.command()
@click.argument(
    "file", type=click.Path(dir_okay=False, path_type=Path), default="lab.toml"
)
def validate(file: Path) -> None:
    """Say everything that is wrong with a lab file."""
    from .labfile import read_lab

    count = len(read_lab(file).nodes)
    click.echo(f"{file}: no mistakes, {count} node{'s' * (count != 1)}")


def main() -> None:
    """Run the command of this process's arguments."""
    try:
        cli(prog_name="tofulab")
    except Exception as error:
        # A fault of ours, not of the user, who gets one line like any other.
        if os.environ.get("TOFULAB_DEBUG"):
            raise
        what = f"{type(error).__name__}: {error}".replace("\n", " ")
        click.echo(
            f"tofulab: internal error: {what}; TOFULAB_DEBUG=1 shows where", err=True
        )
        sys.exit(1)


def _up(
    file: Path | None,
    directory: Path,
    name: str | None,
    *,
    detach: bool,
    verbose: bool,
) -> None:
    from .startup import choose_lab, run_behind, run_here

    choice = choose_lab(directory, file, name)
    if detach:
        run_behind(choice)
    else:
        run_here(choice, verbose=verbose)


def _operator(directory: Path) -> Operator:
    from .operate import open_lab

    return open_lab(directory)


def _request(directory: Path, name: str, do: str, done: str, **details: object) -> None:
    operator = _operator(directory)
    target = operator.find(name)
    operator.request(target, do, **details)
    _note_host_keys(operator)
    click.echo(f"{target.seed.name} {done}")


def _note_host_keys(operator: Operator) -> None:
    """Let `ssh` know the keys that a rebuilt node or a new first boot has."""
    from .login import note_host_keys

    note_host_keys(operator.folder, operator.status())
