"""Bytes in, bytes out, through a real SSH server and client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Lab

PROMPT = b"prime-pri/admin# "
ROW = b"x" * 63  # fills the first row of 80 behind the prompt
HELP_SHOW = b"?\r\n  show\r\n  shutdown\r\n"

# name: typed, received after the first prompt; {P} is the prompt
KEYSTROKES: dict[str, tuple[bytes, bytes]] = {
    "a line": (b"a b\r", b"a b\r\n<a b>\r\n{P}"),
    "line feed is Enter too": (b"a\n", b"a\r\n<a>\r\n{P}"),
    "CR LF is Enter twice": (b"a\r\n", b"a\r\n<a>\r\n{P}\r\n{P}"),
    "an empty line": (b"\r", b"\r\n{P}"),
    "blanks": (b"  \r", b"  \r\n{P}"),
    # Editing
    "backspace": (b"ab\x7fc\r", b"ab\b \bc\r\n<ac>\r\n{P}"),
    "Ctrl-H": (b"ab\x08c\r", b"ab\b \bc\r\n<ac>\r\n{P}"),
    "Ctrl-H on nothing": (b"\x08\r", b"\a\r\n{P}"),
    "Ctrl-U": (b"abc\x15d\r", b"abc\b\b\b   \b\b\bd\r\n<d>\r\n{P}"),
    "Ctrl-X": (b"abc\x18d\r", b"abc\b\b\b   \b\b\bd\r\n<d>\r\n{P}"),
    "Ctrl-W": (b"a bc\x17d\r", b"a bc\b\b  \b\bd\r\n<a d>\r\n{P}"),
    "Ctrl-A and insert": (b"bc\x01a\r", b"bc\b\babc\b\bbc\r\n<abc>\r\n{P}"),
    "Home and insert": (b"bc\x1b[Ha\r", b"bc\b\babc\b\bbc\r\n<abc>\r\n{P}"),
    "Ctrl-E": (b"ab\x01\x05c\r", b"ab\b\babc\r\n<abc>\r\n{P}"),
    "End": (b"ab\x1b[H\x1b[Fc\r", b"ab\b\babc\r\n<abc>\r\n{P}"),
    "left": (b"ac\x1b[Db\r", b"ac\bbc\bc\r\n<abc>\r\n{P}"),
    "application left": (b"ac\x1bODb\r", b"ac\bbc\bc\r\n<abc>\r\n{P}"),
    "right": (b"ab\x01\x1b[C\x1b[Cc\r", b"ab\b\babc\r\n<abc>\r\n{P}"),
    "Ctrl-B, Ctrl-F": (b"ac\x02b\x06d\r", b"ac\bbc\bcd\r\n<abcd>\r\n{P}"),
    "Delete": (b"abc\x01\x1b[3~\r", b"abc\b\b\bbc \b\b\bbc\r\n<bc>\r\n{P}"),
    "Ctrl-D deletes": (b"abc\x01\x04\r", b"abc\b\b\bbc \b\b\bbc\r\n<bc>\r\n{P}"),
    "Ctrl-K": (b"abc\x02\x02\x0b\r", b"abc\b\b  \b\b\r\n<a>\r\n{P}"),
    "kill and yank": (b"abc\x15x\x19\r", b"abc\b\b\b   \b\b\bxabc\r\n<xabc>\r\n{P}"),
    "Ctrl-T": (b"ab\x14\r", b"ab\b\bba\r\n<ba>\r\n{P}"),
    "Alt-b": (b"ab cd\x1bbx\r", b"ab cd\b\bxcd\b\bcd\r\n<ab xcd>\r\n{P}"),
    "Alt-f": (
        b"ab cd\x01\x1bf,\r",
        b"ab cd\b\b\b\b\bab, cd\b\b\b cd\r\n<ab, cd>\r\n{P}",
    ),
    "Alt-d": (
        b"ab cd\x01\x1bd\r",
        b"ab cd\b\b\b\b\b cd  \b\b\b\b\b cd\r\n< cd>\r\n{P}",
    ),
    "Alt-Backspace": (b"ab cd\x1b\x7f\r", b"ab cd\b\b  \b\b\r\n<ab >\r\n{P}"),
    "Alt-u": (b"ab\x01\x1bu\r", b"ab\b\bAB\r\n<AB>\r\n{P}"),
    "wide characters": (
        "文字\x7f件\r".encode(),
        "文字\b\b  \b\b件\r\n<文件>\r\n{P}".encode(),
    ),
    "a combining mark": ("e\u0301\x7f\r".encode(), "e\u0301\be\r\n<e>\r\n{P}".encode()),
    # What means nothing
    "unknown sequences": (b"a\x1b[99~\x1b[?1;2c\x1b[200~b\r", b"ab\r\n<ab>\r\n{P}"),
    "control characters": (b"a\x00\x1c\x1fb\r", b"ab\r\n<ab>\r\n{P}"),
    "bad UTF-8": (b"a\xffb\r", "a\ufffdb\r\n<a\ufffdb>\r\n{P}".encode()),
    "bidi controls": ("a\u202eb\r".encode(), b"ab\r\n<ab>\r\n{P}"),
    # Help and completion
    "help": (b"sh?\x15", b"sh" + HELP_SHOW + b"{P}sh\b\b  \b\b"),
    "help on nothing": (
        b"?",
        b"?\r\n  ping\r\n  show\r\n  shutdown\r\n  terminal\r\n{P}",
    ),
    "help in mid-line": (
        b"sh x\x1b[D\x1b[D?\x05\x15",
        b"sh x\b\b x" + HELP_SHOW + b"{P}sh x\b\b x\b\b\b\b    \b\b\b\b",
    ),
    "Ctrl-V quotes": (b"a\x16?\r", b"a?\r\n<a?>\r\n{P}"),
    "Tab on one word": (b"te\t\r", b"terminal \r\n<terminal >\r\n{P}"),
    "Tab in another case": (b"TE\t\r", b"TE\b\bterminal \r\n<terminal >\r\n{P}"),
    "Tab on shared letters": (b"s\t\x7f\x7f", b"sh\b \b\b \b"),
    "Tab on several": (b"sh\t\x15", b"sh\r\n  show  shutdown\r\n{P}sh\b\b  \b\b"),
    "Tab on none": (b"z\t\x7f", b"z\a\b \b"),
    # History
    "up": (b"a\r\x1b[A\r", b"a\r\n<a>\r\n{P}a\r\n<a>\r\n{P}"),
    "Ctrl-P twice": (
        b"a\rb\r\x10\x10\r",
        b"a\r\n<a>\r\n{P}b\r\n<b>\r\n{P}b\ba\r\n<a>\r\n{P}",
    ),
    "down to what was typed": (
        b"a\rxy\x10\x0e\r",
        b"a\r\n<a>\r\n{P}xy\b\ba \b\bxy\r\n<xy>\r\n{P}",
    ),
    "up past the oldest": (b"a\r\x10\x10\r", b"a\r\n<a>\r\n{P}a\a\r\n<a>\r\n{P}"),
    "down past the newest": (b"\x1b[B\r", b"\a\r\n{P}"),
    "Ctrl-L": (b"ab\x0c\r", b"ab\r\n{P}ab\r\n<ab>\r\n{P}"),
    # Interruptions
    "Ctrl-C": (b"ab\x03c\r", b"ab^C\r\n{P}c\r\n<c>\r\n{P}"),
    "Ctrl-C in mid-line": (b"ab\x01\x03", b"ab\b\bab^C\r\n{P}"),
    "Ctrl-Z": (b"end\x1a", b"end^Z\r\n<end\x1a>\r\n{P}"),
    "Ctrl-Z at a question": (
        b"ask\rn\x1a\r",
        b"ask\r\nContinue? (yes/no) [yes] ? n\r\n<n>\r\n{P}",
    ),
    # Long lines
    "nothing at the right margin": (
        ROW + b"\r",
        ROW + b"\r\n<" + ROW + b">\r\n{P}",
    ),
    "a wrapped line": (
        ROW + b"xyz\r",
        ROW + b"xyz\r\n<" + ROW + b"xyz>\r\n{P}",
    ),
    "backspace on the second row": (
        ROW + b"yz\x7f\r",
        ROW + b"yz\b \b\r\n<" + ROW + b"y>\r\n{P}",
    ),
    # Questions
    "a question": (
        b"ask\ryes\r",
        b"ask\r\nContinue? (yes/no) [yes] ? yes\r\n<yes>\r\n{P}",
    ),
    "? in a question": (
        b"ask\ra?\r",
        b"ask\r\nContinue? (yes/no) [yes] ? a?\r\n<a?>\r\n{P}",
    ),
    "Tab in a question": (
        b"ask\ra\tb\r",
        b"ask\r\nContinue? (yes/no) [yes] ? a    b\r\n<a\tb>\r\n{P}",
    ),
    "no history in a question": (
        b"ask\r\x10n\r",
        b"ask\r\nContinue? (yes/no) [yes] ? \an\r\n<n>\r\n{P}",
    ),
    "Ctrl-C at a question": (
        b"ask\ry\x03",
        b"ask\r\nContinue? (yes/no) [yes] ? y^C\r\n{P}",
    ),
    "a secret": (b"secret\rabc\x7fd?\r", b"secret\r\nPassword: \r\n<abd?>\r\n{P}"),
    "Ctrl-C at a secret": (b"secret\rab\x03", b"secret\r\nPassword: \r\n{P}"),
    "Ctrl-U in a secret, Ctrl-Y after it": (
        b"secret\rabc\x15d\r\x19",
        b"secret\r\nPassword: \r\n<d>\r\n{P}",
    ),
    # Keys
    "a key": (b"key\rq", b"key\r\n'q'\r\n{P}"),
    "an arrow as a key": (b"key\r\x1b[A", b"key\r\n'\\x1b[A'\r\n{P}"),
    "one key of many": (b"key\rxyz\r", b"key\r\n'x'\r\n{P}yz\r\n<yz>\r\n{P}"),
    "Ctrl-C as a key": (b"key\r\x03", b"key\r\n{P}"),
}


class TestKeystrokes:
    """What a client receives for what it types."""

    @pytest.mark.asyncio(loop_scope="module")
    @pytest.mark.parametrize("term", ["xterm", "dumb"])
    @pytest.mark.parametrize("name", KEYSTROKES)
    async def test_keystrokes(self, module_lab: Lab, name: str, term: str) -> None:
        """The bytes are those of a plain terminal, without an escape sequence."""
        typed, received = KEYSTROKES[name]
        shell = await module_lab.open(term=term)
        shell.send(typed + b"\x04")
        wanted = b"{P}" + received + b"bye\r\n"
        assert wanted.replace(b"{P}", PROMPT) == await shell.finish()
