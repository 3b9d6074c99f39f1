"""An IMAP server: pymap, as a process of its own for each test, with an empty INBOX."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .ports import free_port, listens, wait_until
from .run import Kept, Run


class Imap:
    """A mail server with one account. A restart empties it and gives its folders another UIDVALIDITY."""

    host = "127.0.0.1"
    user = "crm"
    password = "imap-password"

    def __init__(self, run: Run) -> None:
        self.port = free_port()
        self._run = run
        self._kept: Kept | None = None

    @property
    def url(self) -> str:
        """The account's address, as CARTERA_IMAP_URL takes it."""
        return f"imap://{self.user}:{self.password}@{self.host}:{self.port}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        account = ["--demo-user", self.user, "--demo-password", self.password]
        program = Path(sys.executable).parent / "pymap"
        name = f"imap-{self._run.worker}"
        self._kept = self._run.keep(name, [program, "--host", self.host, "--port", str(self.port), "--no-tls", "dict", *account])
        wait_until(lambda: listens(self.port), alive=self._kept.alive, what=f"IMAP (see {self._kept.log})")

    def stop(self) -> None:
        """End the server, as when it is down."""
        if self._kept:
            self._kept.stop()
            self._kept = None

    def restart(self) -> None:
        """A server that lost everything."""
        self.stop()
        self.start()

    def login(self) -> Any:
        """A session on the account (imap-tools), as a context manager."""
        from imap_tools import MailBoxUnencrypted

        return MailBoxUnencrypted(self.host, self.port).login(self.user, self.password)

    def append(self, content: bytes, folder: str = "INBOX") -> None:
        """Put a mail into a folder, unread."""
        with self.login() as mailbox:
            mailbox.append(content, folder)


@pytest.fixture
def imap(cartera_run: Run) -> Iterator[Imap]:
    """An IMAP server for this test with an empty INBOX."""
    server = Imap(cartera_run)
    server.start()
    yield server
    server.stop()
