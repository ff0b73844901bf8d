"""The running configuration: what `configure terminal` changes and every part obeys.

Knows nothing of how it is typed or shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .store import Store

_SETTING = "configuration"
DEFAULT_REPOSITORY = "defaultRepo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The values; `hosts` maps addresses to names, `repositories` names to URLs."""

    hostname: str
    name_servers: tuple[str, ...] = ()
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repositories: Mapping[str, str | None] = field(
        default_factory=lambda: {DEFAULT_REPOSITORY: f"disk:/{DEFAULT_REPOSITORY}"}
    )


class RunningConfiguration:
    """The node's configuration, kept in its database with every change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._values: Configuration | None = None

    @property
    def values(self) -> Configuration:
        """The configuration as it is now."""
        if self._values is None:
            self._values = _decode(self._store.setting(_SETTING))
        return self._values

    def save(self, values: Configuration) -> None:
        """Put a configuration in force."""
        self._store.put_setting(_SETTING, asdict(values))
        self._values = values

    def change(self, **changes: Any) -> None:
        """Put a configuration in force that differs in the named values."""
        self.save(replace(self.values, **changes))

    def add_host(self, address: str, name: str) -> None:
        """Add a name for an address to the hosts entries."""
        names = tuple(dict.fromkeys((*self.values.hosts.get(address, ()), name)))
        self.change(hosts={**self.values.hosts, address: names})

    def remove_host(self, address: str, name: str) -> bool:
        """Take a name of an address away; tell whether it was there."""
        names = self.values.hosts.get(address, ())
        if name not in names:
            return False
        hosts = {**self.values.hosts, address: tuple(n for n in names if n != name)}
        self.change(hosts={key: left for key, left in hosts.items() if left})
        return True


def _decode(data: dict[str, Any]) -> Configuration:
    return Configuration(
        hostname=data["hostname"],
        name_servers=tuple(data["name_servers"]),
        hosts={address: tuple(names) for address, names in data["hosts"].items()},
        repositories=data["repositories"],
    )
