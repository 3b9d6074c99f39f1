"""An SMTP server that keeps what it receives: aiosmtpd, in a thread of this process."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from .ports import free_port


@dataclass(frozen=True)
class Received:
    """A mail as it arrived: the envelope, the bytes, and the message read from them."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The message itself."""
        return message_from_bytes(self.content, policy=policy.default)  # type: ignore[arg-type]


@dataclass
class Mailbox:
    """Where mails arrive. Set `answer` to another reply to refuse them, `hang_up` to lose the connection before the reply."""

    port: int
    host: str = "127.0.0.1"
    mails: list[Received] = field(default_factory=list)
    answer: str = "250 OK"
    hang_up: bool = False

    @property
    def url(self) -> str:
        """The server's address, as CARTERA_SMTP_URL takes it."""
        return f"smtp://{self.host}:{self.port}"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """What the server calls for each mail."""
        if self.answer.startswith("2"):
            self.mails.append(Received(envelope.mail_from, tuple(envelope.rcpt_tos), bytes(envelope.original_content)))
        if self.hang_up:
            server.transport.abort()
        return self.answer


@pytest.fixture
def smtp() -> Iterator[Mailbox]:
    """An SMTP server for this test; `smtp.mails` is what it received."""
    from aiosmtpd.controller import Controller

    box = Mailbox(port=free_port())
    controller = Controller(box, hostname=box.host, port=box.port)
    controller.start()
    yield box
    controller.stop()
