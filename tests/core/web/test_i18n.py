from pathlib import Path

import pytest
from babel import Locale
from flask import Flask
from flask_babel import gettext, ngettext

from core.web.i18n import init_i18n, languages, load

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=2; plural=n != 1;\\n"\n\n'


def catalogue(folder: Path, locale: str, body: str) -> Path:
    path = folder / locale / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + body)
    return folder


def test_sentences_come_straight_from_the_po_files(tmp_path: Path) -> None:
    core = catalogue(tmp_path / "core", "es", 'msgid "Company"\nmsgstr "Empresa"\n')
    visits = 'msgid "%(num)s visit"\nmsgid_plural "%(num)s visits"\nmsgstr[0] "%(num)s visita"\nmsgstr[1] "%(num)s visitas"\n'
    plugin = catalogue(tmp_path / "plugin", "es", visits)
    app = Flask("small")
    init_i18n(app, locale=lambda: "es", timezone=lambda: "Europe/Madrid", folders=lambda: [core, plugin])
    with app.test_request_context():
        assert gettext("Company") == "Empresa"
        assert ngettext("%(num)s visit", "%(num)s visits", 3) == "3 visitas"
        assert ngettext("%(num)s visit", "%(num)s visits", 1) == "1 visita"
        assert gettext("Never translated") == "Never translated"


def test_a_plugin_cannot_change_the_words_of_core(tmp_path: Path) -> None:
    core = catalogue(tmp_path / "core", "es", 'msgid "Company"\nmsgstr "Empresa"\n')
    plugin = catalogue(tmp_path / "plugin", "es", 'msgid "Company"\nmsgstr "Compañía"\n')
    assert load([core, plugin], Locale("es")).gettext("Company") == "Empresa"


def test_a_country_goes_back_to_its_language(tmp_path: Path) -> None:
    core = catalogue(tmp_path / "core", "es", 'msgid "Company"\nmsgstr "Empresa"\n')
    assert load([core], Locale.parse("es_MX")).gettext("Company") == "Empresa"


def test_what_a_translator_marked_as_doubtful_stays_english(tmp_path: Path) -> None:
    core = catalogue(tmp_path / "core", "es", '#, fuzzy\nmsgid "Company"\nmsgstr "Compañero"\n')
    assert load([core], Locale("es")).gettext("Company") == "Company"


def test_a_broken_file_is_logged_and_leaves_english(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    core = catalogue(tmp_path / "core", "es", "<<<<<<< ours\n")
    assert load([core], Locale("es")).gettext("Company") == "Company"
    assert "messages.po can't be read" in caplog.text


def test_outside_of_requests_sentences_are_english() -> None:
    assert gettext("Company") == "Company"


def test_languages_to_choose_are_english_and_those_of_core(tmp_path: Path) -> None:
    core = catalogue(tmp_path / "core", "es", "")
    plugin = catalogue(tmp_path / "plugin", "fr", "")
    assert languages([core, plugin]) == [("en", "English"), ("es", "Español")]
