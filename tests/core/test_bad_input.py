"""What can't be is answered with words: ids beyond all columns, digits that are none, times beyond the calendar, NUL."""

import pytest

HUGE = (2**31, 2**63, 10**40)


def rules_with_ids(app):
    """Each address with `<int:…>` and no other variable, with the methods it takes."""
    for rule in app.url_map.iter_rules():
        kinds = {type(c).__name__ for c in rule._converters.values()}
        if kinds == {"IdConverter"}:
            yield rule


@pytest.mark.both_databases
def test_an_id_beyond_all_columns_is_not_found_at_every_address(app, world, as_user, api_as):
    client, api = as_user("admin"), api_as("admin")
    found = []
    rules = list(rules_with_ids(app))
    assert len(rules) > 60
    for rule in rules:
        for wanted in (HUGE[0], "٣"):
            address = rule.rule
            for name in rule.arguments - set(rule.defaults or ()):
                address = address.replace(f"<int:{name}>", str(wanted))
            method = "POST" if "POST" in rule.methods else "GET"
            code = (api if address.startswith("/api/") else client).open(address, method=method).status_code
            if code != 404:
                found.append((method, address, code))
    assert found == []
    for huge in HUGE:
        assert client.post(f"/views/{huge}/delete").status_code == 404
        assert client.post(f"/me/tokens/{huge}/revoke").status_code == 404


@pytest.mark.both_databases
def test_times_beyond_the_calendar_are_refused_in_words(app, world, as_user, api_as):
    client, api = as_user("admin"), api_as("admin")
    for asked in ("last_update_to=9999-12-31", "last_update_from=0001-01-01T00:00%2B05:00", "last_update_to=9999-12-31T23:59-05:00"):
        assert client.get(f"/companies/?{asked}").status_code == 200
        assert api.get(f"/api/v1/companies?{asked}").status_code == 400
    assert client.get("/companies/?last_update_to=9998-12-31").status_code == 200


@pytest.mark.both_databases
def test_digits_that_are_no_numbers_break_no_page(app, world, as_user):
    client = as_user("admin")
    for address in ("/companies/?parent_id=²", "/invoices/new?contract_id=²", "/invoices/new?contract_id=٣", "/contacts/?company_id=٣"):
        assert client.get(address).status_code == 200, address
    assert client.post("/setup/visibility", data={"cell": "user|²|on"}).status_code in (400, 404)
    assert client.post("/setup/users/new", data={"login": "x", "profile_id": "²", "group_id": "²", "company_id": "²"}).status_code < 500


@pytest.mark.both_databases
def test_a_nul_is_refused_on_every_page_before_the_database_sees_it(app, world, as_user):
    client = as_user("admin")
    for address in ("/companies/?name=a%00", "/companies/?%00=a", "/companies/?sort=%00", "/companies/pick?x=%00", "/companies/pick/%00"):
        answer = client.get(address)
        assert (answer.status_code, "NUL" in answer.text) == (400, True), address
    for address in ("/companies/new", "/setup/groups", "/login", "/me/tokens"):
        answer = client.post(address, data={"name": "a\x00b"})
        assert (answer.status_code, "NUL" in answer.text) == (400, True), address
    assert client.get("/search?q=%00a").status_code == 200
