"""The dashboard: each card leads on to the list of what it shows the first of."""

import re
from html import unescape

import pytest


@pytest.fixture
def full(world, record_factory, work, monkeypatch):
    """More of everything than a card holds, and some that no card shows."""
    from datetime import timedelta

    from core import db, utcnow
    from plugins.leads.models import Lead

    day = utcnow().date()
    for n in range(12):
        soon = {"date_begin": day - timedelta(days=90), "date_end": day + timedelta(days=80 + n * 2)}
        record_factory("contracts.contract")(name=f"Contract {n}", company_id=2, status=0 if n == 1 else 1, **soon)
    lines = [{"concept": "x", "quantity": "1", "unit": "C62", "unit_price": "10", "discount": "0", "taxes": []}]
    for n in range(9):
        more = ({"status": "paid"}, {"invoice_type": "Received", "bill_id": "7"}, {})[min(n, 2)]
        record_factory("invoices.invoice")(company_id=2, lines=lines, **more)
    for n in range(9):
        alarm = day - timedelta(days=n - 1)  # the first is not due yet
        record_factory("leads.lead")(fullname=f"Lead {n}", email=f"l{n}@example.com", company_id=1, owner_id=world.users["manager1"], alarm=alarm)
    record_factory("leads.lead")(fullname="Silent", email="s@example.com", company_id=1, owner_id=world.users["manager1"])
    with work():
        silent = db.session.query(Lead).filter_by(fullname="Silent").one()
        silent.changed_at = utcnow() - timedelta(days=300)


@pytest.mark.parametrize(("card", "shown", "all_of_them"), [("expiring", 5, 5), ("unpaid", 5, 7), ("leads_due", 6, 9)])
def test_a_card_leads_to_the_list_of_all_that_it_shows_the_first_of(full, as_user, card, shown, all_of_them):
    client = as_user("manager1")
    page = client.get("/").text
    section = page[page.index(f'id="card-{card}"') :]
    section = section[: section.index("See all")]
    links = re.findall(r'href="(/(?:contracts|invoices|leads)/\d+)"', section)
    assert len(links) == shown
    url = unescape(re.findall(r'href="([^"]*)"', section)[-1])
    there = re.findall(r'<th scope="row"[^>]*>.*?</th>|<td class="[^"]*title[^"]*">.*?</td>', client.get(url).text, re.S)
    listed = set(re.findall(r'href="(/(?:contracts|invoices|leads)/\d+)"', client.get(url).text))
    assert set(links) <= listed, there[:1]
    assert len(listed) == all_of_them
