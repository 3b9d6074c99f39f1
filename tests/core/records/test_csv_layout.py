"""The layouts of files, and texts that no spreadsheet may run."""

import re

from hypothesis import given
from hypothesis import strategies as st

from core.records.csv_layout import columns, guard, normal_header, same_text, unguard

STARTS = st.text(alphabet="'=+-@\t\rax1 ", max_size=6)


@given(STARTS | st.text(max_size=20))
def test_neutralising_is_undone_exactly_on_all_texts(text):
    assert unguard(guard(text)) == text


@given(STARTS)
def test_no_neutralised_text_begins_as_a_formula(text):
    assert not re.match(r"[=+\-@\t\r]", guard(text))


@given(STARTS)
def test_a_cell_that_came_from_a_file_can_be_handed_back_any_number_of_times(cell):
    once = guard(unguard(cell))
    assert guard(unguard(once)) == once
    assert unguard(once) == unguard(cell)


def test_headers_are_compared_without_case_spaces_and_stars():
    assert normal_header("  General   EMAIL *") == "general email"


def test_names_are_the_same_by_case_spaces_and_unicode_form_but_not_by_accents():
    assert same_text(" MUÑOZ\u00a0 S.L. ") == same_text("Mun\u0303oz S.L.")
    assert same_text("Munoz") != same_text("Muñoz")


def test_the_manuals_layout_of_companies_is_in_strict_order(app, world):
    with app.app_context():
        rt = app.extensions["cartera"].record_types["companies.company"]
        assert ",".join(c.header for c in columns(rt)) == (
            "name,address,fiscal_id,country,website,comments,id_company_role,id_parent,manager,last_update,payment_conditions,billing,"
            "Office Phone,General email"
        )


def test_the_full_layout_has_every_column_and_the_id_first(app, world):
    with app.app_context():
        rt = app.extensions["cartera"].record_types["companies.company"]
        full = [c.header for c in columns(rt, "full")]
        assert full[0] == "id"
        assert {"street", "postcode", "language", "associate_ids", *(c.header for c in columns(rt))} <= set(full)
        assert len(full) == len(set(full))
