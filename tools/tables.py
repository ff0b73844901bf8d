"""Read TOML tables key by key and note every mistake instead of stopping at one.

Knows nothing of labs: what a key may hold is said by the converter it is read with.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")
Other = TypeVar("Other")


class Refusal(ValueError):
    """A value that a key cannot take: the reason, and what to do about it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing wrong in a file; `key` is a path such as `node[2].address`.

    Members of lists are counted from 1.  `key` is empty where the file as a
    whole is meant; `file` ends with `:LINE` for errors of syntax.
    """

    file: str
    key: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}" if self.key else self.file
        return f"{where}: {self.reason}; {self.remedy}"


class LabFileError(ValueError):
    """A lab file that cannot be used, with all of its mistakes."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)


class MistakeList:
    """Collects the mistakes of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []

    def note(self, key: str, reason: str, remedy: str) -> None:
        """Add a mistake at a key path."""
        mistake = Mistake(file=self.file, key=key, reason=reason, remedy=remedy)
        self.mistakes.append(mistake)

    def check(self) -> None:
        """Raise `LabFileError` if anything was noted."""
        if self.mistakes:
            raise LabFileError(self.mistakes)


class Table:
    """One table of a TOML file; remembers which keys were asked for."""

    def __init__(
        self, data: Mapping[str, object], notes: MistakeList, path: str = ""
    ) -> None:
        self._data = data
        self._notes = notes
        self._path = path
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def key_path(self, key: str) -> str:
        """Say where `key` stands in the file."""
        return f"{self._path}.{key}" if self._path else key

    def note(self, key: str, reason: str, remedy: str) -> None:
        """Note a mistake at `key` of this table."""
        self._notes.note(self.key_path(key), reason, remedy)

    def get(
        self, key: str, convert: Callable[[object], T], default: Other
    ) -> T | Other:
        """Convert what stands at `key`; `default` if nothing or nonsense does."""
        self._known.append(key)
        if key not in self._data:
            return default
        return self._convert(key, self._data[key], convert, default)

    def need(
        self, key: str, convert: Callable[[object], T], otherwise: Other
    ) -> T | Other:
        """Convert what must stand at `key`; `otherwise` after noting a mistake."""
        if key not in self._data:
            self.note(key, "is missing", "add it")
        return self.get(key, convert, otherwise)

    def items(
        self,
        convert_key: Callable[[object], K],
        convert: Callable[[object], T],
        otherwise: Other,
    ) -> dict[K, T | Other]:
        """Convert a table whose keys are free; wrong keys are left out."""
        self._known.extend(self._data)
        found: dict[K, T | Other] = {}
        for key, value in self._data.items():
            name = self._convert(key, key, convert_key, None)
            converted = self._convert(key, value, convert, otherwise)
            if name is not None:
                found[name] = converted
        return found

    def members(self, key: str, convert: Callable[[object], T]) -> list[T]:
        """Convert each member of the list at `key`; bad ones are left out."""
        found: list[T] = []
        for number, value in enumerate(self.get(key, as_list, list[object]()), start=1):
            converted = self._convert(f"{key}[{number}]", value, convert, None)
            if converted is not None:
                found.append(converted)
        return found

    def table(self, key: str) -> Table:
        """Go into the table at `key`; an absent one counts as empty."""
        data = self.get(key, as_mapping, dict[str, object]())
        return Table(data, self._notes, self.key_path(key))

    def tables(self, key: str) -> list[Table]:
        """Go into each table of the `[[key]]` list."""
        found: list[Table] = []
        for number, value in enumerate(
            self.get(key, as_tables, list[object]()), start=1
        ):
            member = f"{key}[{number}]"
            data = self._convert(member, value, as_mapping, dict[str, object]())
            found.append(Table(data, self._notes, self.key_path(member)))
        return found

    def close(self) -> None:
        """Note every key that nobody asked for, with the one probably meant."""
        for key in self._data:
            if key not in self._known:
                self.note(key, "unknown key", suggest(key, self._known))

    def _convert(
        self,
        key: str,
        value: object,
        convert: Callable[[object], T],
        otherwise: Other,
    ) -> T | Other:
        try:
            return convert(value)
        except Refusal as refusal:
            self.note(key, refusal.reason, refusal.remedy)
            return otherwise


def suggest(word: str, known: Iterable[str]) -> str:
    """Say which of the `known` words was probably meant by `word`."""
    words = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(word.lower(), words, n=1)
    if near:
        return f'did you mean "{words[near[0]]}"?'
    return "known here: " + ", ".join(words.values())


def as_list(value: object) -> list[object]:
    """Take a list."""
    if not isinstance(value, list):
        raise Refusal(f"{show(value)} is not a list", "put it into [ ]")
    return value


def as_tables(value: object) -> list[object]:
    """Take a list of tables."""
    if isinstance(value, dict):
        raise Refusal("is a single table", "write its header in double brackets")
    return as_list(value)


def as_mapping(value: object) -> dict[str, object]:
    """Take a table."""
    if not isinstance(value, dict):
        raise Refusal(f"{show(value)} is not a table", "write key = value lines")
    return value


def show(value: object) -> str:
    """Write a value on one line as TOML has it, cut where it gets long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a table"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= 60 else text[:57] + "..."
