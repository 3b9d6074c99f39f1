"""The pipeline, the list's filters and the statistics."""

import re
from datetime import timedelta

import pytest

from core.db import db, utcnow

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def crowd(rest, work):
    """Leads in several stages, by name; Old ones were closed long ago."""
    api = rest("user1")
    given = {
        "A": (0, "100", "2026-12-01", "ES"), "B": (0, "300", None, "ES"), "C": (0, "200", "2026-11-28", "PT"), "D": (40, "50.5", None, None),
        "Lost": (101, "70", None, "ES"), "Old lost": (100, "1000", None, "ES"), "Won": (200, "400", None, "FR"), "Old won": (200, "900", None, "FR"),
    }  # fmt: skip
    ids = {}
    for name, (progress, sale, close, country) in given.items():
        ids[name] = api.make(
            fullname=name, email=f"{name[-1].lower()}{progress}@example.com", progress=progress, estimated_sale=sale,
            estimated_close_date=close, country=country,
        )["id"]  # fmt: skip
    with work() as _system:
        from plugins.leads.models import Lead

        for name, days in (("Old lost", 100), ("Old won", 400)):
            db.session.get(Lead, ids[name]).closed_at = utcnow() - timedelta(days=days)
        for number, name in enumerate("BAC"):
            db.session.get(Lead, ids[name]).changed_at = utcnow() - timedelta(days=number * 10)
    return ids


def columns(page):
    """Stage → (count, sum, names of the cards in order) of a board."""
    out = {}
    for match in re.finditer(r'<ul class="kl" data-stage="(\d+)" data-count="(\d+)" data-sum="([^"]*)".*?</ul>', page, re.DOTALL):
        out[int(match[1])] = (int(match[2]), match[3], re.findall(r'data-title="([^"]*)"', match[0]))
    return out


def test_a_column_for_each_open_stage_with_its_count_and_sum_the_largest_sale_first(crowd, as_user):
    board = columns(as_user("user1").get("/leads/pipeline").text)
    assert list(board) == [0, 20, 40, 60, 80]
    assert board[0][0] == 3
    assert float(board[0][1]) == 600
    assert board[0][2] == ["B", "C", "A"]
    assert (board[40][0], float(board[40][1]), board[20]) == (1, 50.5, (0, "0", []))


def test_other_orders_and_closed_ones_on_wish(crowd, as_user):
    client = as_user("user1")
    assert columns(client.get("/leads/pipeline?order=changed_at").text)[0][2] == ["B", "A", "C"]
    assert columns(client.get("/leads/pipeline?order=estimated_close_date").text)[0][2] == ["C", "A", "B"]
    assert columns(client.get("/leads/pipeline?order=name);--").text)[0][2] == ["B", "C", "A"]
    closed = columns(client.get("/leads/pipeline?closed=1").text)
    assert list(closed) == [0, 20, 40, 60, 80, 100, 101, 102, 200]
    assert (closed[100][2], closed[101][2], closed[200][2]) == ([], ["Lost"], ["Won"])


@pytest.mark.both_databases
def test_filters_count_on_the_board_and_are_kept_when_switching(crowd, as_user):
    client = as_user("user1")
    page = client.get("/leads/pipeline?country=ES&q=a0").text
    assert columns(page)[0][2] == ["A"]
    assert 'href="/leads/?country=ES&amp;q=a0"' in page
    assert 'href="/leads/statistics?country=ES&amp;q=a0"' in page
    for other in ("/leads/?country=ES&q=a0&sort=company", "/leads/statistics?country=ES&q=a0"):
        assert 'href="/leads/pipeline?country=ES&amp;q=a0"' in client.get(other).text
    assert 'data-move-url="/leads/{id}/move?country=ES&amp;q=a0"' in page
    moved = client.post(f"/leads/{crowd['A']}/move?country=ES", data={"stage": "20"}, headers={"Accept": "application/json"})
    figures = moved.json["columns"]
    assert (figures["0"]["count"], figures["0"]["sum"], figures["20"]["count"]) == (1, "300", 1)
    assert "Meeting arranged" in moved.json["message"]
    assert client.get("/leads/pipeline?estimated_sale_from=x").status_code in (200, 302)


def test_only_what_the_reader_sees_stands_on_the_board_and_fixed_cards_are_marked(crowd, as_user, people):
    colleague = as_user("colleague").get("/leads/pipeline").text
    assert columns(colleague)[0][0] == 3
    assert colleague.count("data-fixed") == 4
    assert "data-fixed" not in as_user("user1").get("/leads/pipeline").text
    assert columns(as_user("outsider").get("/leads/pipeline").text)[0] == (0, "0", [])
    assert as_user("user2").get("/leads/pipeline").status_code == 404


