"""Two people change one record: what stands in the form of the second, up to his second save. On both databases."""

import threading

import pytest
from werkzeug.datastructures import MultiDict

from core.db import db
from core.history import HistoryEntry
from core.testing.contracts.html import Page

pytestmark = pytest.mark.both_databases


@pytest.fixture
def editing(as_user):
    """`editing("user1", "/companies/2/edit")` opens a form and gives what a browser would send of it, and how it is sent."""

    def opened(login, url):
        client = as_user(login)
        data = Page(client.get(url).text).form().data

        def save(values=None, **changes):
            sent = MultiDict(values if values is not None else data)
            for name, value in changes.items():
                sent.setlist(name, value if isinstance(value, list) else [value])
            return client.post(url, data=sent)

        return save

    return opened


def history(work, record_type, record_id):
    with work():
        rows = db.session.query(HistoryEntry).filter_by(record_type=record_type, record_id=record_id).order_by(HistoryEntry.id)
        return [row.changes for row in rows]


def test_changes_of_two_people_to_different_fields_are_both_kept(world, editing, api_as):
    mine, theirs = editing("user1", "/companies/2/edit"), editing("admin", "/companies/2/edit")
    assert theirs(website="https://theirs.example").status_code == 302
    assert mine(comments="Mine").status_code == 302
    now = api_as("admin").get("/api/v1/companies/2").json
    assert (now["website"], now["comments"]) == ("https://theirs.example", "Mine")


def test_the_second_save_keeps_my_field_and_gives_up_nothing_of_theirs(world, editing, api_as):
    mine, theirs = editing("user1", "/companies/2/edit"), editing("admin", "/companies/2/edit")
    assert theirs(website="https://theirs.example", comments="Theirs").status_code == 302
    refused = mine(comments="Mine")
    assert refused.status_code == 409
    page = Page(refused.text)
    again = page.form().data
    assert (again["comments"], again["website"]) == ("Mine", "https://theirs.example")
    assert "Theirs" in page.text
    assert mine(again).status_code == 302
    now = api_as("admin").get("/api/v1/companies/2").json
    assert (now["website"], now["comments"]) == ("https://theirs.example", "Mine")


def test_people_associated_by_two_at_once_add_up_and_stand_in_history(world, editing, api_as, work):
    one, other = editing("admin", "/companies/2/edit"), editing("admin", "/companies/2/edit")
    assert one(associate_ids=[str(world.users["user2"])]).status_code == 302
    assert other(associate_ids=[str(world.users["manager1"])], comments="Both").status_code == 302
    both = sorted([world.users["user2"], world.users["manager1"]])
    assert api_as("admin").get("/api/v1/companies/2").json["associate_ids"] == both
    told = [c["associate_ids"] for c in history(work, "companies.company", 2) if "associate_ids" in c]
    assert told == [[None, [world.users["user2"]]], [[world.users["user2"]], both]]


def test_history_names_the_people_that_were_associated(world, editing, as_user):
    assert editing("admin", "/companies/2/edit")(associate_ids=[str(world.users["user2"])]).status_code == 302
    words = Page(as_user("admin").get("/companies/2?tab=history").text).text
    assert "user2" in words


@pytest.fixture
def invoice(world, api_as):
    line = {"concept": "Support", "unit_price": "100"}
    reply = api_as("user1").post("/api/v1/invoices", json={"company_id": 2, "invoice_create_date": "2026-01-15", "lines": [line]})
    assert reply.status_code == 201, reply.json
    return reply.json["id"]


def test_a_line_that_somebody_added_survives_a_change_of_another_field(invoice, editing, api_as):
    mine, theirs = editing("user1", f"/invoices/{invoice}/edit"), editing("user1", f"/invoices/{invoice}/edit")
    assert theirs(line_concept=["Support", "Travel"], line_quantity=["1", "1"], line_unit_price=["100", "50"], line_discount=["0", "0"],
                  line_taxes=["", ""]).status_code == 302  # fmt: skip
    assert mine(internal_note="Mine").status_code == 302
    now = api_as("admin").get(f"/api/v1/invoices/{invoice}").json
    assert ([line["concept"] for line in now["lines"]], now["internal_note"], now["total"]) == (["Support", "Travel"], "Mine", "150.00")


def test_lines_that_both_changed_are_asked_about_and_the_figures_fit_them_afterwards(invoice, editing, api_as):
    mine, theirs = editing("user1", f"/invoices/{invoice}/edit"), editing("user1", f"/invoices/{invoice}/edit")
    assert theirs(line_unit_price="120", line_taxes="", internal_note="Theirs").status_code == 302
    refused = mine(line_unit_price="140", line_taxes="")
    assert refused.status_code == 409
    again = Page(refused.text).form().data
    assert (again["line_unit_price"], again["internal_note"]) == ("140", "Theirs")
    assert mine(again).status_code == 302
    now = api_as("admin").get(f"/api/v1/invoices/{invoice}").json
    assert (now["total"], now["internal_note"]) == ("140.00", "Theirs")


def test_handing_a_lead_over_asks_once_and_then_leads_to_the_list(world, editing, api_as):
    lead = {"fullname": "Ana Prueba", "email": "ana@example.net", "type_id": 1, "owner_id": world.users["user1"]}
    made = api_as("admin").post("/api/v1/leads", json=lead)
    assert made.status_code == 201, made.json
    where = f"/leads/{made.json['id']}/edit"
    save = editing("user1", where)
    asked = save(owner_id=str(world.users["user2"]), company_id="", description="Kept")
    assert asked.status_code == 409
    again = Page(asked.text).form().data
    assert (again["confirm"], again["description"], again["owner_id"]) == ("sight", "Kept", str(world.users["user2"]))
    done = save(again)
    assert (done.status_code, done.headers["Location"]) == (302, "/leads/")
    now = api_as("admin").get(f"/api/v1/leads/{made.json['id']}").json
    assert (now["owner_id"], now["description"]) == (world.users["user2"], "Kept")


def test_of_many_who_save_at_the_same_moment_none_overwrites_what_he_has_not_seen(world, app, api_as, work):
    answers, start = [], threading.Barrier(6)
    version = api_as("admin").get("/api/v1/companies/2").json["version"]
    clients = [api_as("admin") for _ in range(6)]

    def save(n):
        start.wait()
        answers.append(clients[n].patch("/api/v1/companies/2", json={"comments": f"No. {n}", "version": version}).status_code)

    threads = [threading.Thread(target=save, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409, 409, 409, 409, 409]
    assert sum("comments" in changes for changes in history(work, "companies.company", 2)) == 1
