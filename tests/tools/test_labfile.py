"""The lab file: what a good one means, and what is said of a bad one."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from tofulab.state.clock import DEFAULT_FACTOR
from tofulab.state.seed import (
    KeyType,
    Kind,
    NodeSeed,
    Role,
    SubjectFields,
    UserRole,
    UserSeed,
)
from tofulab.tools.lab import DEFAULT_SCALE
from tofulab.tools.labfile import (
    Dns,
    Lab,
    LabFileError,
    LabNode,
    Link,
    LinkState,
    default_lab,
    default_text,
    parse_lab,
    read_lab,
)

GOOD = """\
name = "pair"
scale = 60

[[node]]
name = "one"
kind = "prime"
role = "primary"
address = "192.0.2.1"
listen = { 22 = 2301, 443 = "127.0.0.1:4301", 8082 = "[::1]:8301" }

[[node.user]]
name = "admin"
password = "Own-Secret-1"

[[node]]
name = "two"
kind = "prime"
role = "secondary"
address = "192.0.2.2"
ha_authkey = "Own-Key-1"
listen = { 22 = 2302, 443 = 4302, 8082 = 8302 }

[[node.user]]
name = "admin"
password = "Own-Secret-1"
"""

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKqkmSLnjFH3jTzYCRMPRLtYp9BJaFjWSyMlbmAvqTGn"

Mistakes = Callable[[str], list[str]]


@pytest.fixture
def mistakes() -> Mistakes:
    """Collect what is said of a lab file, without its name."""

    def collect(text: str) -> list[str]:
        with pytest.raises(LabFileError) as caught:
            parse_lab(text, "lab.toml")
        lines = [str(mistake) for mistake in caught.value.mistakes]
        assert "\n".join(lines) == str(caught.value)
        assert all(line.startswith("lab.toml:") for line in lines)
        return [line.removeprefix("lab.toml:").strip() for line in lines]

    return collect


def change(old: str, new: str) -> str:
    """Make the good file say something else in its first place of `old`."""
    assert old in GOOD
    return GOOD.replace(old, new, 1)


class TestGoodFiles:
    def test_every_part_arrives_in_the_lab(self) -> None:
        """A file that says everything is read in full."""
        lab = parse_lab(
            f"""
            name = "full"
            scale = "real"
            [[node]]
            name = "ise-1"
            kind = "ise"
            role = "not-monitoring"
            address = "192.0.2.9"
            version = "3.2"
            key_type = "ec-p256"
            name_servers = ["192.0.2.53"]
            listen = {{ 22 = "127.0.0.1:2209" , 443 = 4409 }}
            hosts = {{ other = "192.0.2.8" }}
            [node.subject]
            country = "KR"
            organizational_unit = "Lab"
            [[node.user]]
            name = "eve"
            role = "user"
            public_keys = ["{KEY} eve@example"]
            [[node.user]]
            name = "admin"
            password = "Own-Secret-1"
            [[node]]
            name = "ise-2"
            kind = "ise"
            role = "primary"
            address = "127.0.0.9"
            user = [{{ name = "admin", password = "Own-Secret-1" }}]
            [[link]]
            between = ["ise-1", "ise-2"]
            state = "cut"
            port = 443
            one_way = true
            [dns]
            server = "192.0.2.53"
            records = {{ "Ise-1.example.com" = "192.0.2.9" }}
            [hosts]
            Both = "192.0.2.9"
            """,
            "full.toml",
        )
        admin = UserSeed(name="admin", password="Own-Secret-1", role=UserRole.ADMIN)
        eve = UserSeed(
            name="eve", role=UserRole.USER, public_keys=(f"{KEY} eve@example",)
        )
        first = NodeSeed(
            name="ise-1",
            kind=Kind.ISE,
            role=Role.NOT_MONITORING,
            address="192.0.2.9",
            version="3.2",
            users=(eve, admin),
            subject=SubjectFields(country="KR", organizational_unit="Lab"),
            key_type=KeyType.EC_P256,
            name_servers=("192.0.2.53",),
            hosts=(("192.0.2.9", "Both"), ("192.0.2.8", "other")),
        )
        second = NodeSeed(
            name="ise-2",
            kind=Kind.ISE,
            role=Role.PRIMARY,
            address="127.0.0.9",
            version="2.7",
            users=(admin,),
            hosts=(("192.0.2.9", "Both"),),
        )
        listen = {22: ("127.0.0.1", 2209), 443: ("127.0.0.1", 4409)}
        link = Link(
            nodes=("ise-1", "ise-2"), state=LinkState.CUT, port=443, one_way=True
        )
        expected = Lab(
            name="full",
            scale=1.0,
            nodes=(LabNode(seed=first, listen=listen), LabNode(seed=second)),
            links=(link,),
            dns=Dns(server="192.0.2.53", records={"ise-1.example.com": "192.0.2.9"}),
            hosts=(("192.0.2.9", "Both"),),
        )
        assert expected == lab

    def test_the_default_lab_is_the_one_that_is_documented(self) -> None:
        """The embedded lab has the documented nodes at the documented places."""
        lab = default_lab()
        found = {
            node.seed.name: (node.seed.address, node.seed.role, dict(node.listen))
            for node in lab.nodes
        }
        expected = {
            "prime-pri": (
                "192.0.2.11",
                Role.PRIMARY,
                {
                    22: ("127.0.0.1", 2211),
                    443: ("127.0.0.1", 4411),
                    8082: ("127.0.0.1", 8211),
                },
            ),
            "prime-sec": (
                "192.0.2.12",
                Role.SECONDARY,
                {
                    22: ("127.0.0.1", 2212),
                    443: ("127.0.0.1", 4412),
                    8082: ("127.0.0.1", 8212),
                },
            ),
            "ISE-server": (
                "192.0.2.21",
                Role.STANDALONE,
                {22: ("127.0.0.1", 2221), 443: ("127.0.0.1", 4421)},
            ),
        }
        assert expected == found
        assert DEFAULT_FACTOR == lab.scale == DEFAULT_SCALE
        admins = {
            (user.name, user.password) for node in lab.nodes for user in node.seed.users
        }
        assert {("admin", "Lab-Admin-1")} == admins
        assert "Lab-Key-1" == lab.node("prime-sec").seed.ha_authkey

    def test_the_commented_link_of_the_default_file_works(self) -> None:
        """Taking the comment marks off the example of a link gives a valid file."""
        head, mark, tail = default_text().partition("# [[link]]")
        example = (mark + tail).replace("\n# ", "\n").removeprefix("# ")
        lab = parse_lab(head + example, "lab.toml")
        link = Link(
            nodes=("prime-pri", "prime-sec"),
            state=LinkState.CUT,
            port=8082,
            one_way=True,
        )
        assert (link,) == lab.links

    def test_a_port_without_a_mapping_is_the_real_one(self) -> None:
        """A node listens at its own address where nothing else is said."""
        node = parse_lab(GOOD, "lab.toml").nodes[0]
        bare = LabNode(seed=node.seed)
        assert ("192.0.2.1", 8082) == bare.place(8082)
        assert ("::1", 8301) == node.place(8082)

    @pytest.mark.parametrize(
        ("written", "meant"),
        [('"real"', 1.0), ('"instant"', math.inf), ("0.5", 0.5), ("300", 300.0)],
    )
    def test_scale(self, written: str, meant: float) -> None:
        """A scale is a word or a factor."""
        lab = parse_lab(change("scale = 60", f"scale = {written}"), "lab.toml")
        assert meant == lab.scale

    def test_nodes_are_found_in_any_case(self) -> None:
        """A node is found by its name however that is capitalised."""
        lab = parse_lab(GOOD, "lab.toml")
        assert "one" == lab.node("ONE").seed.name
        with pytest.raises(LookupError):
            lab.node("three")


class TestMistakes:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (
                'name = "pair"',
                'nmae = "pair"',
                'nmae: unknown key; did you mean "name"?',
            ),
            (
                "scale = 60",
                "scale = 0",
                'scale: 0 is not a time scale; write "real", "instant", or a number'
                " above 0 such as 300",
            ),
            (
                "scale = 60",
                "scale = nan",
                'scale: nan is not a time scale; write "real", "instant", or a number'
                " above 0 such as 300",
            ),
            (
                "scale = 60",
                "scale = true",
                'scale: true is not a time scale; write "real", "instant", or a number'
                " above 0 such as 300",
            ),
            (
                'name = "one"',
                'name = "one_1"',
                'node[1].name: "one_1" is not a host name; use up to 63 letters,'
                " digits and inner hyphens",
            ),
            (
                'name = "one"',
                'name = "TWO"',
                'node[2].name: "two" is the name of node[1] too; name each node once',
            ),
            (
                'name = "one"',
                'name = "run"',
                'node[1].name: "run" is taken by a folder of the lab; choose another'
                " name",
            ),
            (
                'kind = "prime"\nrole = "primary"',
                'kind = "pirme"\nrole = "standalone"',
                'node[1].kind: "pirme" is not possible; did you mean "prime"?',
            ),
            (
                'role = "primary"',
                'role = "standalone"',
                'node[1].role: "standalone" is not possible;'
                " known here: primary, secondary",
            ),
            (
                'address = "192.0.2.1"',
                'address = "192.0.2.300"',
                'node[1].address: "192.0.2.300" is not an IPv4 address;'
                " write it as 192.0.2.11",
            ),
            (
                'address = "192.0.2.1"',
                'address = "0.0.0.0"',
                'node[1].address: "0.0.0.0" is no server\'s address;'
                " give the node its own",
            ),
            (
                'address = "192.0.2.1"',
                'address = "192.0.2.2"',
                'node[2].address: "192.0.2.2" is the address of node[1] too;'
                " give each node its own",
            ),
            (
                'role = "primary"',
                'role = "primary"\nversion = 3.10',
                'node[1].version: 3.1 is a number; put it into quotes, as "3.10"',
            ),
            (
                'role = "primary"',
                'role = "primary"\nversion = "3.11"',
                'node[1].version: "3.11" is not a release; choose 3.5 to 3.10',
            ),
            (
                'role = "primary"',
                'role = "primary"\nkey_type = "rsa-1024"',
                'node[1].key_type: "rsa-1024" is not possible;'
                ' did you mean "rsa-2048"?',
            ),
            (
                'role = "primary"',
                'role = "primary"\nsubject.country = "usa"',
                'node[1].subject.country: "usa" is not a country code;'
                ' write two capitals, as "US"',
            ),
            (
                'role = "primary"',
                'role = "primary"\nname_servers = ["192.0.2.53", 5]',
                "node[1].name_servers[2]: 5 is not text; put it into quotes",
            ),
            (
                "22 = 2301",
                "22 = 65536",
                "node[1].listen.22: port 65536 is out of range;"
                " choose one from 1 to 65535",
            ),
            (
                "22 = 2301",
                '22 = "localhost:2301"',
                'node[1].listen.22: "localhost" is not an IP address;'
                " write it as 192.0.2.11",
            ),
            (
                "22 = 2301",
                '22 = "2301"',
                'node[1].listen.22: "2301" is not ADDRESS:PORT;'
                ' write it as "127.0.0.1:2211"',
            ),
            (
                "22 = 2301",
                "22 = 2301, 80 = 8001",
                'node[1].listen.80: prime nodes do not serve "80"; map 22, 443, 8082',
            ),
            (
                "22 = 2301",
                "22 = 2302",
                "node[2].listen.22: 127.0.0.1 port 2302 is taken by node[1].listen.22;"
                " choose another port",
            ),
            (
                "22 = 2301",
                '22 = "0.0.0.0:2302"',
                "node[2].listen.22: 127.0.0.1 port 2302 is taken by node[1].listen.22;"
                " choose another port",
            ),
            (
                'ha_authkey = "Own-Key-1"\n',
                "",
                "node[2].ha_authkey: is missing: a secondary is installed with one;"
                " add it",
            ),
            (
                '"Own-Key-1"',
                '"short"',
                "node[2].ha_authkey: has 5 characters; use 8 to 127 of them",
            ),
            (
                '"Own-Secret-1"',
                '"own-secret-1"',
                "node[1].user[1].password: is too simple;"
                " use a lower-case letter, a capital and a digit at least",
            ),
            (
                'password = "Own-Secret-1"',
                "",
                "node[1].user[1].password: is missing;"
                " give the user one, or public_keys",
            ),
            (
                'password = "Own-Secret-1"',
                'public_keys = ["ssh-ed25519 AAAA"]',
                'node[1].user[1].public_keys[1]: "ssh-ed25519 AAAA" is not a public'
                " key; paste the one line of a file such as id_ed25519.pub",
            ),
            (
                'password = "Own-Secret-1"',
                'password = "Own-Secret-1"\nrole = "root"',
                'node[1].user[1].role: "root" is not possible; known here: admin, user',
            ),
            (
                'password = "Own-Secret-1"',
                'password = "Own-Secret-1"\nrole = "user"',
                "node[1].user: the node has no user of role admin;"
                " write a [[node.user]] table",
            ),
            (
                'name = "admin"',
                'name = "0"',
                'node[1].user[1].name: "0" is not a user name;'
                " use up to 32 letters, digits, dots, hyphens; a letter first",
            ),
            (
                "[[node]]",
                '[[link]]\nbetween = ["one", "tow"]\n[[node]]',
                'link[1].between: there is no node "tow"; did you mean "two"?',
            ),
            (
                "[[node]]",
                '[[link]]\nbetween = ["one"]\n[[node]]',
                "link[1].between: does not name two nodes;"
                ' write it as ["one", "other"]',
            ),
            (
                "[[node]]",
                '[[link]]\nbetween = ["one", "one"]\n[[node]]',
                "link[1].between: joins a node to itself; name two different nodes",
            ),
            (
                "[[node]]",
                '[[link]]\nbetween = ["one", "two"]\nstate = "down"\n[[node]]',
                'link[1].state: "down" is not possible; known here: up, cut',
            ),
            (
                "[[node]]",
                '[[link]]\nbetween = ["one", "two"]\none_way = 1\n[[node]]',
                "link[1].one_way: 1 is neither true nor false; write one of them",
            ),
            (
                "[[node]]",
                '[dns.records]\none = "192.0.2.1"\n[[node]]',
                "dns.server: is missing; say at which address nodes find it",
            ),
            (
                "[[node]]",
                '[hosts]\n"-one" = "192.0.2.1"\n[[node]]',
                'hosts.-one: "-one" is not a name of a host;'
                " use labels of letters, digits and inner hyphens, joined by dots",
            ),
            (
                "[[node]]",
                '[hosts]\none = "192.0.2"\n[[node]]',
                'hosts.one: "192.0.2" is not an IP address; write it as 192.0.2.11',
            ),
        ],
    )
    def test_one_mistake(
        self, mistakes: Mistakes, old: str, new: str, said: str
    ) -> None:
        """A single mistake is told once, with its key, the reason and the way out."""
        assert [said] == mistakes(change(old, new))

    def test_a_user_twice(self, mistakes: Mistakes) -> None:
        """Two users of a node cannot have one name."""
        twice = GOOD + '[[node.user]]\nname = "admin"\npassword = "Own-Secret-2"\n'
        said = 'node[2].user[2].name: "admin" stands here twice; name each user once'
        assert [said] == mistakes(twice)

    def test_ise_nodes_have_no_authentication_key(self, mistakes: Mistakes) -> None:
        """Keys that a kind of node does not have are refused."""
        text = change('kind = "prime"', 'kind = "ise"\nha_authkey = "Own-Key-1"')
        said = [
            "node[1].ha_authkey: an ISE node has no such key; take it out",
            'node[1].listen.8082: ise nodes do not serve "8082"; map 22, 443',
        ]
        assert said == mistakes(text)

    def test_all_mistakes_come_at_once(self, mistakes: Mistakes) -> None:
        """Mistakes in different places do not hide each other."""
        text = change("scale = 60", 'scale = "fast"\nspeed = 1')
        text = text.replace('"192.0.2.2"', '"nowhere"').replace("2302", '"x"')
        assert [
            "node[2].address",
            "node[2].listen.22",
            "scale",
            "speed",
        ] == [line.partition(":")[0] for line in mistakes(text)]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("scale = \n", "1: Invalid value; mend it there"),
            ("a = 1\na = 2", "2: Cannot overwrite a value; mend it there"),
            ('a = 1\nb = """x', "2: Unterminated string; mend it there"),
            ("a = " + "[" * 100_000, "is nested too deep; write it flatter"),
        ],
    )
    def test_syntax(self, mistakes: Mistakes, text: str, said: str) -> None:
        """An error of syntax is told with its line."""
        assert [said] == mistakes(text)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                "",
                ["node: the lab has no nodes; write a [[node]] table for each"],
            ),
            (
                '[node]\nname = "one"',
                [
                    "node: is a single table; write its header in double brackets",
                    "node: the lab has no nodes; write a [[node]] table for each",
                ],
            ),
            (
                "node = [3]",
                [
                    "node[1]: 3 is not a table; write key = value lines",
                    "node[1].kind: is missing; add it",
                    "node[1].role: is missing; add it",
                    "node[1].name: is missing; add it",
                    "node[1].address: is missing; add it",
                    "node[1].user: the node has no user of role admin;"
                    " write a [[node.user]] table",
                ],
            ),
        ],
    )
    def test_shape(self, mistakes: Mistakes, text: str, said: list[str]) -> None:
        """Tables and lists that are something else are told as such."""
        assert said == mistakes(text)

    def test_secrets_are_not_repeated(self, mistakes: Mistakes) -> None:
        """A refused password is not shown to whoever looks over the shoulder."""
        (said,) = mistakes(change('"Own-Secret-1"', '"geheim"'))
        assert "geheim" not in said

    def test_files_that_cannot_be_read(self, tmp_path: Path) -> None:
        """A missing file and one that is not text are mistakes like others."""
        with pytest.raises(LabFileError, match="No such file"):
            read_lab(tmp_path / "lab.toml")
        binary = tmp_path / "binary.toml"
        binary.write_bytes(b"\xff\xfe")
        with pytest.raises(LabFileError, match="is not UTF-8 text"):
            read_lab(binary)


