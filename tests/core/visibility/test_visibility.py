"""What is out of sight, for whom: from cells to persons, and the page that sets them."""

import html
import re

import pytest

from core.access.actors import actor_of
from core.db import db, unit_of_work
from core.identity import services
from core.identity.models import User
from core.identity.profiles import all_groups, find_profiles, set_profiles
from core.visibility import hidden_subjects, hide_crm_by_default, is_crm_hidden_by_default, is_hidden, is_shown, next_state, set_visibility
from tests.core.identity.small_app import close, make_app, text_of

MANIFEST = 'name = "{0}"\ntitle = "{1}"\nversion = "1.0.0"\ncore = ">=1.0,<2"\nsection = "crm"\n'
CODE = """
from core.addons.declarations import Entry
from core.hookspecs import hookimpl

@hookimpl
def menu_entries():
    return [Entry("{1}", name="{0}.list", endpoint="home"), Entry("{1} fields", name="{0}.fields", endpoint="home")]
"""


@pytest.fixture
def app(tmp_path, quick_passwords):
    folder = tmp_path / "addons"
    for name, title in (("visits", "Visits"), ("desks", "Desks")):
        (folder / name).mkdir(parents=True)
        (folder / name / "manifest.toml").write_text(MANIFEST.format(name, title))
        (folder / name / "__init__.py").write_text(CODE.format(name, title))
    made = make_app(tmp_path, folder)
    yield made
    close(made)


@pytest.fixture
def groups(app, people):
    """Groups Sales (user1, boss) and Support (user1, user2), by name."""
    with app.app_context(), unit_of_work():
        made = {name: services.create_group(name).id for name in ("Sales", "Support")}
        (standard,) = find_profiles(["Standard user"])
        for login, names in (("user1", ("Sales", "Support")), ("boss", ("Sales",)), ("user2", ("Support",))):
            set_profiles(db.session.get(User, people[login]), [(standard.id, made[name]) for name in names])
        return made


@pytest.fixture
def world(app, people, groups):
    """Inside the app: (group ids, actor by login). Requests of two people do not mix with it: they would share `g`."""
    with app.app_context():
        yield groups, lambda login: actor_of(people[login])


def put(*cells):
    with unit_of_work():
        for subject, group, state in cells:
            set_visibility(subject, group, state)


def test_a_new_installation_hides_nothing(world):
    _groups, actor = world
    assert hidden_subjects(actor("user1")) == frozenset()


def test_what_is_hidden_for_all_is_hidden_with_all_that_follows_it(world):
    _groups, actor = world
    put(("section:crm", None, "hidden"))
    assert hidden_subjects(actor("user2")) == {
        "section:crm", "plugin:visits", "plugin:desks", "entry:visits.list", "entry:visits.fields", "entry:desks.list",
        "entry:desks.fields",
    }  # fmt: skip
    assert hidden_subjects(actor("ana")) == frozenset()
    assert is_shown(actor("ana"), "visits", "crm", "visits.list")
    put(("section:crm", None, None), ("plugin:visits", None, "hidden"), ("entry:visits.list", None, "shown"))
    assert hidden_subjects(actor("user2")) == {"plugin:visits", "entry:visits.fields"}


def test_a_groups_setting_beats_that_for_all(world):
    groups, actor = world
    put(("plugin:visits", None, "hidden"), ("plugin:visits", groups["Sales"], "shown"), ("plugin:desks", groups["Support"], "hidden"))
    assert not is_hidden(actor("boss"), "plugin:visits")
    assert is_hidden(actor("user2"), "plugin:visits")
    assert is_hidden(actor("user2"), "plugin:desks")
    assert not is_hidden(actor("boss"), "plugin:desks")


def test_a_groups_section_beats_an_entry_for_all(world):
    groups, actor = world
    put(("section:crm", groups["Support"], "hidden"), ("plugin:visits", None, "shown"), ("plugin:desks", groups["Support"], "shown"))
    assert is_hidden(actor("user2"), "plugin:visits")
    assert not is_hidden(actor("user2"), "plugin:desks")


def test_a_person_in_two_groups_sees_what_one_of_them_shows(world):
    groups, actor = world
    put(("plugin:visits", groups["Support"], "hidden"), ("plugin:visits", groups["Sales"], "shown"))
    assert not is_hidden(actor("user1"), "plugin:visits")
    assert is_hidden(actor("user2"), "plugin:visits")


def test_the_entry_of_version_104_can_be_set_and_removed(world):
    _groups, actor = world
    with unit_of_work():
        hide_crm_by_default(True)
    assert is_crm_hidden_by_default()
    assert is_hidden(actor("user1"), "section:crm")
    with unit_of_work():
        hide_crm_by_default(False)
    assert not is_crm_hidden_by_default()
    assert hidden_subjects(actor("user1")) == frozenset()


def test_a_group_that_goes_takes_its_cells_along(world):
    _groups, actor = world
    with unit_of_work():
        group = services.create_group("Short lived")
        set_visibility("section:crm", group.id, "hidden")
    with unit_of_work():
        services.delete_group(db.session.merge(group))
    assert hidden_subjects(actor("user1")) == frozenset()


