"""The manual's promises as tests. What they share: forms as a browser sends them, PDF-less invoices, a fresh custom field."""

import pytest

from core.testing.contracts.html import Page


def pytest_configure(config):
    config.addinivalue_line("markers", "promise(section, words, page, differently): what the manual promises; see docs/coverage.md")


@pytest.fixture
def send():
    """`send(client, "/companies/new", name="Acme")`: open the form at an address, fill in these controls, send it."""

    def send(client, page, /, **values):
        opened = client.get(page)
        assert opened.status_code == 200, (page, opened.status_code)
        form = Page(opened.text).form()
        unknown = set(values) - form.controls
        assert not unknown, f"the form at {page} has no {unknown}, but {form.controls}"
        data = form.data.to_dict(flat=False) | {name: value if isinstance(value, list) else [value] for name, value in values.items()}
        return client.post(form.action or page, data=data)

    return send


@pytest.fixture
def make(send):
    """`make(client, "/companies", name="Acme")`: a new record by its form; gives its address."""

    def make(client, place, /, **values):
        answer = send(client, f"{place}/new", **values)
        assert answer.status_code == 302, Page(answer.text).text
        return answer.headers["Location"]

    return make


@pytest.fixture
def custom(work):
    """`custom("companies.company", label="Size", kind="combo", options="S,M")`: a custom field; gives its name as forms have it."""
    from core.custom_fields.services import create_field

    def custom(record_type, type_id=None, **values):
        with work():
            return f"f{create_field(record_type, type_id, {'searchable': '1'} | values).id}"

    return custom
