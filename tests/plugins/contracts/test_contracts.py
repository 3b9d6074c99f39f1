"""What a contract is: dates, types, copies, private ones, External code, expiry, files in and out (docs/access.md)."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.access import clock
from core.testing.contracts.html import Page

pytestmark = pytest.mark.usefixtures("world")
SAMPLE = Path(__file__).parents[2] / "cases/files/023-manual-sample.csv"
ROW = "SAMPLE_CUSTOMER__2021,21/1001,Sample contract. ,2021-01-20,2022-01-20,3,,,0,1,2,,admin,Sample customer,Beta"


@pytest.fixture
def licence(app):
    """The name of the field "Licence type" of the type Licences."""
    from core.custom_fields.definitions import custom_fields

    with app.app_context():
        return next(f.name for f in custom_fields("contracts.contract"))


@pytest.fixture
def run_import(app):
    """Imports a text as contracts, as a person; gives the problems as lines, and what is only remarked."""

    def run(text, login="admin", **options):
        from tempfile import TemporaryDirectory

        from core.access.actors import actor_of
        from core.addons.runtime import runtime
        from core.db import unit_of_work
        from core.identity.services import find_user
        from core.records.import_options import Options
        from core.records.import_write import write
        from core.records.importing import check

        with TemporaryDirectory() as folder, app.app_context(), app.test_request_context():
            path = Path(folder) / "file.csv"
            path.write_bytes(text.encode())
            actor = actor_of(find_user(login).id)
            with check(runtime().record_types["contracts.contract"], actor, path, Options(**options)) as checked:
                if checked.may_write:
                    with unit_of_work(actor.user_id):
                        write(checked)
                remarks = [p.line() for p in checked.problems if not p.bad and p.row > 1]  # row 1: that a column is computed
                return [p.line() for p in checked.problems if p.bad], remarks

    return run


def test_an_end_before_the_beginning_is_refused_in_every_way_in(rest, as_user):
    assert list(rest().make(422, date_end="2026-01-19")["errors"]) == ["date_end"]
    made = rest().make()
    assert list(rest().change(made["id"], 422, date_begin="2027-01-20")["errors"]) == ["date_end"]
    posted = {"name": "x", "company_id": "2", "date_begin": "2026-01-20", "date_end": "2026-01-19"}
    page = as_user("user1").post("/contracts/new", data=posted)
    assert (page.status_code, "lies before the beginning" in page.text) == (422, True)
    assert rest().make(date_end=None)["date_end"] is None


def test_its_manager_is_the_companys_unless_somebody_else_is_named(rest, as_user, work):
    assert rest("user1").make()["manager_id"] == 2
    assert rest().make(company_id=3)["manager_id"] == 3
    named = rest().make(manager_id=1)
    assert named["manager_id"] == 1
    with work():
        from core.identity.services import disable_user, find_user

        disable_user(find_user("user1"), heir=find_user("manager1"))
    assert rest().read(1)["manager_id"] == 3
    assert rest().read(named["id"])["manager_id"] == 1


def test_types_have_fields_of_their_own_and_one_label_may_serve_two(licence, rest, as_user, work):
    from core.custom_fields.services import create_field

    with work("admin"):
        other = create_field("contracts.contract", 1, {"label": "Licence type", "kind": "combo", "options": "Gold,Silver"}).id
    api = rest("user1")
    licences, support = api.make(type_id=2, **{licence: "Beta"}), api.make(type_id=1, **{f"f{other}": "Gold"})
    assert (licences[licence], f"f{other}" in licences) == ("Beta", False)
    assert licence in api.make(422, type_id=1, **{licence: "Beta"})["errors"]
    assert f"f{other}" in api.make(422, type_id=1, **{f"f{other}": "Bronze"})["errors"]
    header, *rows = csv.reader(io.StringIO(as_user("user1").get("/contracts/export.csv").text))
    assert header[-1] == "Licence type"
    assert [row[-1] for row in rows] == ["Beta", "Gold"]
    kept = api.change(licences["id"], type_id=1)
    assert f"f{other}" in kept
    assert api.change(licences["id"], type_id=2)[licence] == "Beta"
    assert support["type_id"] == 1
    form = as_user("user1").get(f"/contracts/{licences['id']}/edit").text
    assert f'name="{licence}"' in form
    assert f'name="f{other}"' not in form
    assert as_user("manager1").post("/contracts/types/2/delete").status_code == 409
    assert as_user("user1").post("/contracts/types/new", data={"name": "x"}).status_code == 403


def test_a_copy_has_everything_but_the_number_and_the_same_span(licence, rest, as_user):
    made = rest("user1").make(
        contract_number="15/1", description="All of it", type_id=2, **{licence: "Beta"}, amount="1200.5", currency="EUR", billing_period="yearly",
        renewal="tacit", notice_days=30, private=True, status=2,
    )  # fmt: skip
    reply = as_user("user1").post(f"/contracts/{made['id']}/copy")
    number = int(reply.location.rsplit("/", 2)[1])
    assert reply.location.endswith("/edit")
    copy = rest("user1").read(number)
    assert (copy["date_begin"], copy["date_end"], copy["decision_on"]) == ("2027-01-20", "2028-01-19", "2027-12-20")
    assert (copy["contract_number"], copy["related_contract_id"]) == (None, made["id"])
    same = (
        "name",
        "company_id",
        "description",
        "type_id",
        licence,
        "amount",
        "currency",
        "billing_period",
        "renewal",
        "notice_days",
        "private",
        "status",
    )
    assert {k: copy[k] for k in same} == {k: made[k] for k in same}
    assert as_user("user1").get(reply.location).status_code == 200
    assert as_user("admin").post(f"/contracts/{made['id']}/delete").status_code == 409  # another one renews it


def test_a_copy_needs_e_and_an_end(rest, as_user):
    foreign, endless = rest().make(company_id=3), rest().make(date_end=None)
    assert as_user("user1").post(f"/contracts/{foreign['id']}/copy").status_code == 403
    assert as_user("user2").post(f"/contracts/{foreign['id']}/copy").status_code == 404
    page = as_user("user1").post(f"/contracts/{endless['id']}/copy", follow_redirects=True).text
    assert "open-ended" in page
    assert len(rest().ids()) == 2


def test_a_double_click_on_copy_makes_one_copy(rest, as_user):
    made, client = rest().make(), as_user("user1")
    form = next(f for f in Page(client.get(f"/contracts/{made['id']}").text).forms if f.action == f"/contracts/{made['id']}/copy")
    first, second = (client.post(form.action, data=form.data) for _ in range(2))
    assert second.location == first.location
    assert len(rest().ids()) == 2


def test_terms_that_leave_the_calendar_are_refused_with_a_message(rest, as_user):
    for_ever = rest().make(date_end="9999-12-31")
    page = as_user("user1").post(f"/contracts/{for_ever['id']}/copy", follow_redirects=True)
    assert (page.status_code, "after the year 9999" in page.text) == (200, True)
    first = rest().change(for_ever["id"], 422, date_begin="0001-01-01", date_end="0001-01-02", notice_days=30)
    assert list(first["errors"]) == ["notice_days"]


def test_a_contract_does_not_renew_itself(rest):
    made = rest().make()
    assert list(rest().change(made["id"], 422, related_contract_id=made["id"])["errors"]) == ["related_contract_id"]


# --- rights ----------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def guest(work):
    """A company that `guest` (CR, CW, CM) is only associated with, and whose manager is manager1; its id."""
    from core import create_record, record_type
    from core.identity.services import create_user, find_profiles

    with work("admin") as admin:
        (profile,) = find_profiles(["CRM manager"])
        user = create_user("guest", password="a quiet meadow at noon", profiles=[(profile.id, None)])
        values = {"name": "Shared", "parent_id": 1, "manager_id": 3, "associate_ids": [user.id]}
        return create_record(record_type("companies.company"), values, admin).id


@pytest.mark.both_databases
def test_private_contracts_are_for_the_companys_manager_and_his_mates(rest, guest, as_user):
    """By every way in: record, list, count, search, export, tab, picker, related contract, statistics, dashboard."""
    api = rest()
    ends = (datetime.now(UTC).date() + timedelta(days=20)).isoformat()
    open_one, secret = api.make(company_id=guest, name="PUB-1"), api.make(company_id=guest, name="PRI-1", private=True, date_end=ends)
    api.change(open_one["id"], related_contract_id=secret["id"])
    for login in ("admin", "manager1", "user1"):  # manager, and mate without CM
        assert rest(login).get(secret["id"]).status_code == 200, login
    assert rest("user2").get(open_one["id"]).status_code == 404
    client = as_user("guest")
    assert rest("guest").get(secret["id"]).status_code == 404
    assert rest("guest").ids() == [open_one["id"]]
    for path in (
        "/contracts/", "/contracts/?q=PRI", "/contracts/?private=1", f"/contracts/{open_one['id']}", f"/contracts/{open_one['id']}?tab=history",
        "/contracts/export.csv", "/contracts/pick?q=", f"/companies/{guest}", f"/companies/{guest}?tab=contracts", "/contracts/statistics",
        "/search?q=PRI-1", "/",
    ):  # fmt: skip
        page = client.get(path)
        assert page.status_code == 200, path
        assert "PRI-1" not in page.text.replace('value="PRI-1"', "").replace("“PRI-1”", ""), path
    assert "private contract" in client.get(f"/contracts/{open_one['id']}").text
    assert "PRI-1" in as_user("user1").get(f"/contracts/{open_one['id']}").text
    assert rest("guest").make(403, company_id=guest, private=True)["status"] == 403


def test_moving_asks_for_e_on_both_companies_and_deleting_for_cm(rest):
    own, foreign = rest("user1").make(), rest().make(company_id=3)
    rest("user1").change(own["id"], 403, company_id=3)
    rest("user1").change(foreign["id"], 403, company_id=2)
    assert rest("manager1").change(own["id"], company_id=3)["company_id"] == 3
    assert rest("user1").delete(foreign["id"]).status_code == 403
    assert rest("user1").delete(rest("user1").make()["id"]).status_code == 403
    assert rest("manager1").delete(own["id"]).status_code == 204
    rest("user1").make(403, company_id=3)


# --- expiry ----------------------------------------------------------------------------------------------------------------------------


def test_the_expiry_filter_takes_ends_and_decisions_and_what_is_over_but_active(rest):
    today = datetime.now(UTC).date()

    def ending(days, **more):
        return rest().make(date_begin="2020-01-01", date_end=(today + timedelta(days=days)).isoformat(), **more)["id"]

    soon, decide, later, over, gone = ending(10), ending(50, notice_days=45), ending(80), ending(-5), ending(-5, status=0)
    endless = rest().make(date_end=None)["id"]
    ids = lambda value: set(rest().ids(f"?expires={value}"))  # noqa: E731
    assert ids(7) == {decide}
    assert ids(15) == {soon, decide}
    assert ids(90) == {soon, decide, later}
    assert ids("expired") == {over}
    assert not {gone, endless} & ids(90)
    assert rest().read(decide)["decision_on"] == (today + timedelta(days=5)).isoformat()
    moved = rest().change(decide, date_end=(today + timedelta(days=300)).isoformat())
    assert moved["decision_on"] == (today + timedelta(days=255)).isoformat()
    assert decide not in ids(90)


def test_today_is_the_readers_and_dates_never_move(rest, as_user, work, monkeypatch):
    """Case 180: at 03:00 UTC it is still the day before in Bogota."""
    made = rest().make(date_begin="2025-03-01", date_end="2025-03-31")

    def zone(name):
        with work():
            from core.identity.services import find_user

            find_user("user1").timezone = name

    for day, found_by in ((23, set()), (24, {"Europe/Madrid", "Pacific/Auckland"})):
        monkeypatch.setattr(clock, "utcnow", lambda day=day: datetime(2025, 3, day, 3, tzinfo=UTC))
        for name in ("Europe/Madrid", "America/Bogota", "Pacific/Auckland"):
            zone(name)
            assert (made["id"] in rest("user1").ids("?expires=7")) is (name in found_by), (day, name)
            assert "2025-03-31" in as_user("user1").get("/contracts/export.csv").text
            assert rest("user1").read(made["id"])["date_end"] == "2025-03-31"
            assert rest("user1").ids("?date_end_from=2025-03-31&date_end_to=2025-03-31") == [made["id"]]
            assert 'datetime="2025-03-31"' in as_user("user1").get("/contracts/").text


@pytest.mark.both_databases
def test_contracts_without_an_end_stand_last_in_both_directions(rest, api_as):
    ends = ("2025-01-31", None, "2026-01-31", "2025-06-30", None)
    ids = [rest().make(date_begin="2024-01-01", date_end=end)["id"] for end in ends]
    api = api_as("admin")

    def order(sort):
        found, cursor = [], ""
        while cursor is not None:
            page = api.get(f"/api/v1/contracts?sort={sort}&limit=2{'&cursor=' + cursor if cursor else ''}").json
            found, cursor = found + [ids.index(i["id"]) for i in page["items"]], page["next"]
        return found

    assert order("date_end") == [0, 3, 2, 1, 4]
    assert order("-date_end") == [2, 3, 0, 4, 1]


# --- files in and out --------------------------------------------------------------------------------------------------------------------


def test_the_manuals_row_imports_and_the_company_column_is_only_remarked(licence, run_import, rest):
    header = (
        "name,contract_number,description,date_begin,date_end,id_company,id_sla,id_group,private,status,id_contract_type,related_contract,"
        "manager,company,Licence type"
    )
    bad, remarks = run_import(f"{header}\n{ROW}\n")
    assert bad == []
    assert len(remarks) == 1
    assert "company" in remarks[0]
    assert "Customer #B" in remarks[0]
    (number,) = rest().ids()
    made = rest().read(number)
    assert {k: made[k] for k in ("name", "contract_number", "description", "company_id", "type_id", licence, "manager_id", "status", "private")} == {
        "name": "SAMPLE_CUSTOMER__2021", "contract_number": "21/1001", "description": "Sample contract. ", "company_id": 3, "type_id": 2,
        licence: "Beta", "manager_id": 1, "status": 1, "private": False,
    }  # fmt: skip


def test_a_company_column_that_agrees_or_is_empty_says_nothing(run_import):
    head = "name,date_begin,id_company,company\n"
    assert run_import(f"{head}A,2026-01-01,3,customer #b\nB,2026-01-01,3,\n") == ([], [])


def test_what_comes_out_goes_in_and_comes_out_the_same(licence, rest, as_user, run_import):
    rest().make(description='a\nb;c,"d"', contract_number="=1", private=True, type_id=2, **{licence: "-x"}, manager_id=2, sla_id=7)
    first = as_user("admin").get("/contracts/export.csv").data
    assert b"'=1" in first
    assert run_import(first.decode(), duplicates="update") == ([], [])
    assert as_user("admin").get("/contracts/export.csv").data == first


def test_the_companys_list_counts_what_the_reader_sees(rest, as_user, guest):
    api = rest()
    api.make(company_id=guest, name="A")
    api.make(company_id=guest, name="B", private=True)

    def count(login):
        page = as_user(login).get("/companies/?q=Shared&columns=name,contracts").text
        return page[page.index("<tbody>") :].split('<td class="num')[1].split("</td>")[0].rpartition(">")[2]

    assert (count("admin"), count("user1"), count("guest")) == ("2", "2", "1")


def test_statistics_count_by_type_status_and_company(rest, as_user):
    rest().make(type_id=2)
    rest().make(status=0)
    page = as_user("user1").get("/contracts/statistics").text
    for name in ("by_type", "by_status", "by_company"):
        assert f'data-statistic="{name}"' in page


def test_a_new_contract_begins_with_the_currency_that_the_house_bills_in(world, as_user, work, api_as):
    from core import set_option
    from plugins.invoices import setup_values

    chosen = lambda: re.search(r'name="currency".*?value="(\w*)" selected', as_user("user1").get("/contracts/new?company_id=2").text, re.S)[1]  # noqa: E731
    assert chosen() == "EUR"
    for currency, begins in (("USD", "USD"), ("SEK", "EUR")):  # contracts are not made in all of them
        with work():
            set_option("invoices.currency", currency)
            setup_values.settings_changed()
        assert chosen() == begins
        body = {"name": currency, "company_id": 2, "date_begin": "2026-01-01"}
        assert api_as("user1").post("/api/v1/contracts", json=body).json["currency"] == begins
