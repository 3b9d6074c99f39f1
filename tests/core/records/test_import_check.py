"""What a check finds in a file, before anything is written."""

import pytest

from .imports import Desk

HEAD = "name,fiscal_id,country,id_parent,manager,comments"


@pytest.fixture
def desk(app, world, tmp_path):
    return Desk(app, tmp_path)


def lead(*rows, head="fullname,email,estimated_sale"):
    return "\n".join([head, *(f"Lead {n},lead{n}@example.com,{row}" for n, row in enumerate(rows))])


def contract(*rows):
    return "\n".join(["name,date_begin,date_end,id_company", *(f"K{n},{row},3" for n, row in enumerate(rows))])


# --- how dates and numbers are written ---


def test_one_day_beyond_twelve_settles_the_order_of_all_dates(desk):
    said = desk.say(contract("03/04/2021,02/04/2022", "20/01/2021,31/1/22"), word="contracts.contract")
    assert (said.day_order, said.problems) == ("dmy", [])


def test_an_order_that_cannot_be_told_is_asked_and_nothing_is_imported(desk):
    said = desk.say(contract("03/04/2021,02/05/2022"), word="contracts.contract")
    assert [kind for _row, _column, kind in said.problems] == ["order"]
    assert not said.may
    assert desk.say(contract("03/04/2021,02/05/2022"), word="contracts.contract", day_order="mdy").problems == []


def test_a_date_that_no_order_makes_one_says_nothing_of_the_others_and_is_told_in_its_row(desk):
    said = desk.say(contract("32/13/2021,", "20/01/2021,31/01/2021"), word="contracts.contract")
    assert (said.day_order, said.problems) == ("dmy", [(2, "date_begin", "value")])
    assert [problem[0] for problem in desk.say(contract("32/13/2021,"), word="contracts.contract").problems] == [2]
    said = desk.say(contract("32/13/2021,", "02/01/2021,"), word="contracts.contract")
    assert "“02/01/2021”" in said.messages[0]


def test_a_date_against_the_order_of_its_file_is_a_problem_and_no_guess(desk):
    said = desk.say(contract("20/01/2021,31/01/2021", "01/25/2021,"), word="contracts.contract")
    assert said.problems == [(3, "date_begin", "value")]


def test_iso_dates_need_no_order(desk):
    assert desk.say(contract("2021-04-03,2022-02-05"), word="contracts.contract").problems == []


def test_the_decimal_sign_belongs_to_the_whole_file(desk):
    said = desk.say("fullname;email;estimated_sale\nA;a@example.com;1.234\nB;b@example.com;0,5\n", word="leads.lead")
    assert (said.decimal, said.problems) == (",", [])


def test_a_decimal_sign_that_cannot_be_told_is_asked(desk):
    said = desk.say(lead("1.234"), word="leads.lead")
    assert [kind for _row, _column, kind in said.problems] == ["decimal"]
    assert desk.say(lead("1.234"), word="leads.lead", decimal=".").problems == []


def test_a_number_against_the_sign_of_its_file_is_a_problem(desk):
    said = desk.say('fullname,email,estimated_sale\nA,a@example.com,1.5\nB,b@example.com,2.5\nC,c@example.com,"1,5"\n', word="leads.lead")
    assert said.problems == [(4, "estimated_sale", "value")]


def test_scientific_notation_in_a_text_is_warned_of(desk):
    assert (2, "fiscal_id", "damaged") in desk.say(f"{HEAD}\nA,1E+05,ES,1,,\n").remarks


def test_a_lost_zero_is_warned_of_where_the_column_shows_it(desk):
    rows = "".join(f"Firm {n},0{n}001,ES,1,,\n" for n in range(1, 6))
    assert (7, "fiscal_id", "zeros") in desk.say(f"{HEAD}\n{rows}Firm 9,1001,ES,1,,\n").remarks


# --- columns ---


def test_columns_may_come_in_any_order_by_csv_name_field_name_or_label(desk):
    said = desk.say("Comments,MANAGER,Name *\nx,user1,A\n")
    assert [c.name for c in said.matched.columns] == ["comments", "manager_id", "name"]


def test_an_unknown_column_is_named_and_left_out(desk):
    said = desk.say("name,Colour\nA,blue\n")
    assert (said.problems, said.remarks) == ([], [(1, "Colour", "unknown")])


