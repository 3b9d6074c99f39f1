"""The languages of the product, and which of them a reader gets: his own, else the one chosen, else the browser's, else the site's."""

from collections.abc import Iterable

from babel import Locale

from core.db import get_option

LANGUAGES = ("en", "es")


def language_names() -> list[tuple[str, str]]:
    """(code, name in the language itself) for choices."""
    return [(code, str(Locale.parse(code).get_display_name(code)).capitalize()) for code in LANGUAGES]


def site_language() -> str:
    """The language of the installation: what is sent when nobody's own is known."""
    found = get_option("site.language", LANGUAGES[0])
    return found if found in LANGUAGES else LANGUAGES[0]


def pick_language(own: str | None, chosen: str | None, accepted: Iterable[str]) -> str:
    """One of LANGUAGES. `accepted` are the codes of Accept-Language, best first; "es-MX" is served by "es"."""
    for code in (own, chosen, *accepted):
        short = (code or "").replace("_", "-").split("-")[0].lower()
        if short in LANGUAGES:
            return short
    return site_language()
