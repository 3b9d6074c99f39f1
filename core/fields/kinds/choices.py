"""Kinds of choices: yes or no, one of fixed values, a country, a language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import escape

from ..values import Invalid, Reading, Writing
from .base import Kind
from .texts import Text

_TRUE = {"1", "true", "yes", "on", "y", "si", "sí", "x"}
_FALSE = {"0", "false", "no", "off", "n", ""}


@dataclass(frozen=True, kw_only=True)
class Flag(Kind):
    """Yes or no; 1 or 0 in files."""

    widget: str = "checkbox"
    filter: str = "flag"

    def parse(self, raw: Any, reading: Reading) -> bool | None:
        if raw is None:
            return None
        if isinstance(raw, bool):
            return raw
        word = str(raw).strip().lower()
        if word == "" and reading.source != "form":
            return None
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise Invalid(_l("“%(value)s” is neither 1 nor 0.", value=str(raw)[:40]))

    def text(self, value: Any, writing: Writing) -> str:
        return "1" if value else ""

    def page(self, value: Any, writing: Writing) -> str:
        from flask_babel import gettext

        return str(escape(gettext("Yes"))) if value else ""

    def csv(self, value: Any) -> str:
        return "" if value is None else "1" if value else "0"

    def schema(self) -> dict[str, Any]:
        return {"type": ["boolean", "null"]}


@dataclass(frozen=True, kw_only=True)
class Choice(Kind):
    """One of some fixed values, each with a label. `options` may be a function, when an administrator names them."""

    widget: str = "select"
    filter: str = "choice"
    options: Sequence[tuple[Any, Any]] | Callable[[], Sequence[tuple[Any, Any]]] = ()
    shape: Mapping[Any, str] | None = None
    """value → css classes of its status mark (`ok`, `warn half`, …); None shows plain words."""

    def choices(self) -> Sequence[tuple[Any, Any]]:
        return self.options() if callable(self.options) else self.options

    def parse(self, raw: Any, reading: Reading) -> Any:
        if raw is None or raw == "":
            return None
        word = str(raw).strip()
        found = [(v, label) for v, label in self.choices() if str(v) == word]
        if not found and reading.source != "json":
            found = [(v, label) for v, label in self.choices() if str(label).casefold() == word.casefold()]
        if not found:
            known = ", ".join(str(v) for v, _ in self.choices())
            raise Invalid(_l("“%(value)s” is not one of: %(known)s.", value=word[:40], known=known[:300]))
        return found[0][0]

    def page(self, value: Any, writing: Writing) -> str:
        if value is None:
            return ""
        label = escape(next((lb for v, lb in self.choices() if v == value), value))
        if self.shape is None:
            return str(label)
        return f'<span class="st {self.shape.get(value, "")}">{label}</span>'

    def schema(self) -> dict[str, Any]:
        return {"enum": [v for v, _ in self.choices()] + [None]}


@dataclass(frozen=True, kw_only=True)
class Country(Text):
    """A country: ISO 3166 code in the database; names in English or Spanish are understood, others kept as text."""

    widget: str = "select"
    filter: str = "choice"

    def parse(self, raw: Any, reading: Reading) -> str | None:
        from ..countries import country_code

        text = super().parse(raw, reading)
        if text is None:
            return None
        code = country_code(text)
        if code is None and reading.source != "form":
            reading.warnings.append(("country", str(_l("“%(value)s” is no country that we know; it is kept as text.", value=text[:60]))))
        return code or text

    def page(self, value: Any, writing: Writing) -> str:
        from ..countries import country_name

        return str(escape(country_name(value, writing.locale))) if value else ""

    def choices(self) -> Sequence[tuple[str, Any]]:
        from flask_babel import get_locale

        from ..countries import countries

        return countries(str(get_locale() or "en"))


@dataclass(frozen=True, kw_only=True)
class Language(Choice):
    """A language, as a BCP 47 tag."""

    def choices(self) -> Sequence[tuple[Any, Any]]:
        from babel import Locale
        from flask_babel import get_locale

        names = Locale.parse(str(get_locale() or "en")).languages
        return [(code, names.get(code, code)) for code in ("en", "es", "de", "fr", "it", "pt", "ca", "eu", "gl")]