def test_a_column_can_be_matched_to_a_field(desk):
    desk.take("Firm,Colour\nA,blue\n", mapping={"0": "name", "1": "comments"}, header=True)
    assert desk.records()["A"].comments == "blue"


def test_two_columns_of_one_name_are_named_with_both_places_until_one_is_chosen(desk):
    text = "name,comments,country,comments\nA,first,ES,second\n"
    said = desk.say(text)
    assert said.problems == [(1, "comments", "double")]
    assert "2 and 4" in said.messages[0]
    desk.take(text, mapping={"1": ""})
    assert desk.records()["A"].comments == "second"


def test_without_a_name_nothing_can_be_imported(desk):
    assert desk.say("country,comments\nES,x\n").problems == [(1, "name", "no column")]


def test_cells_beyond_the_last_column_are_a_problem_and_empty_ones_are_not(desk):
    said = desk.say("name,country\nA,ES,,\nB,ES,lost\n")
    assert (said.created, said.problems) == (1, [(3, "", "long")])


def test_empty_rows_at_the_end_are_no_rows(desk):
    assert desk.say("name,country\nA,ES\n,\n,\n\n").created == 1


def test_a_file_without_header_is_read_in_the_manuals_order(desk):
    desk.take("Firm,Street 1,X1,ES,,note,1,1,user1,2025-01-15 09:00:00,60,,020 7946,info@example.com\n")
    made = desk.records()["Firm"]
    assert (made.fiscal_id, made.comments, made.payment_conditions) == ("X1", "note", 60)
    assert made.custom == {"f1": "020 7946", "f2": "info@example.com"}


def test_a_file_without_header_in_the_shape_of_the_manuals_list_is_recognised_and_said(desk):
    text = "Firm,Street 1,X1,ES,,note,1,1,user1,2025-01-15 09:00:00,60,020 7946 0018,info@example.com\n"
    said = desk.say(text)
    assert said.matched.layout == "list"
    assert (1, "", "layout") in said.remarks
    desk.take(text)
    assert desk.records()["Firm"].custom == {"f1": "020 7946 0018", "f2": "info@example.com"}


def test_the_reason_column_of_refused_rows_may_come_back(desk):
    assert desk.say("name,reason\nA,because\n").remarks == []


# --- references ---


def test_a_reference_is_an_id_or_an_exact_name(desk):
    desk.take(f"{HEAD}\nA,,ES,1,,\nB,,ES,Customer #B,,\n")
    assert [desk.records()[n].parent_id for n in "AB"] == [1, 3]


def test_what_is_out_of_sight_is_not_found_in_the_same_words(desk):
    desk.take(f"{HEAD}\nHidden,,ES,,admin,\n")
    hidden = desk.records()["Hidden"].id
    said = desk.say(f"{HEAD}\nA,,ES,{hidden},,\nB,,ES,999999,,\n", login="user1")
    assert said.problems == [(2, "id_parent", "reference"), (3, "id_parent", "reference")]
    assert said.messages[0].replace(str(hidden), "999999") == said.messages[1]


def test_a_name_that_two_companies_have_is_never_guessed_at(desk):
    desk.take(f"{HEAD}\nTwin,X1,ES,1,,\n")
    desk.take(f"{HEAD}\nTwin,X2,ES,1,,\n", duplicates="create")
    assert desk.say(f"{HEAD}\nA,,ES,Twin,,\n").problems == [(2, "id_parent", "ambiguous")]


def test_a_login_of_digits_wins_over_an_id(desk, app):
    from core.db import unit_of_work
    from core.identity.services import create_user

    with app.app_context(), unit_of_work():
        number = create_user("3", email="three@example.com").id
    assert number != 3
    desk.take(f"{HEAD}\nA,,ES,1,3,\n")
    assert desk.records()["A"].manager_id == number


def test_an_empty_parent_is_none_and_an_absent_column_is_ones_own_company(desk):
    desk.take("name,id_parent\nA,\n", login="user1")
    desk.take("name\nB\n", login="user1")
    assert [desk.records()[n].parent_id for n in "AB"] == [None, 1]


# --- rows that refer to rows ---


def test_a_parent_may_stand_below_its_child(desk):
    desk.take(f"{HEAD}\nChild,,ES,Parent,,\nGrandchild,,ES,Child,,\nParent,,ES,1,,\n")
    r = desk.records()
    assert (r["Child"].parent_id, r["Grandchild"].parent_id) == (r["Parent"].id, r["Child"].id)


