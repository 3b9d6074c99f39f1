"""The kinds of custom fields: the manual's seven (checkbox, combo, linked, date, numeric, text, textarea) and ours (url, email, user …).

A kind is made from a definition. Stored values are JSON: text, "2026-11-24", canonical decimal strings, true, ids. Where the kind of a
field was changed, values that don't fit the new one stay; they are shown as the plain text that they are.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import escape

from core.addons.runtime import runtime
from core.fields import Invalid, Kind, Reading, Writing, kinds
from core.fields.references import Ref

from .models import CustomField

FORMER = "former"
"""Where a definition's `extra` keeps the options that it had before and that records held."""


def split_options(text: str) -> list[str]:
    """The options of a combo: separated by commas (manual), trimmed, without empty or repeated ones."""
    return list(dict.fromkeys(part.strip() for part in (text or "").replace("\n", ",").split(",") if part.strip()))


def split_linked(text: str) -> list[tuple[str, str]]:
    """The options of a linked list as (parent value, value); a top list has "" as parent."""
    pairs = []
    for part in split_options(text):
        parent, bar, value = part.rpartition("|")
        pairs.append((parent.strip() if bar else "", value.strip()))
    return [p for p in dict.fromkeys(pairs) if p[1]]


@dataclass(frozen=True, kw_only=True)
class Combo(kinds.Choice):
    """One of the options of a definition; a value that is no longer offered stays readable and may be kept."""

    offered: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    """Values that records held when they ceased to be offered: lists can still be filtered by them."""

    def choices(self) -> Any:
        return [(value, value) for value in self.offered]

    def parse(self, raw: Any, reading: Reading) -> Any:
        if raw is None or raw == "":
            return None
        word = " ".join(str(raw).split())
        if word in self.offered:
            return word
        raise Invalid(_l("“%(value)s” is not one of: %(known)s.", value=word[:60], known=", ".join(self.offered)[:300]))

    def page(self, value: Any, writing: Writing) -> str:
        return Kind.page(self, value, writing)


@dataclass(frozen=True, kw_only=True)
class Linked(Combo):
    """A list whose options depend on the value of its parent list."""

    widget: str = "linked"
    pairs: tuple[tuple[str, str], ...] = ()
    parent: str | None = None
    """The field name (`f<id>`) of the parent list."""

    def fits(self, parent_value: Any, value: Any) -> bool:
        """Whether the value belongs to this value of the parent."""
        return (("" if self.parent is None else str(parent_value or "")), value) in self.pairs


@dataclass(frozen=True, kw_only=True)
class StoredNumber(kinds.Number):
    """A number that is stored in JSON as a canonical decimal string, so that no digit is lost."""

    def parse(self, raw: Any, reading: Reading) -> Any:
        value = super().parse(raw, reading)
        return None if value is None else kinds.plain_decimal(value)

    def fits(self, value: Any) -> bool:
        """Whether a stored value is a number, and none of another kind that the field had before."""
        return isinstance(value, str) and _STORED_NUMBER.fullmatch(value) is not None

    def text(self, value: Any, writing: Writing) -> str:
        return super().text(Decimal(value), writing) if self.fits(value) else _plain(value)

    def page(self, value: Any, writing: Writing) -> str:
        return super().page(Decimal(value), writing) if self.fits(value) else str(escape(_plain(value)))

    def csv(self, value: Any) -> str:
        return "" if value is None else str(value)

    def json(self, value: Any) -> Any:
        return value


@dataclass(frozen=True, kw_only=True)
class StoredDate(kinds.Date):
    """A date that is stored in JSON as ISO text."""

    def parse(self, raw: Any, reading: Reading) -> Any:
        value = super().parse(raw, reading)
        return None if value is None else value.isoformat()

    def fits(self, value: Any) -> bool:
        """Whether a stored value is a date, and none of another kind that the field had before."""
        return _date(value) is not None

    def text(self, value: Any, writing: Writing) -> str:
        return _plain(value)

    def page(self, value: Any, writing: Writing) -> str:
        day = _date(value)
        return super().page(day, writing) if day is not None else str(escape(_plain(value)))

    def csv(self, value: Any) -> str:
        return _plain(value)

    def json(self, value: Any) -> Any:
        return value


@dataclass(frozen=True, kw_only=True)
class StoredFlag(kinds.Flag):
    """A checkbox: true or absent."""

    def parse(self, raw: Any, reading: Reading) -> Any:
        return super().parse(raw, reading) or None

    def csv(self, value: Any) -> str:
        return "1" if value else ""

    def json(self, value: Any) -> Any:
        return bool(value)


_STORED_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]+)?")
_STORED_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _date(value: Any) -> date | None:
    if not isinstance(value, str) or not _STORED_DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


KINDS: dict[str, tuple[Any, Callable[[CustomField], Kind]]] = {
    "checkbox": (_l("Checkbox"), lambda d: StoredFlag()),
    "combo": (
        _l("Combo: a list of options"),
        lambda d: Combo(offered=tuple(split_options(d.options)), former=tuple(d.extra.get(FORMER, ()))),
    ),
    "linked": (
        _l("Linked: a list that depends on another"),
        lambda d: Linked(
            offered=tuple(dict.fromkeys(v for _, v in split_linked(d.options))),
            former=tuple(d.extra.get(FORMER, ())),
            pairs=tuple(split_linked(d.options)),
            parent=f"f{d.parent_id}" if d.parent_id else None,
        ),
    ),
    "date": (_l("Date"), lambda d: StoredDate()),
    "numeric": (_l("Numeric"), lambda d: StoredNumber()),
    "text": (_l("Text, one line"), lambda d: kinds.Phone() if "phone" in d.extra.get("shape", "") else kinds.Text()),
    "textarea": (_l("Text, several lines"), lambda d: kinds.Multiline()),
    "url": (_l("Web address"), lambda d: kinds.Url()),
    "email": (_l("E-mail"), lambda d: kinds.Email()),
    "user": (_l("User"), lambda d: Ref(target="core.user")),
}
"""The built-in ones by name: (label, how it is made from a definition)."""


def known_kinds() -> Mapping[str, tuple[Any, Callable[[CustomField], Kind]]]:
    """All kinds of this installation by name: the built-in ones, and those of its plugins."""
    return runtime().parts.get("field_kinds", KINDS)  # type: ignore[no-any-return]


def kind_of(definition: CustomField) -> Kind | None:
    """The kind that a definition makes; None when it is of a plugin that is gone."""
    known = known_kinds().get(definition.kind)
    return known[1](definition) if known else None
