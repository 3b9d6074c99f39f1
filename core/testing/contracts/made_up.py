"""Believable values for the fields of any record type: different from record to record, with gaps, ties, accents and an ñ."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.fields import Field, Ref, kinds

WORDS = ("Ancora", "ánfora", "Bolt", "Ébano", "Ñandú", "Nube", "zeta", "Öl", "delta 9", "Delta 10", "O'Brien", "50 % off")
_FIRST = date(2026, 1, 15)


def made_up(field: Field, n: int) -> Any:
    """A value of a field for the record number `n`, as REST takes it; None for what only an author can know (references)."""
    kind = field.kind
    if isinstance(kind, Ref):
        return None
    if isinstance(kind, kinds.Flag):
        return n % 3 == 0
    if isinstance(kind, kinds.Country):
        return ("ES", "DE", "MX")[n % 3]
    if choices := [value for value, _label in kind.choices()]:
        return choices[n % len(choices)]
    if isinstance(kind, kinds.Email):
        return f"person{n}@example.com"
    if isinstance(kind, kinds.Url):
        return f"https://example.com/{n}"
    if isinstance(kind, kinds.Phone):
        return f"+34 600 000 {n:03}"
    if isinstance(kind, kinds.Number):
        return _number(kind, n)
    if isinstance(kind, kinds.Date):
        return (_FIRST + timedelta(days=n % 9)).isoformat()
    if isinstance(kind, kinds.Instant):
        return f"{(_FIRST + timedelta(days=n % 9)).isoformat()}T09:12:{n % 60:02}Z"
    if isinstance(kind, kinds.Html):
        return f"<p>{WORDS[n % len(WORDS)]} {n}</p>"
    if isinstance(kind, kinds.Multiline):
        return f"{WORDS[n % len(WORDS)]}, {field.name} {n}\nand a second line"
    if isinstance(kind, kinds.Text):
        return f"{WORDS[n % len(WORDS)]} {n}"[: kind.max_length]
    return None


def _number(kind: kinds.Number, n: int) -> Any:
    low = int(kind.minimum or 0)
    high = int(kind.maximum) if kind.maximum is not None else 10**9
    whole = low + (n * 7) % min(90, max(1, high - low))
    return whole if kind.places == 0 else format(Decimal(whole) + Decimal(n % 4) / 4, "f")


def is_empty(field: Field, n: int, position: int) -> bool:
    """Whether the record number `n` leaves this field empty: never a needed one, each other one in a quarter of the records."""
    return not field.required and (n + position) % 4 == 3


def wrong_text(field: Field) -> str | None:
    """A text that the field must refuse, or None where any text will do."""
    kind = field.kind
    if isinstance(kind, Ref):
        return "987654321"
    if isinstance(kind, kinds.Flag):
        return None
    if isinstance(kind, kinds.Country):
        return "x" * 300
    if kind.choices():
        return "no such choice"
    if isinstance(kind, kinds.Email):
        return "not an address"
    if isinstance(kind, kinds.Url):
        return "javascript:alert(1)"
    if isinstance(kind, kinds.Number):
        return "12,34,5 apples"
    if isinstance(kind, kinds.Date | kinds.Instant):
        return "31.02.2026"
    if isinstance(kind, kinds.Text):
        return "x" * (kind.max_length + 1)
    return None