def test_ids_of_a_file_with_an_id_column_mean_its_own_rows_first(desk):
    desk.take("id,name,id_parent\n3,Mother,1\n2,Daughter,3\n")
    r = desk.records()
    assert (r["Mother"].parent_id, r["Daughter"].parent_id) == (1, r["Mother"].id)


def test_rows_that_close_a_circle_are_named(desk):
    said = desk.say(f"{HEAD}\nA,,ES,B,,\nB,,ES,C,,\nC,,ES,A,,\nD,,ES,D,,\n")
    assert sorted(said.problems) == [(n, "id_parent", "circle") for n in (2, 3, 4, 5)]


def test_what_belongs_to_a_row_with_problems_is_not_imported_somewhere_else(desk):
    text = f"{HEAD}\nChild,,ES,Parent,,\nGrandchild,,ES,Child,,\nParent,,ES,999999,,\nOther,,ES,1,,\n"
    said = desk.say(text, good_rows=True)
    assert sorted(said.problems) == [(2, "id_parent", "parent"), (3, "id_parent", "parent"), (4, "id_parent", "reference")]
    desk.take(text, good_rows=True)
    assert {"Child", "Grandchild", "Parent"}.isdisjoint(desk.records())
    assert "Other" in desk.records()


def test_the_name_of_two_rows_is_ambiguous_when_both_are_made(desk):
    said = desk.say(f"{HEAD}\nA,,ES,Twin,,\nTwin,X1,ES,1,,\nTwin,X2,ES,1,,\n", duplicates="create")
    assert said.problems == [(2, "id_parent", "ambiguous")]


# --- duplicates ---


def test_a_row_meets_a_company_by_fiscal_id_or_name_and_is_skipped(desk):
    desk.take(f"{HEAD}\nAlba,X1,ES,1,,\n")
    said = desk.say(f"{HEAD}\n ALBA ,,ES,1,,\nOther,x1,ES,1,,\nNew,X2,ES,1,,\n")
    assert (said.created, said.skipped, said.problems) == (1, 2, [])
    assert [r for r in said.remarks if r[2] == "duplicate"] == [(2, "name", "duplicate"), (3, "fiscal_id", "duplicate")]


def test_accents_make_another_company_and_are_hinted_at(desk):
    desk.take(f"{HEAD}\nPeña,,ES,1,,\nCafé,,ES,1,,\n")
    said = desk.say(f"{HEAD}\nCafe,,ES,1,,\n")
    assert said.created == 1
    assert (2, "name", "similar") in said.remarks


def test_only_what_the_importer_sees_is_a_duplicate(desk):
    desk.take(f"{HEAD}\nHidden,,ES,,admin,\n")
    assert desk.say(f"{HEAD}\nHidden,,ES,1,,\n", login="user1").created == 1


def test_a_second_row_of_one_name_is_skipped_or_made_as_chosen(desk):
    text = f"{HEAD}\nA,,ES,1,,\na,,PT,1,,\n"
    assert (desk.say(text).created, desk.say(text).skipped) == (1, 1)
    assert desk.say(text, duplicates="create").created == 2


# --- rights ---


def test_naming_somebody_else_as_manager_asks_for_crm_manage(desk):
    text = f"{HEAD}\nA,,ES,1,manager1,\nB,,ES,1,user1,\n"
    assert desk.say(text, login="user1").problems == [(2, "manager", "refused")]
    assert desk.say(text, login="manager1").problems == []


def test_a_contact_of_a_company_that_one_only_sees_is_refused_before_it_is_written(desk):
    text = "fullname,email,id_company\nAna,ana@example.com,2\nEva,eva@example.com,3\n"
    assert desk.say(text, word="contacts.contact", login="user1").problems == [(3, "", "right")]


def test_whoever_may_not_create_may_not_import(desk):
    from core.access import Forbidden

    with pytest.raises(Forbidden):
        desk.say("name\nA\n", login="user2")


def test_a_needed_cell_that_is_empty_is_named(desk):
    said = desk.say("fullname,email,id_company\nAna,,2\n,eva@example.com,2\n", word="contacts.contact")
    assert said.problems == [(2, "email", "missing"), (3, "fullname", "missing")]
