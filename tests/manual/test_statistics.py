"""Search statistics of companies: what the button opens, each table and chart, over what was found and is seen."""

from decimal import Decimal

import pytest
from sqlalchemy import case, literal

from core.activity.services import add_note
from core.db import Micros
from core.testing.contracts.html import Page
from core.testing.queries import count_queries
from plugins.companies.services import set_billing, set_own_company

from .promises import promise, statistic

OURS, A, B = 1, 2, 3


@pytest.fixture
def billed(work):
    """`billed({2: 60})`: what was invoiced to companies, as invoices keep it up."""

    def billed(amounts):
        with work():
            wanted = {company_id: literal(Decimal(amount), Micros()) for company_id, amount in amounts.items()}
            set_billing(lambda company_id: case(wanted, value=company_id, else_=None))

    return billed


@pytest.fixture
def figures(as_user):
    """`figures("user1", "manager")`: the rows of a statistic of companies, as somebody sees it."""
    return lambda login, name, query="": statistic(as_user(login).get(f"/companies/statistics{query}").text, name)


@promise("Companies / Search statistics", "A button beside the list leads to the statistics of what was found", page="/companies/statistics")
def test_the_button_search_statistics_keeps_the_search(world, as_user):
    client = as_user("manager1")
    page = client.get("/companies/?q=customer+%23a")
    assert "Search statistics" in page.text
    (address,) = {link for link in Page(page.text).links if "/statistics" in link and link.startswith("/companies/")}
    assert statistic(client.get(address).text, "manager") == [["user1", "1"]]


@promise("Companies / Search statistics", "Companies grouped by manager", page="/companies/statistics")
def test_companies_are_counted_by_manager(world, figures):
    assert figures("admin", "manager") == [["Administrator", "1"], ["manager1", "1"], ["user1", "1"]]


@promise("Companies / Search statistics", "Companies grouped by user: how many belong to each company", page="/companies/statistics")
def test_users_are_counted_by_company(world, figures):
    assert figures("admin", "users") == [["My Company", "2"], ["Customer #A", "1"]]


@promise("Companies / Search statistics", "Companies grouped by associated user", page="/companies/statistics")
def test_companies_are_counted_by_associated_user(world, as_user, send, figures):
    for company in (A, B):
        send(as_user("admin"), f"/companies/{company}/edit", associate_ids=[str(world.users["user2"])])
    assert figures("admin", "associates") == [["user2", "2"]]


@promise("Companies / Search statistics", "Companies grouped by country, those without one apart", page="/companies/statistics")
def test_companies_are_counted_by_country(world, as_user, send, figures):
    for company in (A, B):
        send(as_user("admin"), f"/companies/{company}/edit", country="ES")
    assert figures("admin", "country") == [["Spain", "2"], ["none", "1"]]


@promise("Companies / Search statistics", "Sales: billing per company, with its share of the whole", page="/companies/statistics")
def test_billing_is_shared_out_over_companies(world, billed, figures):
    billed({A: 75, B: 25})
    assert figures("admin", "company_billing") == [["Customer #A", "75.00", "75.0%"], ["Customer #B", "25.00", "25.0%"]]


@promise("Companies / Search statistics", "Beyond the seven largest, billing per company is added up", page="/companies/statistics")
def test_what_is_not_shown_of_the_billing_is_added_up(world, billed, figures, record_factory, as_user):
    more = record_factory("companies.company").many(8)
    billed({A: 20} | {company.id: 10 for company in more})
    rows = figures("admin", "company_billing")
    assert len(rows) == 8
    assert rows[-1] == ["The rest", "20.00", "20.0%"]
    page = as_user("admin").get("/companies/statistics").text
    assert page.count("<tr data-rest>") == 1  # its bar would flatten all others: words say it
    assert "The rest: 20.00 · 20.0%" in page


