"""Warnings refuse nothing: fiscal ids by their country's rule, and companies that seem to be there already."""

import pytest

from core.records.services import create_record
from plugins.companies.records import COMPANY
from plugins.companies.warnings import fiscal_id_problem, warns


@pytest.mark.parametrize(
    ("value", "country", "right"),
    [
        ("B99000010", "ES", True), ("B99000011", "ES", False), ("12345678Z", "ES", True), ("12345678A", "ES", False),
        ("500991014", "PT", True), ("500991015", "PT", False), ("whatever", "Ruritania", True), ("whatever", None, True), (None, "ES", True),
        ("whatever", "AQ", True),
    ],
)  # fmt: skip
def test_a_check_digit_is_checked_where_there_is_a_rule(app, value, country, right):
    with app.test_request_context():
        assert (fiscal_id_problem(value, country) is None) == right


def test_the_same_name_or_fiscal_id_is_told_but_only_of_companies_that_are_seen(work, world):
    with work("admin") as admin:
        create_record(COMPANY, {"name": "Secret Ltd", "fiscal_id": "X1"}, admin)
        rows = [({"name": "customer  #a"}, None), ({"name": "Secret Ltd", "fiscal_id": "X1"}, None), ({"name": "Fresh"}, None)]
        assert [[field for field, _message in found] for found in warns(rows, admin)] == [["name"], ["name", "fiscal_id"], []]
    with work("user1") as user1:
        assert [[field for field, _message in found] for found in warns(rows, user1)] == [["name"], [], []]


def test_a_company_is_no_twin_of_itself(work, world):
    from core.db import db
    from plugins.companies.models import Company

    with work("admin") as admin:
        a = db.session.get(Company, world.companies["Customer #A"])
        assert warns([({"name": "Customer #A"}, a)], admin) == [[]]
