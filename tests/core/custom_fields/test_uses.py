"""A company that records name in a custom field is in use: it can't be deleted under them."""

import pytest

from core.custom_fields.services import create_field, find_definition, retire_field
from core.db import db
from core.errors import Conflict
from core.records.catalogue import record_type
from core.records.services import create_record, delete_record
from plugins.companies.models import Company

pytestmark = pytest.mark.both_databases


@pytest.fixture
def partner(app, world, work):
    """`partner("companies.company")` defines a custom field that names a company; gives its id."""

    def define(name, type_id=None, label="Partner"):
        with work():
            return create_field(name, type_id, {"label": label, "kind": "company"}).id

    return define


@pytest.fixture
def delete(work):
    """Deletes a company as an administrator; gives what stands in the way."""

    def attempt(company_id):
        with work("admin") as actor:
            try:
                delete_record(record_type("companies.company"), db.session.get(Company, company_id), actor)
            except Conflict as refused:
                return refused.details["uses"], str(refused)
        return {}, ""

    return attempt


@pytest.fixture
def firm(work):
    """Makes a company; gives its id."""

    def make(name, **values):
        with work("admin") as actor:
            return create_record(record_type("companies.company"), {"name": name, **values}, actor).id

    return make


def test_a_company_that_others_name_in_a_custom_field_is_not_deleted(partner, firm, delete):
    first, second = partner("companies.company"), partner("companies.company", label="Bank")
    used = firm("Used")
    firm("One", **{f"f{first}": used, f"f{second}": used})
    firm("Two", **{f"f{second}": used})
    uses, words = delete(used)
    assert uses == {"companies_company.custom": 2}
    assert "2 Companies by a custom field" in words


def test_a_record_in_the_trash_names_nobody(partner, firm, delete):
    field, used = partner("companies.company"), firm("Used")
    assert delete(firm("One", **{f"f{field}": used})) == ({}, "")
    assert delete(used) == ({}, "")


def test_a_company_that_names_itself_can_be_deleted(partner, firm, delete, work):
    field, alone = partner("companies.company"), firm("Alone")
    with work():
        db.session.get(Company, alone).custom = {f"f{field}": alone}
    assert delete(alone) == ({}, "")


def test_a_field_that_is_gone_holds_nothing(partner, firm, delete, work):
    field, used = partner("companies.company"), firm("Used")
    firm("One", **{f"f{field}": used})
    with work():
        retire_field(find_definition("companies.company", field))
    assert delete(used) == ({}, "")


def test_a_field_of_a_type_counts_for_records_of_that_type(partner, firm, delete, record_factory, world, work):
    field, used = partner("contracts.contract", world.contract_types["Support"]), firm("Used")
    with work():
        for contract_type in ("Support", "Licences"):
            made = record_factory("contracts.contract")(company_id=2, type_id=world.contract_types[contract_type])
            made.custom = {f"f{field}": used}
    assert delete(used)[0] == {"contracts_contract.custom": 1}


def test_a_company_that_is_the_default_of_a_custom_field_is_not_deleted(firm, delete, work):
    used = firm("Used")
    with work():
        for label in ("Partner", "Bank"):
            create_field("companies.company", None, {"label": label, "kind": "company", "default": str(used)})
    uses, words = delete(used)
    assert uses == {"core_custom_field": 2}
    assert "2 custom fields whose default it is" in words


@pytest.mark.parametrize("kind", ["linked by a field of all", "linked by a field of its type"])
def test_a_record_does_not_come_back_before_what_its_custom_fields_name(kind, partner, firm, delete, work, world, as_user, record_factory):
    """As for what it refers to otherwise: it would name what nobody finds."""
    of_type = kind.endswith("type")
    name = "contracts.contract" if of_type else "companies.company"
    field = partner(name, world.contract_types["Support"] if of_type else None)
    used = firm("Used")
    with work("admin") as actor:
        made = record_factory(name)(**({"company_id": 2, "type_id": world.contract_types["Support"]} if of_type else {"name": "Names it"}))
        made.custom = {f"f{field}": used}
        delete_record(record_type(name), made, actor)
    assert delete(used) == ({}, "")
    path = f"/{name.split('.')[0]}/{made.id}/restore"
    refused = as_user("admin").post(path, follow_redirects=True)
    assert "It can&#39;t be restored before what it belongs to, which is in the trash: Partner." in refused.text
    assert as_user("admin").post(f"/companies/{used}/restore").status_code == 302
    assert "before what it belongs to" not in as_user("admin").post(path, follow_redirects=True).text
    assert as_user("admin").get(path.removesuffix("/restore")).status_code == 200
