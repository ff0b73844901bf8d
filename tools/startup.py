"""Which lab is brought up, and whether here or in the background.

Imports the launcher, and with it most of the world, only when nodes are to run.
"""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from .background import start_in_background
from .folder import LabFolder
from .lab import Lab, LabNode
from .labfile import default_text, parse_lab, read_text
from .operate import Operator
from .report import announce


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A lab that is to come up, or `only` one node of it.

    `source` is what a user calls the lab file, `given` the file of -f.
    """

    folder: LabFolder
    lab: Lab
    text: str
    source: str
    given: Path | None
    only: str | None

    @property
    def nodes(self) -> Sequence[LabNode]:
        """The nodes that come up."""
        return [self.lab.node(self.only)] if self.only else self.lab.nodes


def choose_lab(directory: Path, given: Path | None, name: str | None) -> Choice:
    """Take the lab file given, else the directory's own, else the default lab.

    Raises `LabFileError`, and `OperationError` when there is no node `name`.
    """
    folder = LabFolder(directory)
    file = given or (folder.lab_file if folder.lab_file.exists() else None)
    text = read_text(file) if file else default_text()
    source = given or directory / folder.lab_file.name
    lab = parse_lab(text, str(source))
    only = Operator(folder, lab).find(name).seed.name if name else None
    return Choice(
        folder=folder, lab=lab, text=text, source=str(source), given=given, only=only
    )


def run_here(choice: Choice, *, verbose: bool) -> None:
    """Run the lab in this process until it is told to end.

    Raises `OperationError` when it cannot start.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        # Until the lab takes signals itself: an end on request is no failure.
        signal.signal(number, _leave)
    _log_to_stderr(verbose)
    from .runner import Job, run

    job = Job(
        lab=choice.lab,
        text=choice.text,
        file=choice.source,
        folder=choice.folder,
        only=choice.only,
        announce=lambda: _announce(choice),
        ready=lambda: print("ready; Ctrl-C or `tofulab down` ends it", flush=True),
    )
    run(job)


def run_behind(choice: Choice) -> None:
    """Run the lab in the background; returns when it is ready.

    Raises `OperationError` when it cannot start.
    """
    arguments = ["node", choice.only] if choice.only else ["up"]
    arguments += ["--verbose", "--dir", str(choice.folder.path)]
    if choice.given:
        arguments += ["--file", str(choice.given.absolute())]
    start_in_background(arguments, choice.folder)
    _announce(choice)
    print(f"ready; `tofulab down` ends it, its log is {choice.folder.log}")


def _announce(choice: Choice) -> None:
    text = announce(choice.lab, choice.nodes, choice.folder.path, choice.source)
    print(text, flush=True)


def _leave(number: int, frame: object) -> NoReturn:
    sys.exit(0)


def _log_to_stderr(verbose: bool) -> None:
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.WARNING, format=form)
    if verbose:
        logging.getLogger("tofulab").setLevel(logging.INFO)
