"""Companies and invoices by the classic API 1.0, with the rights of the user who calls (docs/classic-api.md)."""

import csv
import io

import pytest

pytestmark = pytest.mark.usefixtures("world", "asked")
SECRETS = "user={}&user_pass=gravel%20under%20a%20sky&pass=seven%20owls%20on%20a%20roof"


@pytest.fixture
def call(app, work):
    """`call("get_invoice", "15/1000", login="robot")`: an API user; robot is mate and CRM manager, clerk has no CRM at all."""
    from core.identity.services import create_user, find_profiles, set_api_password
    from plugins.companies.services import set_own_company

    with work():
        for login, profile in (("robot", "CRM manager"), ("clerk", "Support")):
            (found,) = find_profiles([profile])
            user = create_user(login, password="gravel under a sky", profiles=[(found.id, None)], classic_api=True)
            set_api_password(user, "seven owls on a roof")
            set_own_company(user.id, 1)

    def go(op, *params, login="robot", token="|"):
        from urllib.parse import quote

        query = f"op={op}&token={quote(token)}&params={quote(token.join(params))}"
        reply = app.test_client().get(f"/include/api.php?{SECRETS.format(login)}&{query}")
        assert reply.status_code == 200
        return reply.text

    return go


def test_an_invoice_of_one_line_is_made_and_read_again(call, rest, taxes):
    taxes(21, 10)
    assert call("get_last_invoice_id") == "0"
    made = call(
        "create_invoice", "robot", "0", "2", "", "Licence", "100.50", "21", "EUR", "Thanks", "1", "robot", "2026-01-15 10:00:00", "", "paid",
        "PO 7", "Note", "Submitted", "es",
    )  # fmt: skip
    assert made == "1"
    assert call("get_last_invoice_id") == "15/1000"
    names, values = csv.reader(io.StringIO(call("get_invoice", "15/1000")))
    facts = dict(zip(names, values, strict=True))
    assert {k: facts[k] for k in ("bill_id", "company_id", "status", "total", "locked", "reference", "language", "invoice_create_date")} == {
        "bill_id": "15/1000", "company_id": "2", "status": "paid", "total": "121.61", "locked": "1", "reference": "PO 7", "language": "es",
        "invoice_create_date": "2026-01-15",
    }  # fmt: skip
    assert rest().get("").json["items"][0]["lines"][0]["taxes"] == ["21"]


def test_what_can_not_be_is_answered_with_0_and_makes_nothing(call, rest, taxes, record_factory):
    taxes(21)
    hidden = record_factory("companies.company")(name="Reservada", parent_id=None)
    secret = rest().make(company_id=hidden.id)
    right = ["robot", "0", "2", "", "Licence", "100", "21"]
    for place, wrong in ((2, "99"), (2, str(hidden.id)), (4, ""), (5, "x"), (6, "19"), (6, "NaN")):
        assert call("create_invoice", *right[:place], wrong, *right[place + 1 :]) == "0", (place, wrong)
    assert call("create_invoice", *right, login="clerk") == "0"
    assert call("get_invoice", secret["bill_id"]) == "0"
    assert call("get_invoice", "") == "0"
    assert call("get_last_invoice_id", login="clerk") == "0"
    assert [i["id"] for i in rest().get("").json["items"]] == [secret["id"]]
    assert call("create_invoice", *right[:6]) == "1"


def test_a_company_is_made_as_the_rules_allow(call, api_as):
    number = call("create_company", "New, S.L.", "Street 1\nTown", "B1", "1", "España", "user1", "1")
    made = api_as("admin").get(f"/api/v1/companies/{number}").json
    assert {k: made[k] for k in ("name", "address", "fiscal_id", "role_id", "country", "manager_id", "parent_id")} == {
        "name": "New, S.L.", "address": "Street 1\nTown", "fiscal_id": "B1", "role_id": 1, "country": "ES", "manager_id": 2, "parent_id": 1,
    }  # fmt: skip
    assert int(call("create_company", "Mine")) > int(number)
    assert [
        call("create_company", "", "x"),
        call("create_company", "N", "", "", "", "", "nobody"),
        call("create_company", "N", login="clerk"),
    ] == ["0"] * 3
