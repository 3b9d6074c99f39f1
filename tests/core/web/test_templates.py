"""The pieces that pages are made of, and what holds for the styles. What templates may not hold is checked by tools/templates_lint.py."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace as Some

import pytest
from flask import Flask

from core.web import pieces

from .conftest import form_field

ROOT = Path(__file__).parents[3]
TEMPLATES = sorted((ROOT / "core/web/templates").glob("**/*.html"))
STYLES = ROOT / "core/web/static/cartera.css"
IMPORT = '{% from "_macros.html" import field, action, ask %}'


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_template_compiles(app: Flask, template: Path) -> None:
    app.jinja_env.get_template(str(template.relative_to(ROOT / "core/web/templates")))


def test_colours_stand_in_the_first_section_of_the_styles_only() -> None:
    rest = STYLES.read_text().split("/* 2 —", 1)[1]
    assert not re.findall(r"#[0-9a-f]{3,8}\b|rgb\(", rest)


def test_the_styles_stay_short() -> None:
    assert len(STYLES.read_text().splitlines()) <= 560


def test_a_status_has_a_shape_a_word_and_a_colour() -> None:
    assert pieces.status("bad", "34 d late") == '<span class="st bad tri">34 d late</span>'
    assert pieces.status("ok", "<b>") == '<span class="st ok">&lt;b&gt;</span>'
    assert pieces.status("warn", "Not started", "hollow", pill=True) == '<span class="st warn hollow pill">Not started</span>'


def test_a_person_is_escaped() -> None:
    assert "<script>" not in pieces.who("<script>x</script>")


def test_days_warn_under_thirty_and_press_under_eight(render: Callable[..., str]) -> None:
    text = "{% for n in (-3, 0, 7, 8, 29, 30) %}{{ days(today() + delta(days=n)) }};{% endfor %}"
    late, now, week, eight, month, far, _end = render(text, delta=timedelta).split(";")
    assert late == '<span class="st bad tri">3 d late</span>'
    assert now == '<span class="t-bad b">0 d</span>'
    assert week == '<span class="t-bad b">7 d</span>'
    assert eight == '<span class="t-warn b">8 d</span>'
    assert month == '<span class="t-warn b">29 d</span>'
    assert far == "30 d"


def test_a_field_says_its_label_its_need_its_hint_and_its_fault(render: Callable[..., str]) -> None:
    wrong = form_field("fiscal_id", value='G9"', required=True, hint="As printed", errors=["Control letter should be J"])
    html = render(IMPORT + "{{ field(f) }}", f=wrong)
    assert '<label class="form-label" for="f-fiscal_id">Fiscal_Id <span class="req">required</span></label>' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="f-fiscal_id_e1 f-fiscal_id_h"' in html
    assert '<span class="hint" id="f-fiscal_id_h">As printed</span>' in html
    assert 'value="G9&#34;"' in html


@pytest.mark.parametrize(
    ("kind", "values", "part"),
    [
        ("multiline", {"value": "\na\n<b>"}, ">\n\na\n&lt;b&gt;</textarea>"),
        ("html", {}, "data-editor"),
        ("number", {}, 'inputmode="decimal"'),
        ("email", {}, 'type="email"'),
        ("phone", {}, 'type="tel"'),
        ("date", {"value": "24/11/2026"}, 'data-date="f-x"'),
        ("checkbox", {"value": "1"}, "checked"),
        ("select", {"value": "2", "options": [("1", "One"), ("2", "Two")]}, '<option value="2" selected>Two</option>'),
        ("select", {"value": 2, "options": [(1, "One"), (2, "Two")]}, '<option value="2" selected>Two</option>'),
        ("multiselect", {"values": ["1"], "options": [("1", "One")]}, '<option value="1" selected>One</option>'),
        ("linked", {"attrs": {"data-parent": "f-y"}}, 'data-parent="f-y"'),
        ("picker", {"picked": [("5", "Terramar")], "pick_url": "/companies/pick"}, '<option value="5" selected>Terramar</option>'),
        ("multipicker", {"picked": [("5", "Terramar")]}, "multiple"),
        ("file", {}, 'type="file"'),
    ],
)
def test_each_kind_of_field_has_its_control(render: Callable[..., str], kind: str, values: dict, part: str) -> None:
    html = render(IMPORT + "{{ field(f) }}", f=form_field("x", kind, **values))
    assert part in html
    assert 'id="f-x"' in html


def test_a_field_that_cannot_be_changed_is_text_with_its_reason(render: Callable[..., str]) -> None:
    html = render(IMPORT + "{{ field(f) }}", f=form_field("billing", value="38,720", readonly=True, hint="Computed from invoices"))
    assert "<input" not in html
    assert "Computed from invoices" in html
    assert "38,720" in html


def test_an_action_that_destroys_asks_in_place(render: Callable[..., str]) -> None:
    a = Some(label="Break lock", url="/invoices/5/unlock", method="POST", icon="lock-open", primary=False, confirm="Irene's lock goes.")
    html = render(IMPORT + "{{ action(a) }}", a=a)
    assert 'role="alertdialog"' in html
    assert "Irene&#39;s lock goes." in html
    assert 'name="csrf_token"' in html


def test_the_query_of_a_page_changes_one_part_at_a_time(render: Callable[..., str]) -> None:
    assert render("{{ page_url(sort='name') }}", address="/companies/?q=a%26b&sort=x") == "/companies/?q=a%26b&amp;sort=name"
    assert render("{{ page_url(q=none) }}", address="/companies/?q=a") == "/companies/"


def test_pages_speak_the_readers_numbers(render: Callable[..., str]) -> None:
    text = "{{ money(total, 'EUR') }} {{ number(total) }} {{ country('ES') }}"
    assert render(text, total=Decimal("7223.7")) == "€7,223.70 7,223.7 Spain"
    assert render(text, address="/?lang=es", total=Decimal("7223.7")) == "7.223,70\xa0€ 7.223,7 España"
