"""How this request reads and shows values, and which template a page of a record type has."""

from typing import Any

from flask_babel import get_locale, get_timezone

from core.access import Actor
from core.fields import Reading, Writing
from core.records.record_type import RecordType


def reading_now(actor: Actor, source: Any = "form") -> Reading:
    """How what was typed into this request is to be read: in the reader's language."""
    from babel.numbers import get_decimal_symbol

    locale = str(get_locale() or "en")
    order = "mdy" if locale in ("en_US",) else "dmy"
    return Reading(actor=actor, source=source, locale=locale, day_order=order, decimal="," if get_decimal_symbol(locale) == "," else ".")


def writing_now() -> Writing:
    """How values are shown in this request."""
    return Writing(locale=str(get_locale() or "en"), timezone=str(get_timezone() or "UTC"))


def template(rt: RecordType, name: str) -> str:
    """The template of a page: the plugin's own where it names one."""
    return rt.templates.get(name, f"record/{name}.html")
