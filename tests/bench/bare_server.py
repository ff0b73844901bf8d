"""The floor: an asyncssh server that answers every line with the same text.

Run with a port; prints `ready` when it listens.
"""

from __future__ import annotations

import asyncio
import sys

import asyncssh

PROMPT = "bare/admin# "
ANSWER = "Thu Jan  1 00:00:00 UTC 1970\r\n"


class Echo(asyncssh.SSHServerSession[str]):
    """A prompt, an echo and an answer."""

    def connection_made(self, chan: asyncssh.SSHServerChannel[str]) -> None:
        """Keep the channel."""
        self._channel = chan

    def pty_requested(self, *_: object) -> bool:
        """Take any terminal."""
        return True

    def shell_requested(self) -> bool:
        """Offer a shell."""
        return True

    def session_started(self) -> None:
        """Prompt."""
        self._channel.write(PROMPT)

    def data_received(self, data: str, datatype: object) -> None:
        """Answer each line."""
        for line in data.splitlines():
            if line == "exit":
                self._channel.write("exit\r\n")
                self._channel.exit(0)
                return
            self._channel.write(f"{line}\r\n{ANSWER}{PROMPT}")


class Server(asyncssh.SSHServer):
    """Lets everybody in who knows any password."""

    def password_auth_supported(self) -> bool:
        """Ask for one."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Take any."""
        return True

    def session_requested(self) -> Echo:
        """Open a session."""
        return Echo()


async def serve(port: int) -> None:
    """Listen for ever."""
    keys = [asyncssh.generate_private_key("ssh-ed25519")]
    await asyncssh.listen(
        "127.0.0.1",
        port,
        server_factory=Server,
        server_host_keys=keys,
        line_editor=False,
    )
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
