"""Authentication and limits, with real clients."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncssh
import pytest

from tofulab.shell.accounts import Limits, LoginEvent, LoginOutcome

if TYPE_CHECKING:
    from .conftest import Lab


def outcomes(lab: Lab) -> list[tuple[LoginOutcome, str, str]]:
    """What was reported, without addresses."""
    return [
        (event.outcome, event.method, event.reason) for event in lab.accounts.events
    ]


async def until_reported(lab: Lab, outcome: LoginOutcome) -> LoginEvent:
    """Wait for an event."""
    async with asyncio.timeout(5):
        while True:
            for event in lab.accounts.events:
                if event.outcome is outcome:
                    return event
            await asyncio.sleep(0)


class Answers(asyncssh.SSHClient):
    """A client that answers challenges and keeps them."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.prompts: list[tuple[str, bool]] = []

    def kbdint_auth_requested(self) -> str | None:
        """Take part while there are answers."""
        return "" if self.answers else None

    def kbdint_challenge_received(
        self,
        name: str,
        instructions: str,
        lang: str,
        prompts: Sequence[tuple[str, bool]],
    ) -> list[str]:
        """Answer."""
        self.prompts += prompts
        return [self.answers.pop(0)] if prompts else []


class TestMethods:
    """The ways to log in."""

    async def test_password(self, lab: Lab) -> None:
        """The right password lets in, and is reported with the client's address."""
        await lab.serve()
        connection = await lab.connect(preferred_auth="password")
        host, port = connection.get_extra_info("sockname")[:2]
        event = await until_reported(lab, LoginOutcome.ACCEPTED)
        wanted = LoginEvent(
            outcome=LoginOutcome.ACCEPTED,
            user="admin",
            peer_host=host,
            peer_port=port,
            method="password",
        )
        assert wanted == event

    async def test_keyboard_interactive(self, lab: Lab) -> None:
        """The challenge is `Password: `, with its blank, unechoed."""
        await lab.serve()
        client = Answers("Public123")
        await lab.connect(
            password=None,
            client_factory=lambda: client,
            preferred_auth="keyboard-interactive",
        )
        event = await until_reported(lab, LoginOutcome.ACCEPTED)
        assert "keyboard-interactive/pam" == event.method
        assert [("Password: ", False)] == client.prompts

    async def test_public_key(self, lab: Lab) -> None:
        """A key of the user's lets in, also behind a broken line."""
        key = asyncssh.generate_private_key("ssh-ed25519")
        lab.accounts.keys += ["ssh-rsa broken", key.export_public_key().decode()]
        await lab.serve()
        await lab.connect(client_keys=[key], password=None)
        event = await until_reported(lab, LoginOutcome.ACCEPTED)
        assert "publickey" == event.method

    async def test_another_public_key(self, lab: Lab) -> None:
        """A key of nobody's is refused, and costs no try."""
        keys = [asyncssh.generate_private_key("ssh-ed25519") for _ in range(5)]
        await lab.serve()
        await lab.connect(client_keys=keys, preferred_auth="publickey,password")
        event = await until_reported(lab, LoginOutcome.ACCEPTED)
        assert "password" == event.method
        assert LoginOutcome.FAILED not in [each.outcome for each in lab.accounts.events]

    async def test_another_users_key(self, lab: Lab) -> None:
        """A key lets in only its own user."""
        key = asyncssh.generate_private_key("ssh-ed25519")
        lab.accounts.keys.append(key.export_public_key().decode())
        await lab.serve()
        with pytest.raises(asyncssh.PermissionDenied):
            await lab.connect("other", client_keys=[key], password=None)

    async def test_nothing_is_not_enough(self, lab: Lab) -> None:
        """Nobody gets in without any authentication."""
        await lab.serve()
        with pytest.raises(asyncssh.PermissionDenied):
            await lab.connect(password=None, preferred_auth="none")

    async def test_disconnection_is_reported(self, lab: Lab) -> None:
        """The end of a login is reported with its user."""
        await lab.serve()
        (await lab.connect()).close()
        event = await until_reported(lab, LoginOutcome.DISCONNECTED)
        assert "admin" == event.user


