"""What all kinds have: how one sort of value is read, written, shown and filtered; and how text is cleaned for storing."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import escape

from ..values import Invalid, Reading, Writing

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def clean_text(raw: Any, *, lines: bool) -> str | None:
    """Text as it is stored: NFC, no control characters; one line is trimmed, several keep their form with line ends as LF."""
    if raw is None:
        return None
    if isinstance(raw, str) and raw.isprintable():  # no line break, no control character: most texts
        text = raw if raw.isascii() else unicodedata.normalize("NFC", raw)
        return (text if text.strip() else None) if lines else (" ".join(text.split()) or None)
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise Invalid(_l("Write a text here."))
    text = unicodedata.normalize("NFC", str(raw))
    if "\x00" in text:
        raise Invalid(_l("This text holds a NUL character. Remove it."))
    if lines:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = _CONTROL.sub("", text)
        return text if text.strip() else None
    text = " ".join(_BIDI.sub("", _CONTROL.sub("", text)).split())
    return text or None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How one sort of value is read, written, shown and filtered. Subclasses override what differs."""

    widget: str = "text"
    numeric: bool = False
    filter: str = "text"
    """How lists filter by it: text, choice, range, flag, ref."""
    multiple: bool = False

    def parse(self, raw: Any, reading: Reading) -> Any:
        """The stored value of a raw one (text of a form or file, value of JSON). Raises Invalid."""
        raise Invalid(_l("Write a text here."))

    def page(self, value: Any, writing: Writing) -> str:
        """The value as escaped HTML."""
        return str(escape(self.text(value, writing)))

    def text(self, value: Any, writing: Writing) -> str:
        """The value as plain text in the reader's customs: what a form field holds."""
        return "" if value is None else str(value)

    def csv(self, value: Any) -> str:
        """The value in a file: the same for every user."""
        return "" if value is None else str(value)

    def json(self, value: Any) -> Any:
        """The value in JSON."""
        return value

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the value in REST."""
        return {"type": ["string", "null"]}

    def choices(self) -> Sequence[tuple[str, Any]]:
        """Fixed options (value, label) for selects; empty when any value is possible."""
        return ()
