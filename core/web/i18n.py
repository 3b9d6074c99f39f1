"""Languages: Flask-Babel with catalogues read straight from the .po files, so that no compiled file has to be made or shipped.

Each folder (core's and every plugin's `translations/`) holds `<locale>/LC_MESSAGES/messages.po`. A locale's catalogue is put together
once per process, when first asked for. Where two translate the same sentence, the folder named first wins: core's own words stay.
"""

import io
import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import NullTranslations, Translations
from flask import Flask
from flask_babel import Babel, Domain, get_locale
from jinja2 import pass_context
from jinja2.runtime import Context, missing
from markupsafe import Markup

CORE = Path(__file__).parents[1] / "translations"
SOURCE = "en"
log = logging.getLogger(__name__)


class Catalogues(Domain):
    """Flask-Babel's source of translations, from .po files in memory."""

    def __init__(self, folders: Callable[[], Sequence[Path]]):
        super().__init__()
        self.folders = folders
        self.made: dict[Locale, NullTranslations] = {}
        self.lock = threading.Lock()

    def get_translations(self) -> NullTranslations:
        """The catalogue of the current locale; the English sentences themselves outside of requests and for English."""
        locale = get_locale()
        if locale is None:
            return _NOTHING
        return self.made.get(locale) or self.make(locale)

    def make(self, locale: Locale) -> NullTranslations:
        with self.lock:
            if locale not in self.made:
                self.made[locale] = load(self.folders(), locale)
        return self.made[locale]


_NOTHING = NullTranslations()


def load(folders: Sequence[Path], locale: Locale) -> NullTranslations:
    """One catalogue of all folders for a locale. A file that can't be read is logged and left out: its sentences stay English."""
    merged: Translations | None = None
    for folder in reversed(folders):
        for name in dict.fromkeys((locale.language, str(locale))):
            path = folder / name / "LC_MESSAGES" / "messages.po"
            if not path.is_file():
                continue
            try:
                found = read(path, name)
            except (PoFileError, ValueError, OSError):
                log.exception("%s can't be read; its sentences stay English", path)
                continue
            merged = merged.merge(found) if merged else found
    return merged or NullTranslations()


def read(path: Path, locale: str) -> Translations:
    """A .po file as a catalogue. Sentences marked fuzzy are left out."""
    with path.open("rb") as source:
        catalogue = read_po(source, locale=locale, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def languages(folders: Sequence[Path]) -> list[tuple[str, str]]:
    """The languages that can be chosen, as (code, its own name): English and each that core has a catalogue of."""
    codes = {SOURCE, *(path.parents[1].name for folder in folders[:1] for path in folder.glob("*/LC_MESSAGES/messages.po"))}
    found = []
    for code in sorted(codes):
        try:
            found.append((code, str(Locale.parse(code).get_display_name(code)).capitalize()))
        except (UnknownLocaleError, ValueError):
            log.warning("core/translations/%s is no language", code)
    return found


def init_i18n(
    app: Flask,
    *,
    locale: Callable[[], str | None],
    timezone: Callable[[], object],
    folders: Callable[[], Sequence[Path]] = lambda: [CORE],
    default: str = SOURCE,
) -> Babel:
    """Set up Flask-Babel. `locale` and `timezone` are asked once per request (None: the default); `folders` when a catalogue is made.

    `folders` begins with core's; it is a callable because plugins are loaded later. `timezone` may give a name or a tzinfo.
    """
    babel = Babel()
    babel.init_app(app, default_locale=default, locale_selector=locale, timezone_selector=timezone)
    catalogues = Catalogues(folders)
    babel.domain_instance = catalogues
    _quicken(app, catalogues)
    return babel


class Words:
    """What templates ask for sentences: a catalogue that remembers each plain sentence as the Markup it becomes."""

    def __init__(self, catalogue: NullTranslations):
        self.catalogue = catalogue
        self.plain: dict[str, Markup] = {}

    def say(self, message: str) -> Markup:
        text = self.catalogue.ugettext(message)
        self.plain[message] = found = Markup(text % {}) if "%" in text else Markup(text)  # noqa: S704  as Jinja has it: a template's own words
        return found


def _quicken(app: Flask, catalogues: Catalogues) -> None:
    """Replace Jinja's `_`: through Flask-Babel each sentence costs 16 µs, a millisecond per page; so it is one. Same results."""
    known: dict[int, Words] = {}

    def words() -> Words:
        catalogue = catalogues.get_translations()
        return known.get(id(catalogue)) or known.setdefault(id(catalogue), Words(catalogue))

    @pass_context
    def gettext(context: Context, message: str, /, **variables: object) -> Markup:
        found = context.resolve_or_missing("_words")
        own = words() if found is missing else found
        if not variables:
            return own.plain.get(message) or own.say(message)
        return Markup(own.catalogue.ugettext(message)) % variables  # noqa: S704  the values are escaped, the sentence is the template's

    app.jinja_env.globals.update(gettext=gettext, _=gettext)
    app.context_processor(lambda: {"_words": words()})