class TestTries:
    """Wrong passwords."""

    async def test_three_tries_over_all_methods(self, lab: Lab) -> None:
        """Both methods count together, and the third wrong password is the last."""
        await lab.serve()

        class Guesser(Answers):
            guesses = 0

            def password_auth_requested(self) -> str:
                self.guesses += 1
                return "wrong"

        client = Guesser("wrong", "wrong")
        with pytest.raises(asyncssh.DisconnectError, match="Too many"):
            await lab.connect(
                client_factory=lambda: client,
                password=None,
                preferred_auth="keyboard-interactive,password",
            )
        failed = LoginOutcome.FAILED
        assert [
            (failed, "keyboard-interactive/pam", ""),
            (failed, "keyboard-interactive/pam", ""),
            (failed, "password", ""),
            (LoginOutcome.REFUSED, "", "too many authentication failures"),
        ] == outcomes(lab)

    async def test_the_delay_doubles(self, lab: Lab) -> None:
        """Each wrong password makes the next one wait longer."""
        await lab.serve(limits=Limits(delay=0.1))
        loop = asyncio.get_running_loop()
        times = []

        class Guesser(asyncssh.SSHClient):
            def password_auth_requested(self) -> str:
                times.append(loop.time())
                return "wrong"

        with pytest.raises(asyncssh.DisconnectError):
            await lab.connect(
                client_factory=Guesser, password=None, preferred_auth="password"
            )
        first, second, third = times
        assert 0.1 <= second - first < 0.2 <= third - second

    async def test_events_hold_no_secret(self, lab: Lab) -> None:
        """A wrong password appears nowhere in what is reported."""
        await lab.serve()
        with pytest.raises(asyncssh.PermissionDenied):
            await lab.connect(password="MySecretGuess", preferred_auth="password")
        assert "MySecretGuess" not in repr(lab.accounts.events)

    async def test_time_to_log_in(self, lab: Lab) -> None:
        """A client that does not authenticate is disconnected."""
        await lab.serve(limits=Limits(login_time=0.2))
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        await asyncio.wait_for(reader.read(), 5)
        writer.close()


class TestLimits:
    """How much of everything."""

    async def test_unauthenticated_connections(self, lab: Lab) -> None:
        """Too many clients that have not logged in are dropped; others may stay."""
        await lab.serve(limits=Limits(startups=2))
        await lab.connect()
        idle = [await asyncio.open_connection("127.0.0.1", lab.port) for _ in range(2)]
        for reader, _ in idle:
            await reader.readline()
        with pytest.raises((asyncssh.Error, OSError)):
            await lab.connect()
        event = await until_reported(lab, LoginOutcome.REFUSED)
        assert "too many unauthenticated connections" == event.reason
        for _, writer in idle:
            writer.close()

    async def test_connections(self, lab: Lab) -> None:
        """Past the limit a connection is dropped, until another ends."""
        await lab.serve(limits=Limits(connections=1))
        first = await lab.connect()
        with pytest.raises((asyncssh.Error, OSError)):
            await lab.connect()
        event = await until_reported(lab, LoginOutcome.REFUSED)
        assert "too many connections" == event.reason
        first.close()
        await until_reported(lab, LoginOutcome.DISCONNECTED)
        await lab.connect()

    async def test_sessions(self, lab: Lab) -> None:
        """Past the limit a session is refused, until another ends."""
        await lab.serve(limits=Limits(sessions=2))
        first, _ = await lab.open(), await lab.open()
        with pytest.raises(asyncssh.ChannelOpenError):
            await lab.open()
        first.send(b"\x04")
        await first.finish()
        await first.process.wait_closed()
        await lab.open()
        event = await until_reported(lab, LoginOutcome.REFUSED)
        assert "too many sessions" == event.reason

    async def test_no_forwarding(self, lab: Lab) -> None:
        """Neither ports, paths, agents nor files are forwarded."""
        await lab.serve()
        connection = await lab.connect()
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_connection("127.0.0.1", lab.port)
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.open_unix_connection("/tmp/none")
        with pytest.raises(asyncssh.ChannelListenError):
            await connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", 1)
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.start_sftp_client()
        with pytest.raises(asyncssh.ChannelOpenError):
            await connection.create_process(x11_forwarding=True, x11_display=":9")
