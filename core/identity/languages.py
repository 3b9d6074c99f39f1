"""Which language a reader gets: his own, else the one chosen when signing in, else the browser's, else the site's."""

from collections.abc import Iterable

from babel import Locale

from core.addons.runtime import runtime


def languages() -> tuple[str, ...]:
    """Codes of the languages that people may choose (setting CARTERA_LANGUAGES)."""
    return tuple(runtime().settings.languages)


def language_names() -> list[tuple[str, str]]:
    """(code, name in the language itself) for choices."""
    return [(code, str(Locale.parse(code, sep="-" if "-" in code else "_").get_display_name(code)).capitalize()) for code in languages()]


def pick_language(own: str | None, chosen: str | None, accepted: Iterable[str]) -> str:
    """One of `languages()`. `accepted` are the codes of Accept-Language, best first; "es-MX" is served by "es"."""
    known = {code.lower().replace("_", "-"): code for code in languages()}
    for wanted in (own, chosen, *accepted):
        code = (wanted or "").lower().replace("_", "-")
        if found := known.get(code) or known.get(code.split("-")[0]):
            return found
    return str(runtime().settings.default_language)


def site_language() -> str:
    """The site's own language: of records and documents that have none."""
    return str(runtime().settings.default_language)
