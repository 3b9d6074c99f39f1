"""Dates as people type them and as forms show them: in the reader's words, and readable again by whoever gets the link."""

import re
from datetime import UTC, date, datetime

import pytest

from core.errors import Invalid
from core.fields import Reading, Writing
from core.fields.kinds import Date, Instant


def reading(locale="en", source="form"):
    return Reading(actor=None, source=source, locale=locale, day_order="dmy", decimal=".")


@pytest.mark.parametrize(("locale", "shown"), [("en", "1 Sep 2026"), ("es", "1 sept 2026")])
def test_a_form_shows_a_date_in_the_readers_words_and_reads_it_again(locale, shown):
    assert Date().text(date(2026, 9, 1), Writing(locale=locale, timezone="UTC")) == shown
    assert Date().parse(shown, reading(locale)) == date(2026, 9, 1)


@pytest.mark.parametrize("locale", ["en", "es"])
def test_every_month_is_read_as_it_is_shown(locale):
    for month in range(1, 13):
        for year in (50, 1999, 2026):
            day = date(year, month, 28)
            assert Date().parse(Date().text(day, Writing(locale=locale, timezone="UTC")), reading(locale)) == day


@pytest.mark.parametrize(
    "typed", ["24/11/2026", "24.11.2026", "2026-11-24", "24 nov 2026", "24 November 2026", "24 de noviembre de 2026", "24 NOV. 2026"]
)
def test_a_date_may_be_typed_in_any_customary_way(typed):
    assert Date().parse(typed, reading("es")) == date(2026, 11, 24)


def test_a_link_with_a_colleagues_date_works_in_another_language():
    assert Date().parse("1 ene 2026", reading("en")) == Date().parse("1 Jan 2026", reading("es")) == date(2026, 1, 1)


@pytest.mark.parametrize("typed", ["24 ju 2026", "24 no 2026", "31 Feb 2026", "24 Brumaire 2026"])
def test_what_names_no_day_is_refused(typed):
    with pytest.raises(Invalid):
        Date().parse(typed, reading())


def test_files_and_rest_take_no_names_of_months():
    for source in ("csv", "json"):
        with pytest.raises(Invalid):
            Date().parse("24 Nov 2026", reading(source=source))


def test_a_moment_is_shown_and_read_with_its_clock():
    moment = datetime(2026, 11, 24, 9, 12, tzinfo=UTC)
    assert Instant().text(moment, Writing(locale="es", timezone="UTC")) == "24 nov 2026 09:12"
    for typed in ("24 nov 2026 09:12", "24/11/2026 09:12", "2026-11-24 09:12"):
        assert Instant().parse(typed, reading("es")) == moment
    assert Instant().parse("24/11/2026", reading("es")) == datetime(2026, 11, 24, tzinfo=UTC)


def test_a_contracts_form_shows_its_dates_in_spanish_and_keeps_them(as_user, record_factory, world):
    made = record_factory("contracts.contract")(name="Support", company_id=2, date_begin=date(2026, 1, 20), date_end=date(2027, 1, 19))
    client, spanish = as_user("admin"), {"Accept-Language": "es"}
    page = client.get(f"/contracts/{made.id}/edit", headers=spanish).text
    shown = dict(re.findall(r'name="(date_begin|date_end)"[^>]* value="([^"]*)"', page))
    assert shown == {"date_begin": "20 ene 2026", "date_end": "19 ene 2027"}
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    sent = client.post(f"/contracts/{made.id}/edit", data={**shown, "name": "Support Plus", "version": version}, headers=spanish)
    assert sent.status_code == 302
    assert 'datetime="2027-01-19"' in client.get(f"/contracts/{made.id}").text


def test_a_list_names_the_dates_it_is_filtered_by_in_the_readers_words(as_user, world):
    page = as_user("admin").get("/invoices/?invoice_expiration_date_to=2026-11-24", headers={"Accept-Language": "es"}).text
    assert "<b>– 24 nov 2026</b>" in page
    assert re.search(r'name="invoice_expiration_date_to"[^>]* value="24 nov 2026"', page)
