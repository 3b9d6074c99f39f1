"""Icons are collected from the sources; nobody keeps a list."""

import runpy
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
icons = runpy.run_path(str(ROOT / "assets/icons.py"))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{{ icon("building") }}', {"building"}),
        ("{{ icon('user-plus', size=20) }}", {"user-plus"}),
        ('Tab(label=_l("Files"), icon="paperclip")', {"paperclip"}),
        ("Entry(icon='building-store')", {"building-store"}),
        ('title = "Companies"\nicon = "building"\n', {"building"}),
        ('{{ icon("sun" if light else "moon") }}', {"sun", "moon"}),
        ('<button data-icon="dots"></button>', {"dots"}),
        ('KIND_ICONS = {"call": "phone", "mail": "mail"}', {"call", "phone", "mail"}),
        ('DEFAULT_ICON = "note"', {"note"}),
        ('icon(name)  # nothing to see\nx = "building"', set()),
    ],
)
def test_an_icon_is_found_in_each_form_it_is_written_in(text, names):
    assert icons["found"](text) == names


def test_icons_are_found_in_core_plugins_and_foreign_plugins(tmp_path):
    for place, name in (("core/web/a.html", "home"), ("plugins/x/b.py", "truck"), ("tests/addons/c/manifest.toml", "ticket")):
        path = tmp_path / place
        path.parent.mkdir(parents=True)
        path.write_text(f'icon="{name}"')
    hidden = tmp_path / "core/web/static/vendor/lib.js"
    hidden.parent.mkdir(parents=True)
    hidden.write_text('icon="x"')
    assert icons["used"](tmp_path) == {"home", "truck", "ticket"}
    assert ("home", "core/web/a.html:1") in set(icons["named"](tmp_path))


def test_the_sprite_holds_one_symbol_for_each_icon_and_no_fixed_size_or_colour():
    square = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'
    drawing = f'<!-- tags --><svg\n xmlns="http://www.w3.org/2000/svg" width="24">\n{square}\n<path d="M3 21" />\n</svg>'
    root = ET.fromstring(icons["sprite"]([("building", drawing), ("x", drawing)]))
    space = "{http://www.w3.org/2000/svg}"
    assert [symbol.get("id") for symbol in root] == ["building", "x"]
    assert [[path.get("d") for path in symbol] for symbol in root.iter(f"{space}symbol")] == [["M3 21"], ["M3 21"]]
