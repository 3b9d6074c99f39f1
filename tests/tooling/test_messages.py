"""Texts of sources, templates and manifests reach the translation files; translations survive an update."""

import pytest
from babel.messages.pofile import read_po

from tools import messages


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    folder = tmp_path / "plugins/demo"
    (folder / "templates/demo").mkdir(parents=True)
    (folder / "manifest.toml").write_text('title = "Demo"\nsummary = "Shows things"\n')
    (folder / "views.py").write_text('a = _l("Lazy"), ngettext("%(num)d company", "%(num)d companies", 2)\n')
    (folder / "templates/demo/page.html").write_text('<p>{{ _("Hello %(name)s", name=x) }}{% trans %}Raw{% endtrans %}</p>')
    return folder


def texts(folder):
    with po(folder).open("rb") as file:
        return {m.id if isinstance(m.id, str) else m.id[0]: m.string for m in read_po(file, locale="es") if m.id}


def po(folder):
    return folder / "translations/es/LC_MESSAGES/messages.po"


def test_texts_of_python_templates_and_the_manifest_are_collected(plugin):
    messages.main(["demo"])
    assert set(texts(plugin)) == {"Demo", "Shows things", "Lazy", "%(num)d company", "Hello %(name)s", "Raw"}


def test_a_translation_survives_and_an_unchanged_file_is_not_written(plugin):
    messages.main([])
    po(plugin).write_text(po(plugin).read_text().replace('msgid "Lazy"\nmsgstr ""', 'msgid "Lazy"\nmsgstr "Perezoso"'))
    before = po(plugin).stat().st_mtime_ns
    assert messages.update(plugin, "es") is None
    assert po(plugin).stat().st_mtime_ns == before
    (plugin / "views.py").write_text('a = _l("Lazy"), _("New")\n')
    assert messages.update(plugin, "es") == "plugins/demo/translations/es/LC_MESSAGES/messages.po: 6 texts, 5 to translate"
    assert texts(plugin)["Lazy"] == "Perezoso"
    assert "%(num)d company" not in texts(plugin)
