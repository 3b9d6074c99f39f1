"""docs/guide: what a page of it names in bold stands on the pages of the product that it describes, word for word, in both languages.

Gone through in process, as a browser in two languages would cost too much; tests/browser/test_guide.py shows what the guide shows there.
"""

import html
import io
import re
from datetime import date, timedelta

import pytest

from plugins.companies.services import set_own_company
from tests.docs.catalogues import LANGUAGES
from tests.docs.test_guide import LABEL, NAMES, in_one_line, text_of

FILE = b"name,manager\nCustomer #A,manager1\nGood,manager1\nBad,nobody\n"
"""A row that takes Customer #A out of the sight of user1, a good one, one with a problem."""
VISITOR = ""
STEPS = {
    "companies": {
        "manager1": (
            "/companies/", "/companies/new", "/companies/3", "/companies/3?tab=files", "/companies/3/edit",
            ("/companies/4/delete", {}), "/companies/trash",
        ),
    },
    "contacts": {"manager1": ("/companies/3", "/contacts/", "/contacts/1", "/contacts/1/edit")},
    "contracts": {
        "manager1": (
            "/companies/3", "/contracts/", "/contracts/new", "/contracts/1", "/contracts/1/documents", "/contracts/templates/",
            "/contracts/types/", "/contracts/types/2", "/contracts/types/2/fields/",
        ),
    },
    "crm-setup": {
        "admin": (
            "/setup/crm/invoices", "/setup/crm/leads", "/invoices/setup/payment-methods", "/invoices/payment-methods/new",
        ),
    },
    "custom-fields": {
        "manager1": (
            "/companies/fields/", "/companies/fields/new", "/companies/fields/sections/", "/contracts/types/2", "/contracts/types/2/fields/",
            "/contracts/new", "/contacts/", "/leads/", ("/contracts/types/2/fields/3/retire", {}),
        ),
    },
    "first-steps": {
        VISITOR: ("/login",),
        "manager1": ("/", "/search?q=customer", "/companies/3", "/companies/new", "/contacts/new?company_id=3"),
    },
    "import-and-export": {
        "admin": (
            "/companies/", "/companies/statistics", "/companies/import", ("/companies/import", {"file": FILE, "duplicates": "update"}),
            ("/companies/import/1", {"mode": "good"}), "/companies/import/1/undo", ("/companies/5/edit", {"name": "Better"}),
            ("/companies/import/1/undo", {}),
        ),
    },
    "invoices": {
        "manager1": (
            "/companies/3", "/invoices/new?company_id=3", "/contracts/1", "/contracts/1/invoice", "/invoices/", "/invoices/statistics",
            "/invoices/1", "/invoices/1/edit", ("/invoices/1/lock", {}),
        ),
        "admin": ("/invoices/1",),
    },
    "leads": {
        "manager1": (
            "/", "/leads/", "/leads/new", "/leads/1", "/leads/2", ("/leads/2/move", {"stage": "40"}), "/leads/pipeline", "/leads/statistics",
        ),
    },
    "lists-and-searches": {
        "manager1": (
            "/companies/?name=customer", "/companies/?name=nobody", "/companies/statistics",
            ("/views/companies.company", {"query": "name=customer", "name": "Mine"}), "/views/companies.company?query=name%3dcustomer",
            ("/contacts/bulk/delete", {"ids": "1"}), "/contacts/trash",
        ),
    },
    "running-it": {"admin": ("/setup/",)},
    "users-and-profiles": {
        "admin": (
            "/companies/", "/setup/users", "/setup/users/new", "/setup/users/3", ("/setup/users/2/disable", {}), "/setup/profiles",
            ("/setup/profiles", {}), "/setup/groups",
        ),
    },
    "visibility-and-modules": {
        "admin": (
            "/setup/visibility", ("/setup/visibility", {"cell": "section:crm||hidden"}), ("/setup/visibility", {"cell": "section:crm||shown"}),
            ("/setup/visibility/default", {"hidden": "1"}), ("/setup/visibility/default", {"hidden": "0"}), "/setup/plugins",
        ),
    },
    "who-sees-what": {
        "manager1": ("/companies/3", "/companies/3/edit", "/companies/3/access"),
        "admin": ("/setup/users/3", "/setup/profiles"),
    },
    "your-settings": {"manager1": ("/me", ("/me/tokens", {"name": "script", "scopes": ["read"], "days": "30"}))},
}  # fmt: skip
"""Page of the guide → login → what he asks for in this order: addresses, or an address and the form that he posts to it."""

SAYS = re.compile(r'>([^<>]*[^<>\s])\s*<|\s(?:alt|aria-label|data-undo|label|placeholder|title)="([^"]+)"')
"""What stands between two tags, and what attributes say that are read out or that a script shows."""


@pytest.fixture
def app_settings():
    """The product as it is: no plugin of a document beside it."""
    return {}


@pytest.fixture
def people(app, world, work, record_factory, as_user):
    """Login → client; and of what the guide speaks, the records that the world lacks."""

    def make(name):
        return record_factory(name, by="manager1")

    make("companies.company")()
    make("contacts.contact")(company_id=3)
    make("contracts.contract")(company_id=3, type_id=2, date_end=date.today() + timedelta(days=30))
    make("contracts.template")()
    make("invoices.invoice")(company_id=3)
    make("leads.lead")(owner_id=None)
    make("leads.lead")(alarm="2026-01-15")
    with work():
        set_own_company(world.users["user1"], None)
    as_user("manager1")  # at another computer
    return {VISITOR: app.test_client()} | {login: as_user(login) for login in ("manager1", "admin")}


def labels_at(client, step, language):
    """What stands by itself where this step leads; also beside a dot ("for spreadsheets · 3"), and what ends a label ("Changed from")."""
    path, form = step if isinstance(step, tuple) else (step, None)
    if form is not None:
        form = {name: (io.BytesIO(value), "companies.csv") if isinstance(value, bytes) else value for name, value in form.items()}
    page = client.open(
        path, method="GET" if form is None else "POST", data=form, headers={"Accept-Language": language}, follow_redirects=True
    )
    assert page.status_code == 200, f"{step} answered {page.status_code}"
    said = {in_one_line(html.unescape(text or spoken)) for text, spoken in SAYS.findall(page.text)}
    return said | {part for text in said for part in text.split(" · ")} | {word for text in said if (word := text.rpartition(" ")[2]).islower()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_label_stands_on_the_pages_that_the_guide_describes(people, language):
    missing = {}
    for name in NAMES:
        wanted = {in_one_line(label) for label in LABEL.findall(text_of(f"{language}/{name}"))}
        for login, steps in STEPS[name.removesuffix(".md")].items():
            for step in steps:
                wanted -= labels_at(people[login], step, language)
        missing |= {name: wanted} if wanted else {}
    assert missing == {}
