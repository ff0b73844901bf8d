"""What is printed about a lab, whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tofulab.tools.lab import Lab
from tofulab.tools.labfile import default_lab, default_text, parse_lab
from tofulab.tools.report import announce, status_json, status_table

ROWS: list[dict[str, Any]] = [
    {
        "name": "prime-pri",
        "kind": "prime",
        "role": "primary",
        "address": "192.0.2.11",
        "power": "on",
        "ha_state": "Primary Active",
        "uptime_s": 3723,
        "ssh": {"host": "127.0.0.1", "port": 2211},
        "https": {"host": "0.0.0.0", "port": 4411},
        "health_monitor": {"host": "::1", "port": 8211},
        "host_keys": ["ssh-ed25519 AAAA"],
    },
    {
        "name": "ISE",
        "kind": "ise",
        "role": "standalone",
        "address": "192.0.2.21",
        "power": "off",
        "ha_state": None,
        "uptime_s": 0,
        "ssh": {"host": "127.0.0.1", "port": 2221},
        "https": {"host": "127.0.0.1", "port": 4421},
    },
]


def say(lab: Lab) -> list[str]:
    """Announce all nodes of a lab."""
    return announce(lab, lab.nodes, Path("/here/.tofulab"), "my.toml").splitlines()


def test_the_default_lab_is_announced_with_its_secrets() -> None:
    """Where to log in, as whom, and with what."""
    assert [
        'Lab "default", 300 times as fast as the appliance;'
        " its state is in /here/.tofulab",
        "",
        "  prime-pri   primary     192.0.2.11  ssh -p 2211 admin@127.0.0.1"
        "  https://127.0.0.1:4411/  https://127.0.0.1:8211/",
        "  prime-sec   secondary   192.0.2.12  ssh -p 2212 admin@127.0.0.1"
        "  https://127.0.0.1:4412/  https://127.0.0.1:8212/",
        "  ISE-server  standalone  192.0.2.21  ssh -p 2221 admin@127.0.0.1"
        "  https://127.0.0.1:4421/",
        "",
        "user admin, password Lab-Admin-1",
        "HA authentication key Lab-Key-1",
    ] == say(default_lab())


def test_own_secrets_are_not_printed() -> None:
    """What not everybody knows is named by the file it stands in."""
    text = default_text().replace("scale = 300", 'scale = "instant"')
    text = text.replace("Lab-Admin-1", "Own-Secret-1").replace("Lab-Key", "Own-Key")
    lines = say(parse_lab(text, "my.toml"))
    assert 'Lab "default", without waiting; its state is in /here/.tofulab' == lines[0]
    assert [
        "users and passwords: as in my.toml",
        "HA authentication key: as in my.toml",
    ] == lines[-2:]


def test_a_lab_without_pairs_has_no_key() -> None:
    """Where no node has an authentication key, none is announced."""
    head, mark, tail = default_text().partition('[[node]]\nname = "prime-sec"')
    text = head + tail[tail.index("# On an ISE node") :]
    text = text.replace('ha_authkey = "Lab-Key-1"\n', "")
    text = text.replace("scale = 300", 'scale = "real"')
    lines = say(parse_lab(text, "my.toml"))
    assert mark
    assert lines[0].startswith('Lab "default", as fast as the appliance;')
    assert "user admin, password Lab-Admin-1" == lines[-1]


def test_the_status_table() -> None:
    """One aligned line a node; what a node does not have is a dash."""
    assert [
        "NODE       KIND   ROLE        ADDRESS     POWER  HA STATE        UPTIME"
        "   SSH             HTTPS           HEALTH MONITOR",
        "prime-pri  prime  primary     192.0.2.11  on     Primary Active  1:02:03"
        "  127.0.0.1:2211  127.0.0.1:4411  [::1]:8211",
        "ISE        ise    standalone  192.0.2.21  off    -               0:00:00"
        "  127.0.0.1:2221  127.0.0.1:4421  -",
    ] == status_table(ROWS).splitlines()


def test_the_status_for_programs() -> None:
    """The documented keys, all of them and no other."""
    shown = json.loads(status_json(ROWS))
    assert ["nodes"] == list(shown)
    assert [
        "name",
        "kind",
        "role",
        "address",
        "power",
        "ha_state",
        "uptime_s",
        "ssh",
        "https",
        "health_monitor",
    ] == list(shown["nodes"][0])
    assert ROWS[1] == shown["nodes"][1]
