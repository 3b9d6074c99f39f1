"""Kinds of text: lines, several lines, HTML, addresses of mail and web, telephone numbers."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from ..values import Invalid, Reading, Writing
from .base import Kind, clean_text

_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d{1,5})?([/?#][^][\s]*)?", re.ASCII)
"""What most web addresses look like; the others are taken apart to see whether they are any."""
_BARE_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+([:/?#].*)?")
_DAMAGED = re.compile(r"^[+-]?\d+([.,]\d+)?E[+-]?\d+$", re.I)


@dataclass(frozen=True, kw_only=True)
class Text(Kind):
    """One line of text."""

    max_length: int = 255

    def parse(self, raw: Any, reading: Reading) -> str | None:
        text = clean_text(raw, lines=False)
        if text is not None and len(text) > self.max_length:
            raise Invalid(_l("At most %(n)s characters; these are %(m)s.", n=self.max_length, m=len(text)))
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "maxLength": self.max_length}


@dataclass(frozen=True, kw_only=True)
class Multiline(Kind):
    """Text of several lines."""

    widget: str = "multiline"
    max_length: int = 65_536

    def parse(self, raw: Any, reading: Reading) -> str | None:
        text = clean_text(raw, lines=True)
        if text is not None and len(text) > self.max_length:
            raise Invalid(_l("At most %(n)s characters; these are %(m)s.", n=self.max_length, m=len(text)))
        return text

    def page(self, value: Any, writing: Writing) -> str:
        return str(Markup("<br>").join(str(value).split("\n"))) if value else ""

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "maxLength": self.max_length}


@dataclass(frozen=True, kw_only=True)
class Html(Multiline):
    """Formatted text: cleaned on the way in, what had to go is told; shown cleaned again by whoever shows it as HTML.

    In a `template` addresses may begin with a macro.
    """

    widget: str = "html"
    max_length: int = 1_000_000
    template: bool = False

    def parse(self, raw: Any, reading: Reading) -> str | None:
        from core.documents.html import HtmlTooComplex, clean_html, left_out

        text = super().parse(raw, reading)
        if not text:
            return None
        try:
            if gone := left_out(text, template=self.template):
                reading.warnings.append(("", str(_l("Left out, for addresses are not used here: %(what)s", what=", ".join(gone)[:300]))))
            return clean_html(text, template=self.template)
        except HtmlTooComplex as refused:
            raise Invalid(str(refused)) from None

    def page(self, value: Any, writing: Writing) -> str:
        return str(escape(value or ""))


@dataclass(frozen=True, kw_only=True)
class Email(Text):
    """An e-mail address."""

    widget: str = "email"

    def parse(self, raw: Any, reading: Reading) -> str | None:
        from email_validator import EmailNotValidError, validate_email

        text = super().parse(raw, reading)
        if text is None:
            return None
        try:
            return validate_email(text, check_deliverability=False, test_environment=True, allow_quoted_local=False).normalized
        except EmailNotValidError:
            raise Invalid(_l("“%(value)s” is not an e-mail address, as name@example.com.", value=text[:80])) from None

    def page(self, value: Any, writing: Writing) -> str:
        return f'<a href="mailto:{escape(value)}">{escape(value)}</a>' if value else ""


@dataclass(frozen=True, kw_only=True)
class Url(Text):
    """A web address: http or https; a bare domain gets https://."""

    widget: str = "url"
    max_length: int = 500

    def parse(self, raw: Any, reading: Reading) -> str | None:
        text = super().parse(raw, reading)
        if text is None:
            return None
        if _PLAIN_URL.fullmatch(text):
            return text
        if _BARE_DOMAIN.fullmatch(text):
            text = "https://" + text
        parts = urlsplit(text) if "]" not in text and "[" not in text else None
        if not parts or parts.scheme.lower() not in ("http", "https") or not parts.hostname or " " in text:
            raise Invalid(_l("“%(value)s” is not a web address, as https://example.com.", value=text[:80]))
        return text

    def page(self, value: Any, writing: Writing) -> str:
        if not value:
            return ""
        shown = re.sub(r"^https?://(www\.)?|/$", "", value)
        return f'<a href="{escape(value)}" rel="noopener noreferrer" target="_blank">{escape(shown)}</a>'


@dataclass(frozen=True, kw_only=True)
class Phone(Text):
    """A telephone number, kept as typed."""

    widget: str = "phone"
    max_length: int = 60

    def parse(self, raw: Any, reading: Reading) -> str | None:
        text = super().parse(raw, reading)
        if text and reading.source == "csv" and _DAMAGED.match(text):
            raise Invalid(_l("“%(value)s” was damaged by a spreadsheet (scientific notation). Write the whole number.", value=text))
        return text

    def page(self, value: Any, writing: Writing) -> str:
        return f'<a href="tel:{escape(re.sub(r"[^+0-9]", "", value))}">{escape(value)}</a>' if value else ""
