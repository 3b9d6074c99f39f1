"""The invoices of `cartera demo`: believable ones of every kind, in the order of their numbers."""

import pytest

pytestmark = pytest.mark.usefixtures("world", "asked")


def test_the_demo_has_invoices_of_every_kind(record_factory, work, rest, app):
    contract = record_factory("contracts.contract")
    for n in range(36):
        contract(company_id=2 + n % 2, date_begin=f"2026-{1 + n % 11:02d}-{1 + n % 28:02d}", amount="1200.5" if n % 3 else None)
    with work() as system:
        from plugins.invoices.demo import make

        assert make(system) == []
    items = rest().get("?limit=200&sort=id").json["items"]
    issued = [i for i in items if i["bill_id"] and i["invoice_type"] == "Submitted"]
    assert [i["bill_id"] for i in issued] == [f"15/{1000 + n}" for n in range(len(issued))]
    assert [i["invoice_create_date"] for i in issued] == sorted(i["invoice_create_date"] for i in issued)
    assert {i["status"] for i in items} == {"draft", "pending", "paid", "canceled"}
    assert {i["currency"] for i in items} == {"EUR", "USD"}
    assert {i["invoice_type"] for i in items} == {"Submitted", "Received"}
    assert any(i["locked"] for i in items)
    assert any(i["rectifies_id"] and i["total"].startswith("-") for i in items)
