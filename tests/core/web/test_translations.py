"""Every text of the product has Spanish, and what stands in it is what stands in the English: placeholders, plurals, no HTML."""

import json
import re
from collections import defaultdict
from functools import cache

import pytest
from babel.messages.pofile import read_po

from tools import messages

FOLDERS = [messages.ROOT / "core", *sorted(p.parent for p in (messages.ROOT / "plugins").glob("*/manifest.toml"))]
MARKED = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%%|`[^`]*`|<?\bhttps?://\S+|_[a-zA-Z_]+_\b")
MARKUP = re.compile(r"<[a-zA-Z/!]|&[a-z]+;|&#\d")
here = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


@cache
def found(folder):
    """The texts that the sources hold, and the Spanish file."""
    path = folder / "translations/es/LC_MESSAGES/messages.po"
    with path.open("rb") as file:
        return messages.template(folder), read_po(file, locale="es", abort_invalid=True)


def texts(message):
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def translated(message):
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


@here
def test_every_text_of_the_sources_has_spanish(folder):
    sources, spanish = found(folder)
    lacking = []
    for message in sources:
        if not message.id:
            continue
        known = spanish.get(message.id, message.context)
        if known is None or not all(translated(known)) or known.fuzzy:
            lacking.append(texts(message)[0])
    assert not lacking, f"run `make messages`, then translate: {lacking}"


@here
def test_the_file_holds_no_text_that_no_source_holds_any_more(folder):
    sources, spanish = found(folder)
    assert [texts(m)[0] for m in spanish if m.id and sources.get(m.id, m.context) is None] == []


@here
def test_placeholders_agree(folder):
    _sources, spanish = found(folder)
    wrong = []
    for message in spanish:
        if not message.id or not all(translated(message)):
            continue
        english = [sorted(MARKED.findall(text)) for text in texts(message)]
        for number, text in enumerate(translated(message)):
            if sorted(MARKED.findall(text)) != english[min(number, len(english) - 1)]:
                wrong.append((texts(message)[0], text))
    assert not wrong


@here
def test_plural_forms_are_those_of_spanish(folder):
    _sources, spanish = found(folder)
    assert spanish.num_plurals == 2
    assert spanish.plural_expr == "(n != 1)"
    for message in spanish:
        if message.id and not isinstance(message.id, str):
            assert len(translated(message)) == 2, message.id


@here
def test_texts_hold_no_html_and_keep_their_edges(folder):
    sources, spanish = found(folder)
    for message in sources:
        assert not any(MARKUP.search(text) for text in texts(message)), message.id
    for message in spanish:
        for english, text in zip(texts(message), translated(message), strict=False) if message.id else ():
            assert not MARKUP.search(text), text
            assert text == text.strip() or english != english.strip(), text
            assert len(english) < 5 or english[-1] not in ".…:?" or text[-1:] in ".…:?", (english, text)


ALIKE = {"Usuario", "hasta", "Escribe un nombre.", "Terminar", "Recuperar", "Estado", "Etiqueta", "Tipo"}
"""Spanish that is right for more than one English text."""


def test_what_is_told_apart_in_english_is_told_apart_in_spanish():
    """Billing is no period, and what was billed is no billing: one Spanish word for both would be wrong for one of them."""
    said = defaultdict(set)
    for folder in FOLDERS:
        for message in found(folder)[1]:
            for english, spanish in zip(texts(message), translated(message), strict=False) if message.id else ():
                said[spanish].add(english)
    assert {spanish: english for spanish, english in said.items() if len(english) > 1 and spanish not in ALIKE} == {}


@here
def test_no_text_stands_twice_in_its_own_translation(folder):
    for message in found(folder)[1]:
        for english, spanish in zip(texts(message), translated(message), strict=False) if message.id else ():
            assert not re.search(r"[a-záéíóúñ)»]\.[A-ZÁÉÍÓÚÑ¿¡]", spanish), spanish  # glued together
            begins = " ".join(spanish.split()[:3])
            assert len(begins) < 12 or spanish.count(begins) == 1 or english.count(" ".join(english.split()[:3])) > 1, spanish


def test_the_same_text_is_the_same_in_all_files():
    """Catalogues are merged, core's first: another word in a plugin's file would never be seen."""
    words = defaultdict(set)
    for folder in FOLDERS:
        for message in found(folder)[1]:
            if message.id:
                words[json.dumps([message.context, texts(message)])].add(translated(message))
    assert {text: said for text, said in words.items() if len(said) > 1} == {}


def test_quotes_are_spanish_and_nobody_is_addressed_formally():
    formal = re.compile(r"\b([Uu]sted(es)?|[Ss]u (contraseña|sesión)|[Ee]lija|[Ee]scriba|[Pp]ulse|[Ii]ntroduzca|[Cc]ompruebe|[Vv]uelva a)\b")
    for folder in FOLDERS:
        for message in found(folder)[1]:
            for text in translated(message) if message.id else ():
                assert not re.search("[“”]", text), text
                assert not formal.search(text), text
