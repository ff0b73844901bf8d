"""`dir`: the files of the local disk.

Knows nothing of repositories' URLs.
"""

from __future__ import annotations

from ..state.repositories import RepositoryError
from . import catalogue as say
from .catalogue import RECALLED
from .context import Context, fail
from .registry import Family

files = Family(
    {"dir": "List the files of the local disk", "<path>": "Directory, as disk:/path"}
)


@files.command("dir [<path:word>]", RECALLED)
async def show_directory(context: Context, path: str = "") -> None:
    """List the files of a directory of the local disk."""
    place = path.removeprefix("disk:").strip("/")
    repositories = context.node.repositories
    try:
        entries = repositories.listing(place)
    except RepositoryError as error:
        raise fail(error) from None
    rows = [
        say.DIRECTORY_ROW.format(
            size=entry.size,
            time=f"{entry.modified:%b %d %Y %H:%M:%S}",
            name=f"{entry.name}/" if entry.is_folder else entry.name,
        )
        for entry in entries
    ]
    usage = say.DIRECTORY_USAGE.format(
        used=sum(entry.size for entry in entries),
        free=_CAPACITY - sum(entry.size for entry in entries),
        available=_CAPACITY,
    )
    heading = say.DIRECTORY_HEADING.format(path=place)
    await context.console.write(heading + "".join(rows) + usage)


_CAPACITY = 12_012_900_352
"""Bytes of the local disk, as in the reference's listing (recalled)."""
