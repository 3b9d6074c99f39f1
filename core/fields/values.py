"""What parsing needs to know besides the raw value, and how it says no."""

from dataclasses import dataclass, field
from typing import Any, Literal

from core.access import Actor
from core.errors import Invalid

__all__ = ["Invalid", "Reading", "Writing", "id_of"]


def id_of(raw: Any) -> int | None:
    """An id as it came in with an address or a form; None for what can't be one. "²" is a digit to Python, and no number."""
    text = str(raw).strip() if raw is not None else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How raw values are to be read: where they come from, by whom, and in which customs of dates and numbers.

    `day_order` is "dmy", "mdy" or "ymd" for dates that are not ISO, None to refuse them; `decimal` the decimal sign of texts.
    `lookups` remembers references that were resolved before (target, raw) → id, so that a file of 10,000 rows asks once per value.
    """

    actor: Actor
    source: Literal["form", "csv", "json"] = "json"
    locale: str = "en"
    day_order: str | None = None
    decimal: str = "."
    lookups: dict[tuple[str, Any], Any] = field(default_factory=dict)
    warnings: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Writing:
    """How values are to be written: the locale of the reader on pages, "C" for files and JSON."""

    locale: str = "en"
    timezone: str = "UTC"
