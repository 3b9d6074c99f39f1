"""The pages that docs/guide shows, in a browser: the labels that the guide names there are on them. Nothing is saved.

In English only: that both languages have all labels of the guide is shown in process (tests/docs/test_guide_labels.py), which costs less.
`CARTERA_PICTURES=1 pytest tests/browser/test_guide.py` walks in both and makes the pictures of the guide on its way.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.docs.catalogues import LANGUAGES, ROOT, translated

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("the_way")]

FILE = ROOT / "tests" / "cases" / "files" / "lookalike" / "cartera-companies-200.csv"
LOCALES = {"en": "en-GB", "es": "es-ES"}
WALKED = LANGUAGES if os.environ.get("CARTERA_PICTURES") == "1" else LANGUAGES[:1]
PICTURE = re.compile(r"\(\.\./\.\./pictures/guide/(\w+/[\w-]+)\.png\)")


@dataclass(frozen=True)
class Stop:
    """A page of the guide: its picture, whose page it is, its address, labels on it, what is done first (with the person and `say`)."""

    picture: str
    login: str
    path: str
    labels: tuple[str, ...]
    do: Callable[[Any, Callable[[str], str]], Any] = lambda someone, say: None
    show: str = ""
    """The field that has to be in sight in the picture."""


def first_row(someone, say):
    """Open the first record of the list."""
    someone.main.locator("tbody th[scope=row] a").first.click()
    expect(someone.main.locator(".head.rec[data-record]")).to_be_visible()


def irene(someone, say):
    someone.main.get_by_role("link", name="Irene Salcedo").click()
    expect(someone.main.locator("#login")).to_have_value("user1")


def filters(someone, say):
    someone.main.get_by_role("button", name=say("Filter"), exact=True).click()
    expect(someone.main.get_by_role("region", name=say("All filters"))).to_be_visible()


def a_line(someone, say):
    for label, value in (("Concept, line {n}", "Training, two days"), ("Quantity, line {n}", "2"), ("Price, line {n}", "480")):
        someone.page.get_by_label(say(label).replace("{n}", "1")).fill(value)
    expect(someone.main.locator("[data-totals] dd.sum")).to_contain_text(re.compile(r"1[.,]?161[.,]60"))


def check_of_a_file(someone, say):
    someone.page.get_by_label(say("CSV file")).set_input_files(FILE)
    someone.press(say("Upload and check"))
    someone.heading("cartera-companies-200")


WALK = (
    Stop("dashboard", "manager1", "/", ("Contracts about to expire", "Unpaid invoices", "Lead pipeline", "See all")),
    Stop("company", "manager1", "/companies/2", ("Who sees this?", "Edit", "Add", "Activity", "Files", "History", "Parent company")),
    Stop("company-form", "manager1", "/companies/2/edit", ("Access", "Manager", "Parent company", "Associated users"), show="Comments"),
    Stop("who-sees", "manager1", "/companies/3/access", ("Sees it", "Doesn't see it")),
    Stop("contact-form", "manager1", "/contacts/new?company_id=2", ("Full name", "E-mail", "Company", "Disabled", "Save")),
    Stop("contract", "manager1", "/contracts/?status=1", ("Generate invoice", "Generate PDF from template", "Copy", "Edit"), first_row),
    Stop("contract-template", "manager1", "/contracts/templates/new", ("HTML", "Save")),
    Stop("invoice", "manager1", "/invoices/?late=1&columns=bill_id", ("Lock", "Mark as paid", "PDF", "Lines", "Files"), first_row),
    Stop("pipeline", "manager1", "/leads/pipeline", ("Sort cards by", "Show closed")),
    Stop("lead", "manager1", "/leads/?progress=40", ("Owner", "Activity", "Close"), first_row),
    Stop("list-filters", "manager1", "/companies/", ("Columns", "Import, export", "Custom search", "from", "to", "Clear"), filters),
    Stop("statistics", "manager1", "/companies/statistics", ("Tables only", "Print", "Companies by country", "Top 10 by sales")),
    Stop("settings", "manager1", "/me", ("Name and looks", "Change password", "Where you are signed in", "API tokens", "Make a token")),
    Stop("invoice-form", "manager1", "/invoices/new?company_id=2", ("Bill ID", "Withholding %", "Save as draft", "Issue"), a_line),
    Stop("import-check", "user1", "/companies/import", (
        "Match columns", "What stands in the way", "Check the corrected cells", "All rows or none",
    ), check_of_a_file),
    Stop("user-form", "admin", "/setup/users", ("Own company", "Rights", "Classic API", "Sign out everywhere", "Disable"), irene),
    Stop("profiles", "admin", "/setup/profiles", ("New profile", "View the CRM", "Create and edit", "Manage")),
    Stop("visibility", "admin", "/setup/visibility", ("Check a person", "CRM hidden by default", "Set the entry", "Shown")),
    Stop("plugins", "admin", "/setup/plugins", ("Enabled", "Hidden", "Disabled", "Needed by")),
    Stop("custom-field", "admin", "/companies/fields/new", ("Label", "Kind", "Options", "Parent list", "Required", "Each value only once")),
    Stop("crm-setup", "admin", "/setup/crm/invoices", ("Seller", "Pattern", "Exceptions: numbers to skip", "Give numbers automatically")),
)  # fmt: skip


@pytest.mark.parametrize("language", WALKED)
def test_the_guide_shows_the_pages_as_they_are_in_its_language(person, installation, language):
    say = partial(translated, language=language)
    for login in dict.fromkeys(stop.login for stop in WALK):
        someone = person(None, locale=LOCALES[language])
        if login == WALK[0].login:
            someone.goto("/login")
            expect(someone.page.get_by_label(say("Stay signed in on this computer"))).to_be_visible()
            someone.picture(f"guide/{language}/sign-in")
        someone.sign_in(login, installation.passwords[login], say)
        for stop in WALK:
            if stop.login == login:
                someone.goto(stop.path)
                stop.do(someone, say)
                for label in stop.labels:
                    expect(someone.main).to_contain_text(say(label))
                show = someone.main.get_by_label(say(stop.show)).first if stop.show else None
                someone.picture(f"guide/{language}/{stop.picture}", show=show)


def test_the_walk_makes_every_picture_that_the_guide_shows():
    shown = {name for page in (ROOT / "docs" / "guide").glob("*/*") for name in PICTURE.findall(page.read_text(encoding="utf-8"))}
    assert shown == {f"{language}/{name}" for language in LANGUAGES for name in ("sign-in", *(stop.picture for stop in WALK))}