def test_a_name_with_an_ampersand_is_read_aloud_as_it_was_typed(rest, as_user):
    rest("user1").make(fullname="Ana", company="Bits & Co", email="ana@example.com")
    page = as_user("user1").get("/leads/pipeline").text
    assert 'data-title="Bits &amp; Co"' in page
    assert 'aria-label="Move Bits &amp; Co on"' in page


def test_lists_leave_finished_leads_out_until_they_are_asked_for(crowd, rest, as_user, api_as):
    api = rest("user1")
    open_ones = {crowd[n] for n in "ABCD"}
    assert set(api.ids()) == open_ones
    assert set(api.ids("?finished=1")) == set(crowd.values())
    assert api.ids("?progress=101") == [crowd["Lost"]]
    assert set(api.ids("?progress=0")) == {crowd[n] for n in "ABC"}
    page = as_user("user1").get("/leads/").text
    assert "Old won" not in page
    assert "Old won" in as_user("user1").get("/leads/?finished=1").text
    admin = as_user("admin").get("/companies/1?tab=leads").text
    assert "Old won" not in admin
    assert re.search(r"Leads\s*<span class=\"n[^>]*>4<", admin)
    assert "Old won" in as_user("user1").get("/search?q=old%20won").text


def test_the_other_filters(crowd, rest):
    api = rest("user1")
    assert set(api.ids("?estimated_sale_from=200")) == {crowd["B"], crowd["C"]}
    assert api.ids("?country=PT") == [crowd["C"]]
    assert set(api.ids("?created_last=1")) == {crowd[n] for n in "ABCD"}
    assert api.ids("?unowned=1") == []
    rest("manager1").change(crowd["A"], owner_id=None)
    assert api.ids("?unowned=1") == [crowd["A"]]
    assert api.ids("?owner_id=2&country=ES") == [crowd["B"]]


def test_several_tags_mean_all_of_them(crowd, rest, as_user):
    for name in ("Hot", "Key"):
        as_user("manager1").post("/leads/tags/new", data={"name": name, "colour": "red"})
    api = rest("user1")
    api.change(crowd["A"], tag_ids=[1, 2])
    api.change(crowd["B"], tag_ids=[1])
    assert set(api.ids("?tag_ids=1")) == {crowd["A"], crowd["B"]}
    assert api.ids("?tag_ids=1&tag_ids=2") == [crowd["A"]]


def statistic(page, name):
    """The rows of a statistic's table, as lists of texts."""
    table = re.search(rf'<table[^>]*data-statistic="{name}".*?</table>', page, re.DOTALL)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1], re.DOTALL)
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


@pytest.mark.both_databases
def test_the_six_statistics_of_the_manual(crowd, as_user):
    page = as_user("user1").get("/leads/statistics").text
    funnel = {row[0]: row[1:4] for row in statistic(page, "funnel")}
    assert funnel["New"] == ["3", "37.5%", "600.00"]
    assert funnel["Closed successfully"] == ["2", "25.0%", "1,300.00"]
    assert [row[:2] for row in statistic(page, "conversion")] == [
        ["Won of all", "25.0%"],
        ["Won of closed", "50.0%"],
        ["Amount won", "1,300.00"],
    ]
    assert [row[:2] for row in statistic(page, "countries")] == [["Spain", "4"], ["France", "2"], ["Portugal", "1"], ["unknown", "1"]]
    assert [row[:2] for row in statistic(page, "owners")] == [["user1", "8"]]
    assert [row[0] for row in statistic(page, "top_sales")] == ["B", "C", "A", "D"]
    assert statistic(page, "new_leads")[-1][1] == "8"


def test_statistics_follow_the_filters_and_say_when_nothing_is_closed(crowd, as_user):
    client = as_user("user1")
    page = client.get("/leads/statistics?progress=0").text
    assert "no closed leads" in page
    assert {row[0]: row[1] for row in statistic(page, "funnel")}["New"] == "3"
    assert [row[0] for row in statistic(client.get("/leads/statistics?progress=200").text, "top_sales")] == ["Old won", "Won"]


def test_statistics_are_written_in_the_readers_customs(crowd, as_user):
    page = as_user("user1").get("/leads/statistics", headers={"Accept-Language": "es"}).text
    assert statistic(page, "funnel")[0][1:4] == ["3", "37,5\N{NO-BREAK SPACE}%", "600,00"]
    assert re.fullmatch(r"[a-z]{3,4} \d{4}", statistic(page, "new_leads")[-1][0])
