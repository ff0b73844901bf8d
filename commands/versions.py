"""The releases that a node can be, and the numbers it shows for them.

Knows nothing of how they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..state.seed import Kind

_PRIME_BUILDS = {
    "3.5": "3.5.0.0.550",
    "3.6": "3.6.0.0.172",
    "3.7": "3.7.0.0.159",
    "3.8": "3.8.0.0.310",
    "3.9": "3.9.0.0.219",
    "3.10": "3.10.0.0.205",
}
"""Builds: the form is seen (3.4.0.0.348), the last numbers are recalled at best."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What `show version` says; `system` is ADE-OS, `year` its copyright's last."""

    system: str
    system_build: str
    year: int
    version: str
    build: str


def release_of(kind: Kind, version: str) -> Release:
    """Say what a node of a kind and version shows."""
    if kind is Kind.PRIME:
        return Release(
            system="4.1",
            system_build="4.1.0.001",
            year=2018,
            version=f"{version}.0",
            build=_PRIME_BUILDS[version],
        )
    return Release(
        system="3.0",
        system_build=f"3.0.{version}.001",
        year=2020,
        version=f"{version}.0",
        build=f"{version}.0.458",
    )
