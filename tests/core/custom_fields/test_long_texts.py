"""Lists that are ordered by long texts have pages like any other: their addresses hold the beginning of the text alone."""

import pytest

from core.custom_fields.services import create_field
from core.records.catalogue import record_type
from core.records.services import create_record
from core.testing.contracts.html import Page

pytestmark = pytest.mark.both_databases

TEXTS = ["ñ\n" * 32_000, "\U0001f600" * 60_000, "a" * 65_000 + "z", "a" * 65_000 + "b", 'b"\\\n' * 16_000, "short", None]


@pytest.fixture
def long_texts(world, work):
    """The name of a field of several lines, and the ids of companies that hold TEXTS in it."""
    with work("admin") as admin:
        name = f"f{create_field('companies.company', None, {'label': 'Story', 'kind': 'textarea', 'searchable': '1'}).id}"
        made = [create_record(record_type("companies.company"), {"name": f"Long {n}", name: text}, admin) for n, text in enumerate(TEXTS)]
        return name, {company.id for company in made}


@pytest.mark.parametrize("sign", ["", "-"])
def test_lists_by_long_texts_are_read_to_the_end_and_back(long_texts, as_user, api_as, sign):
    name, ids = long_texts
    api, client = api_as("admin"), as_user("admin")
    where = f"/api/v1/companies?sort={sign}{name}&q=long"
    whole = [item["id"] for item in api.get(where).json["items"]]
    assert set(whole) == ids
    by_rest, cursor = [], ""
    while cursor is not None:
        page = api.get(f"{where}&limit=1{cursor and f'&cursor={cursor}'}").json
        by_rest += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert by_rest == whole
    address = f"/companies/?sort={sign}{name}&q=long&limit=1"
    for way, order in (("next", whole), ("prev", whole[::-1])):
        for n, company in enumerate(order):
            shown = Page(client.get(address).text)
            assert shown.rows == [company]
            if n < len(order) - 1:
                address = next(link for link, rel in shown.rels.items() if rel == way)
