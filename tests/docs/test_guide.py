"""docs/guide: both languages tell the same, in the words that the pages have in that language; pictures and links are there."""

import re
from functools import cache

import pytest

from tests.docs.catalogues import LANGUAGES, ROOT, catalogue, nouns, translated

GUIDE = ROOT / "docs" / "guide"
NAMES = sorted(path.name for path in (GUIDE / "en").iterdir())
PAGES = [f"{language}/{name}" for language in LANGUAGES for name in NAMES]
HEADING = re.compile(r"^(#+) (.+)$", re.M)
LINK = re.compile(r"\[[^\]]*\]\(([^)]+)\)")
LABEL = re.compile(r"\*\*(.+?)\*\*", re.S)
MESSAGE = re.compile(r"^- [“«](.+?)[”»]:", re.M | re.S)
HOLE = re.compile(r"[“«(]%\(\w+\)[sd][”»)]|%\(\w+\)[sd]")


def text_of(page):
    return (GUIDE / page).read_text(encoding="utf-8")


def in_one_line(text):
    return " ".join(text.split())


@cache
def labels(language):
    """What can stand on a page as a label: texts without a gap, and those whose gap is the name of a record type."""
    plain = {text.replace("%%", "%") for text in catalogue(language).values() if "%(" not in text}
    return plain | {translated("New %(thing)s", language) % {"thing": noun.lower()} for noun in nouns(language)}


@cache
def messages(language):
    """Every text of the product, with … where something is filled in, whatever stands round it."""
    return {HOLE.sub("…", text) for text in catalogue(language).values()}


def test_both_languages_have_the_same_pages_and_the_index_names_them_all():
    assert [path.name for path in sorted((GUIDE / "es").iterdir())] == NAMES
    assert {target for target in LINK.findall(text_of("README.md")) if target.endswith(".md")} == set(PAGES)


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_headings_steps_links_and_pictures(name):
    english, spanish = (text_of(f"{language}/{name}") for language in LANGUAGES)
    assert [level for level, _words in HEADING.findall(spanish)] == [level for level, _words in HEADING.findall(english)]
    for what in (r"^\d+\. ", r"^- ", r"^\|", r"`[^`]+`"):
        assert len(re.findall(what, spanish, re.M)) == len(re.findall(what, english, re.M)), what
    assert [link.split("#")[0].replace("/es/", "/en/") for link in LINK.findall(spanish)] == [link.split("#")[0] for link in LINK.findall(english)]


@pytest.mark.parametrize("page", PAGES)
def test_every_label_is_a_text_of_the_product_in_that_language(page):
    language = page[:2]
    bold = {in_one_line(label) for label in LABEL.findall(text_of(page))}
    assert bold
    assert sorted(bold - labels(language)) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_message_under_what_may_go_wrong_is_one_that_the_product_gives(page):
    known = messages(page[:2])
    quoted = [in_one_line(message) for message in MESSAGE.findall(text_of(page))]
    assert [message for message in quoted if message not in known] == []


@pytest.mark.parametrize("page", ["README.md", *PAGES])
def test_links_and_pictures_lead_somewhere(page):
    for target in LINK.findall(text_of(page)):
        path, _hash, place = target.partition("#")
        found = (GUIDE / page).parent / path
        assert found.exists(), f"{page} links {target}"
        if place:
            places = {re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-") for _level, words in HEADING.findall(found.read_text("utf-8"))}
            assert place in places, f"{page} links {target}"


def test_no_picture_lies_there_that_no_page_shows():
    shown = {(GUIDE / page).parent.joinpath(target).resolve() for page in PAGES for target in LINK.findall(text_of(page)) if target.endswith(".png")}
    assert set((ROOT / "docs" / "pictures" / "guide").rglob("*.png")) == shown
