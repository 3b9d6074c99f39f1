"""Countries by code and by name: CLDR's names in English and Spanish, as files and forms use them."""

from functools import cache

from babel import Locale

from core.db import fold

_ALSO = {"uk": "GB", "usa": "US", "u.s.a.": "US", "england": "GB", "holland": "NL", "czech republic": "CZ", "gran bretana": "GB"}


@cache
def _codes() -> dict[str, str]:
    by_name = dict(_ALSO)
    for language in ("en", "es"):
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in ("ZZ", "EU", "EZ", "UN", "XA", "XB", "QO"):
                by_name.setdefault(fold(name), code)
                by_name[code.lower()] = code
    return by_name


def country_code(text: str) -> str | None:
    """The ISO 3166 code of a code or a name in English or Spanish; None for a name nobody knows."""
    return _codes().get(fold(text))


@cache
def countries(locale: str) -> tuple[tuple[str, str], ...]:
    """All countries as (code, name) in the order of their names."""
    names = Locale.parse(locale.replace("-", "_"), sep="_").territories
    known = set(_codes().values())
    return tuple(sorted(((c, n) for c, n in names.items() if c in known), key=lambda pair: fold(pair[1])))


@cache
def _names(locale: str) -> dict[str, str]:
    return dict(countries(locale))


def country_name(value: str | None, locale: str) -> str:
    """The name of a stored country; what is not a code is the text itself."""
    return _names(locale).get(value, value) if value else ""
