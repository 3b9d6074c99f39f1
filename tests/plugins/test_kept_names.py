"""What plugins keep of companies' names follows every rename: by page, REST and file, and those that came while the plugin was disabled.

The table is all columns that are made from another record's name, so that the next one is tested too.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text, update

from core.db import db, refresh_copies
from tests.core.records.imports import Desk


def _invoice(api, company_id, n):
    body = {"company_id": company_id, "invoice_create_date": "2026-01-15", "lines": [{"concept": "Service", "unit_price": "1"}]}
    return api.post("/api/v1/invoices", json=body | {"reference": f"Order Nº {n}"})


def _contact(api, company_id, n):
    return api.post("/api/v1/contacts", json={"company_id": company_id, "fullname": f"Person {n}", "email": f"p{n}@example.com"})


def _found_invoices(api, name):
    return sorted(item["company_id"] for item in api.get("/api/v1/invoices", query_string={"q": name}).json["items"])


def _contacts_in_order(api, _name):
    return [item["company_id"] for item in api.get("/api/v1/contacts").json["items"]]


KEEPERS = {
    "invoices": (_invoice, _found_invoices, {"Aérea Ñu": [3, 3], "Customer": [2, 2], "Order": [2, 2, 3, 3]}),
    "contacts": (_contact, _contacts_in_order, {"": [3, 3, 2, 2]}),
}
"""Plugin → what makes a row, what finds rows, and which companies are found once the third one is called "Aérea Ñu"."""
NEW = "Aérea Ñu"


@pytest.fixture(params=sorted(KEEPERS))
def kept(request, api_as, world):
    """Two rows on each of two companies; gives the plugin's name, and a function that says what is found wrongly after the rename."""
    make, found, expected = KEEPERS[request.param]
    api = api_as("admin")
    for n in range(4):
        made = make(api, 2 + n % 2, n)
        assert made.status_code == 201, made.json

    def wrong():
        return {name: now for name, companies in expected.items() if (now := found(api, name)) != companies}

    return request.param, wrong


def _by_rest(app, tmp_path, api_as, as_user):
    assert api_as("admin").patch("/api/v1/companies/3", json={"name": NEW}).status_code == 200


def _by_page(app, tmp_path, api_as, as_user):
    version = api_as("admin").get("/api/v1/companies/3").json["version"]
    assert as_user("admin").post("/companies/3/edit", data={"name": NEW, "version": version}).status_code == 302


def _by_file(app, tmp_path, api_as, as_user):
    Desk(app, tmp_path).take(f"id,name\n3,{NEW}\n", duplicates="update", match="id")


WAYS = {"rest": _by_rest, "page": _by_page, "file": _by_file}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.both_databases
def test_a_rename_reaches_what_is_kept_of_a_companys_name(way, kept, app, tmp_path, api_as, as_user):
    _plugin, wrong = kept
    assert wrong() != {}
    WAYS[way](app, tmp_path, api_as, as_user)
    assert wrong() == {}


@pytest.mark.parametrize("back", ["enabled", "hidden"])
@pytest.mark.both_databases
def test_a_plugin_that_comes_back_has_caught_up_with_the_renames_meanwhile(back, kept, as_user, api_as):
    plugin, wrong = kept
    client = as_user("admin")

    def switch(state):
        assert client.post(f"/setup/plugins/{plugin}", data={"state": state}).status_code == 302

    switch("disabled")
    assert api_as("admin").get(f"/api/v1/{plugin}").status_code == 404
    for name in ("Twice", NEW):
        assert api_as("admin").patch("/api/v1/companies/3", json={"name": name}).status_code == 200
    switch(back)
    assert wrong() == {}


def test_catching_up_asks_the_same_for_few_and_many_rows(world, record_factory, work, count_queries):
    from plugins.companies.models import Company
    from plugins.invoices.models import Invoice

    counts = []
    for number in (2, 20):
        record_factory("invoices.invoice").many(number, company_id=2)
        with work():
            db.session.execute(update(Company.__table__).where(Company.id == 2).values(name=f"New {number}"))
            with count_queries() as asked:
                refresh_copies(Invoice)
            counts.append(asked.count)
            assert set(db.session.scalars(select(Invoice.company_name))) == {f"New {number}"}
    assert counts == [2, 2]


@pytest.mark.both_databases
def test_invoices_of_companies_that_were_renamed_before_are_found_after_the_upgrade(world, api_as, app):
    from importlib import import_module

    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    from plugins.companies.models import Company

    api = api_as("admin")
    for n in range(3):
        assert _invoice(api, 2 + n % 2, n).status_code == 201
    revision = import_module("plugins.invoices.migrations.versions.invoices_0003_names_of_companies")
    with app.app_context(), db.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        connection.execute(update(Company.__table__).where(Company.id == 2).values(name=NEW))
        revision.CHUNK = 1
        revision.upgrade()
    assert _found_invoices(api, NEW) == [2, 2]
    assert _found_invoices(api, "Customer") == [3]
    assert _found_invoices(api, "Order 2") == [2]


@pytest.mark.both_databases
def test_a_row_that_is_written_while_its_company_is_renamed_has_the_new_name(world, api_as, app, work):
    from core import Actor, record_type, update_record
    from plugins.companies.models import Company
    from plugins.contacts.models import Contact, company_part

    api = api_as("admin")
    with ThreadPoolExecutor(1) as pool:
        with work():
            update_record(record_type("companies.company"), db.session.get(Company, 3), {"name": NEW}, Actor.system())
            making = pool.submit(_contact, api, 3, 1)
            while db.engine.dialect.name == "postgresql" and not making.done() and not _waits(db.engine):
                pass
        assert making.result().status_code == 201
    with app.app_context():
        row = db.session.execute(select(Contact.order_key, Company.name_key).join(Company, Company.id == Contact.company_id)).one()
        assert company_part(row.order_key) == (row.name_key, 3)


def _waits(engine):
    with engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"))