@promise("Companies / Search statistics", "Sales: billing per manager of the companies", page="/companies/statistics")
def test_billing_is_shared_out_over_managers(world, billed, figures):
    billed({OURS: 10, A: 30, B: 60})
    assert figures("admin", "manager_billing") == [["manager1", "60.00", "60.0%"], ["user1", "30.00", "30.0%"], ["Administrator", "10.00", "10.0%"]]


@promise("Companies / Search statistics", "The ten first by sales", page="/companies/statistics")
def test_the_ten_companies_with_most_sales(world, billed, figures, record_factory):
    more = record_factory("companies.company").many(10)
    billed({A: 500} | {company.id: 100 + n for n, company in enumerate(more)})
    rows = figures("admin", "billing")
    assert len(rows) == 10
    assert (rows[0], rows[-1][1]) == (["Customer #A", "500.00"], "101.00")


@promise("Companies / Search statistics", "The ten first managers by sales", page="/companies/statistics")
def test_the_ten_managers_with_most_sales(world, billed, figures):
    billed({A: 30, B: 60})
    assert figures("admin", "managers") == [["manager1", "60.00"], ["user1", "30.00"]]


@promise("Companies / Search statistics", "The ten first by activity: notes and changes, also of contacts, contracts and invoices",
         page="/companies/statistics")  # fmt: skip
def test_the_ten_companies_with_most_activity(world, work, figures, record_factory):
    before = dict(figures("admin", "activity"))
    with work("admin") as admin:
        add_note("companies.company", B, "They called", admin.user_id)
    contact = record_factory("contacts.contact")(company_id=B)
    record_factory("contracts.contract")(company_id=B)
    with work("admin") as admin:
        add_note("contacts.contact", contact.id, "Back on Monday", admin.user_id)
    after = figures("admin", "activity")
    assert after[0] == ["Customer #B", str(int(before["Customer #B"]) + 4)]


@promise("Companies / Search statistics", "Only what the reader sees counts, also of a company's activity", page="/companies/statistics")
def test_a_private_contract_is_no_activity_to_who_does_not_see_it(world, work, as_user, send, figures, record_factory):
    with work():
        set_own_company(world.users["user1"], None)
    send(as_user("manager1"), f"/companies/{B}/edit", associate_ids=[str(world.users["user1"])])
    before = dict(figures("user1", "activity"))
    record_factory("contracts.contract", by="manager1")(company_id=B, private=True)
    assert dict(figures("user1", "activity")) == before
    assert int(dict(figures("manager1", "activity"))["Customer #B"]) > int(before["Customer #B"])


@promise("Companies / Search statistics", "Each figure leads to what it counts, within the same search", page="/companies/statistics?country=-")
def test_each_figure_leads_to_what_it_counts(world, as_user):
    client = as_user("manager1")
    links = Page(client.get("/companies/statistics?country=-").text).links
    to_list = next(link for link in links if "manager_id=2" in link)
    assert Page(client.get(to_list).text).rows == [A]
    assert "country=-" in to_list
    assert f"/companies/{B}" in links


@promise("Companies / Search statistics", "Every table has its chart, and says so where there is nothing to count", page="/companies/statistics")
@pytest.mark.both_databases
def test_each_table_has_a_chart_and_an_empty_one_says_so(world, as_user, billed):
    client = as_user("admin")
    assert client.get("/companies/statistics?q=nobody").text.count("No figures for this search.") == 9
    billed({A: 1})
    text = client.get("/companies/statistics").text
    for name in ("country", "manager", "users", "company_billing", "manager_billing", "activity", "billing", "managers"):
        assert f'<canvas data-from="#t-{name}"' in text, name


@promise("Companies / Search statistics", "However many companies there are, the page asks the same", page="/companies/statistics")
def test_statistics_ask_no_more_of_many_companies(world, as_user, record_factory):
    client = as_user("manager1")
    client.get("/companies/statistics")
    with count_queries() as few:
        client.get("/companies/statistics")
    record_factory("companies.company", by="manager1").many(10)
    with count_queries() as many:
        client.get("/companies/statistics")
    assert many.count == few.count, many