class TestExposure:
    WELL_KNOWN = GOOD.replace("Own-Secret-1", "Lab-Admin-1").replace("Own-K", "Lab-K")

    def test_well_known_secrets_are_fine_on_loopback(self) -> None:
        """The default credentials may be used where nobody else can connect."""
        assert "pair" == parse_lab(self.WELL_KNOWN, "lab.toml").name

    @pytest.mark.parametrize(
        ("old", "new", "where"),
        [
            ("22 = 2301", '22 = "0.0.0.0:2301"', "0.0.0.0 port 2301"),
            ("22 = 2301", '22 = "[::]:2301"', ":: port 2301"),
            ("22 = 2301, ", "", "192.0.2.1 port 22"),
        ],
    )
    def test_well_known_secrets_are_refused_elsewhere(
        self, mistakes: Mistakes, old: str, new: str, where: str
    ) -> None:
        """A lab that others can reach must have secrets of its own."""
        said = (
            f"is a well-known secret, and node[1].listen.22 puts the lab on {where};"
            " choose your own, or listen on 127.0.0.1 only"
        )
        keys = [
            "node[1].user[1].password",
            "node[2].ha_authkey",
            "node[2].user[1].password",
        ]
        text = self.WELL_KNOWN.replace(old, new, 1)
        assert [f"{key}: {said}" for key in keys] == mistakes(text)

    def test_own_secrets_may_be_served_anywhere(self) -> None:
        """A lab with its own secrets listens where it likes."""
        text = change("22 = 2301", '22 = "0.0.0.0:2301"')
        assert ("0.0.0.0", 2301) == parse_lab(text, "lab.toml").nodes[0].place(22)