def test_a_cell_holds_one_row(world):
    put(("section:crm", None, "hidden"), ("section:crm", None, "hidden"), ("section:crm", None, "shown"))
    assert not is_crm_hidden_by_default()


def test_a_click_goes_round():
    assert [next_state(state) for state in (None, "shown", "hidden")] == ["shown", "hidden", None]


def cells(page):
    return {
        html.unescape(label): html.unescape(key)
        for key, label in re.findall(r'name="cell" value="([^"]+)" aria-label="([^"]+)"', page.text)
    }


def test_a_click_on_a_cell_is_in_force_at_once_and_can_be_undone(app, world, sign_in):
    groups, actor = world
    ana = sign_in("ana")
    key = cells(ana.get("/setup/visibility"))["Visits for Support: as CRM"]
    assert key == f"plugin:visits|{groups['Support']}|shown"
    ana.post("/setup/visibility", data={"cell": key})
    key = cells(ana.get("/setup/visibility"))["Visits for Support: Shown"]
    ana.post("/setup/visibility", data={"cell": key})
    assert is_hidden(actor("user2"), "plugin:visits")
    page = ana.get("/setup/visibility")
    assert "Visits hidden for Support, in force now" in text_of(page)
    undo = html.unescape(re.search(r'data-undo="([^"]+)"', page.text).group(1))
    assert ana.post(undo).status_code == 302
    assert "Visits for Support: Shown" in cells(ana.get("/setup/visibility"))


def test_a_cell_sent_twice_does_the_same(world, sign_in):
    ana = sign_in("ana")
    for _time in range(2):
        ana.post("/setup/visibility", data={"cell": "section:crm||hidden"})
    assert is_crm_hidden_by_default()


@pytest.mark.parametrize(
    ("cell", "code"),
    [("", 400), ("section:crm||pink", 400), ("section:crm|", 400), ("plugin:nothing||hidden", 404), ("section:crm|999|hidden", 404)],
)
def test_a_cell_that_is_not_there_is_not_set(app, people, sign_in, cell, code):
    assert sign_in("ana").post("/setup/visibility", data={"cell": cell}).status_code == code


def test_checking_a_person_names_what_he_does_not_see(world, sign_in):
    ana = sign_in("ana")
    put(("plugin:visits", None, "hidden"))
    assert "Out of sight for user2: Visits, Visits, Visits fields." in text_of(ana.get("/setup/visibility?person=USER2"))
    assert "sees everything that is on" in text_of(ana.get("/setup/visibility?person=ana"))
    assert "There is no user nobody" in text_of(ana.get("/setup/visibility?person=nobody"))


def test_the_group_all_has_one_column(world, sign_in):
    assert [g.name for g in all_groups()] == ["All", "Sales", "Support"]
    assert text_of(sign_in("ana").get("/setup/visibility")).count("All 4 people") == 1


@pytest.fixture
def with_pages(app):
    """The small app with pages of the plugin "visits", the gate and the menu of the whole product."""
    from flask import Blueprint

    from core.addons.gate import Gate
    from core.setup import signin
    from core.web.menu import Menu

    pages = Blueprint("visits", __name__)
    for rule in ("/visits/", "/visits/fields/", "/visits/fields/new", "/visits/7"):
        pages.add_url_rule(rule, rule.strip("/").replace("/", "_"), lambda: "a page")
    app.register_blueprint(pages)
    cartera = app.extensions["cartera"]
    addresses = {"visits.list": "/visits/", "visits.fields": "/visits/fields/"}
    Gate(app, cartera.addons, signin.signed_in_actor)
    cartera.parts["menu"] = Menu(cartera.addons.declared("menu_entries"), lambda entry: addresses.get(entry.name))


@pytest.mark.parametrize(
    ("cell", "gone", "there"),
    [
        ("section:crm", "/visits/ /visits/7 /visits/fields/ /visits/fields/new", ""),
        ("plugin:visits", "/visits/ /visits/7 /visits/fields/ /visits/fields/new", ""),
        ("entry:visits.fields", "/visits/fields/ /visits/fields/new", "/visits/ /visits/7"),
        ("entry:visits.list", "/visits/ /visits/7", "/visits/fields/ /visits/fields/new"),
        ("plugin:desks", "", "/visits/ /visits/fields/"),
    ],
)
def test_what_is_hidden_is_what_never_was(app, with_pages, groups, sign_in, cell, gone, there):
    user1, user2, ana = (sign_in(login) for login in ("boss", "user2", "ana"))
    with app.app_context():
        put((cell, groups["Support"], "hidden"))
    missing = user2.get("/nothing/at/all")
    for path in gone.split():
        denied = user2.get(path)
        assert denied.status_code == 404, path
        assert denied.data == missing.data, path
    for path in there.split():
        assert user2.get(path).status_code == 200, path
    for client in (user1, ana):
        assert all(client.get(path).status_code == 200 for path in (gone + " " + there).split())
