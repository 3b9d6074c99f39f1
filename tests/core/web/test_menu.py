from dataclasses import replace

from core.access import Actor
from core.addons.declarations import Entry
from core.web.menu import Menu

ENTRIES = [
    ("leads", Entry("Leads", name="leads", icon="target-arrow", weight=50, badge=lambda actor: (42, "42 open", False))),
    ("leads", Entry("Search Leads", endpoint="/leads/", parent="leads")),
    ("leads", Entry("Types of Leads", endpoint="/leads/types/", parent="leads", permission="CM", weight=60)),
    ("companies", Entry("Company", name="companies", weight=10)),
    ("companies", Entry("Companies", endpoint="/companies/", parent="companies")),
    ("companies", Entry("Company roles", endpoint="/companies/roles/", parent="companies")),
    ("core", Entry("Plugins", endpoint="/setup/plugins/", section="setup")),
]
READER = Actor(user_id=1, login="r", name="R", permissions=frozenset({"CR"}))


def menu() -> Menu:
    return Menu(ENTRIES, lambda entry: entry.endpoint)


def everything(plugin: str, section: str, name: str) -> bool:
    return True


def labels(actor: Actor, path: str = "/", shown=everything) -> list:
    return [
        (item.label, [child.label for child in item.children]) for section in menu().sections(actor, shown, path) for item in section.items
    ]


def test_entries_stand_by_weight_under_their_parents() -> None:
    assert labels(READER) == [("Dashboard", []), ("Company", ["Companies", "Company roles"]), ("Leads", ["Search Leads"])]


def test_superadmins_find_setup_at_the_foot() -> None:
    assert labels(replace(READER, superadmin=True))[-1] == ("Setup", ["Plugins"])
    assert menu().sections(replace(READER, superadmin=True), everything, "/")[-1].end


def test_without_permission_nothing_of_the_crm_is_there() -> None:
    assert labels(replace(READER, permissions=frozenset())) == [("Dashboard", [])]


def test_a_hidden_entry_takes_those_below_along() -> None:
    assert ("Leads", ["Search Leads"]) not in labels(READER, shown=lambda plugin, section, name: name != "leads")


def test_an_entry_without_an_address_leads_to_its_first_line() -> None:
    company = menu().sections(READER, everything, "/")[1].items[0]
    assert company.url == "/companies/"


def test_the_longest_address_is_the_current_one_and_its_parent_is_open() -> None:
    company = menu().sections(READER, everything, "/companies/roles/3")[1].items[0]
    assert (company.current, company.open) == (False, True)
    assert [(child.label, child.current) for child in company.children] == [("Companies", False), ("Company roles", True)]


def test_a_record_belongs_to_its_list() -> None:
    company = menu().sections(READER, everything, "/companies/5/edit")[1].items[0]
    assert company.children[0].current


def test_an_address_that_only_begins_alike_is_not_inside() -> None:
    company = menu().sections(READER, everything, "/companies-old/")[1].items[0]
    assert not company.open


def test_an_entry_whose_parent_is_not_there_stands_by_itself() -> None:
    lonely = Menu([("birthdays", Entry("Birthdays", endpoint="/birthdays/", parent="gone"))], lambda entry: entry.endpoint)
    assert [item.label for item in lonely.sections(READER, everything, "/")[1].items] == ["Birthdays"]


def test_figures_are_asked_only_for_what_is_in_sight() -> None:
    assert menu().figures(READER, everything) == {"leads": {"n": 42, "words": "42 open", "late": False}}
    assert menu().figures(READER, lambda plugin, section, name: False) == {}
