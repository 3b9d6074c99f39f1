"""Setup → Plugins, the tabs of CRM setup, and the fields that plugins add to a user."""

import html
import re

import pytest
from sqlalchemy import select, update

from core.addons.runtime import runtime
from core.addons.state import AddonState
from core.db import db, unit_of_work
from core.db.runtime import sessions
from core.visibility import set_visibility
from tests.core.identity.small_app import close, make_app, text_of

MANIFEST = 'name = "{0}"\ntitle = "{1}"\nsummary = "All about {0}"\nversion = "1.2.0"\ncore = ">=1.0,<2"\ndepends = [{2}]\n'
BASE = """
from core.addons.declarations import Permission, SetupTab
from core.hookspecs import hookimpl

@hookimpl
def blueprints():
    from flask import Blueprint, render_template_string
    from core.web.guards import requires_superadmin
    pages = Blueprint("anchor", __name__)

    @pages.route("/anchor/setup", methods=["GET", "POST"])
    @requires_superadmin
    def setup():
        return render_template_string('{% set tab = "anchor" %}{% extends "setup/crm.html" %}{% block tab %}Depth of anchors{% endblock %}')

    return [pages]

@hookimpl
def setup_tabs():
    return [SetupTab("anchor", label="Anchors", endpoint="anchor.setup")]

@hookimpl
def permissions():
    return [Permission("AN", label="Drop the anchor", implies=("CR",))]
"""


@pytest.fixture
def app(tmp_path, quick_passwords):
    folder = tmp_path / "addons"
    for name, title, depends, code in (
        ("anchor", "Anchors", "", BASE), ("boat", "Boats", '"anchor"', ""), ("crew", "Crews", '"boat"', ""),
        ("wreck", "Wrecks", "", "import not_to_be_found"), ("diver", "Divers", '"wreck"', ""),
    ):  # fmt: skip
        (folder / name).mkdir(parents=True)
        (folder / name / "manifest.toml").write_text(MANIFEST.format(name, title, depends))
        (folder / name / "__init__.py").write_text(code)
    made = make_app(tmp_path, folder)
    for _name, blueprint in made.extensions["cartera"].addons.declared("blueprints"):
        made.register_blueprint(blueprint)
    yield made
    close(made)


@pytest.fixture
def ana(sign_in):
    return sign_in("ana")


def states(app):
    with app.app_context():
        return {name: runtime().addons.states.refresh().state(name) for name in ("anchor", "boat", "crew")}


def chosen(app):
    """What somebody chose for a plugin, as it is kept."""
    with app.app_context():
        return dict(db.session.execute(select(AddonState.name, AddonState.state)).all())


def row(page, name):
    return text_of(type("Part", (), {"text": re.search(rf'<tr id="plugin-{name}".*?</tr>', page.text, re.S).group(0)}))


def asked_in(page):
    """What the form of the question would send."""
    form = re.search(r'<form method="post" action="/setup/plugins/">.*?</form>', page.text, re.S)
    return re.findall(r'name="to" value="([^"]+)"', form.group(0)) if form else []


def switch(client, name, state):
    """Press a plugin's switch, and go along with what is asked before."""
    where = client.post(f"/setup/plugins/{name}", data={"state": state}).location
    if "?disable=" in where:
        assert client.post("/setup/plugins/", data={"to": asked_in(client.get(where))}).status_code == 302


def test_the_table_says_what_is_needed_by_whom(ana):
    page = ana.get("/setup/plugins")
    assert "Plugins 3 on · 2 failed" in text_of(page)
    assert row(page, "boat") == "Boats All about boat Enabled Hidden Disabled All Anchors Crews – 1.2.0 addons folder"
    assert 'aria-pressed="true"' in page.text


def test_a_switch_is_in_force_at_once_and_can_be_undone(app, ana):
    assert ana.post("/setup/plugins/crew", data={"state": "hidden"}).status_code == 302
    assert states(app)["crew"] == "hidden"
    page = ana.get("/setup/plugins")
    assert "Crews hidden, in force now" in text_of(page)
    assert "Superadmins" in row(page, "crew")
    undo = html.unescape(re.search(r'data-undo="([^"]+)"', page.text).group(1))
    assert ana.post(undo).status_code == 302
    assert states(app)["crew"] == "enabled"


def test_disabling_what_others_need_is_asked_first_and_done_in_one_step(app, people, ana):
    asked = ana.post("/setup/plugins/anchor", data={"state": "disabled"}, follow_redirects=True)
    assert asked.request.path == "/setup/plugins"
    assert "Disable Anchors and what depends on it?" in text_of(asked)
    assert "Anchors (0 records), Boats (0 records), Crews (0 records)" in text_of(asked)
    assert "Keep all 3" in text_of(asked)
    assert set(states(app).values()) == {"enabled"}
    assert ana.post("/setup/plugins/", data={"to": asked_in(asked)}).status_code == 302
    assert set(states(app).values()) == {"disabled"}
    assert "Disable Anchors and" not in text_of(ana.get("/setup/plugins?disable=anchor"))
    assert ana.get("/setup/").status_code == 200
    assert ana.get("/setup/plugins").status_code == 200


def test_the_question_can_be_reloaded_and_asks_only_what_there_is_to_ask(app, ana):
    where = ana.post("/setup/plugins/anchor", data={"state": "disabled"}).location
    for _time in range(2):
        assert "Disable Anchors and what depends on it?" in text_of(ana.get(where))
    for name in ("crew", "wreck", "nothing"):
        page = ana.get(f"/setup/plugins?disable={name}")
        assert page.status_code == 200
        assert "what depends on it?" not in text_of(page)


def undo(client):
    """The address of the Undo in the toast, which is there now."""
    return html.unescape(re.search(r'data-undo="(/[^"]+)"', client.get("/setup/plugins").text).group(1))


SWITCHES = [
    ({}, "crew", "disabled"), ({}, "crew", "hidden"), ({}, "anchor", "disabled"), ({"crew": "disabled"}, "anchor", "disabled"),
    ({"boat": "hidden"}, "anchor", "disabled"), (dict.fromkeys(("anchor", "boat", "crew"), "disabled"), "crew", "enabled"),
    (dict.fromkeys(("anchor", "boat", "crew"), "disabled"), "anchor", "hidden"),
]  # fmt: skip


@pytest.mark.parametrize(("start", "name", "state"), SWITCHES)
def test_each_switch_is_undone_as_a_whole_from_its_toast(app, ana, start, name, state):
    with app.app_context():
        runtime().addons.states.set_states(start, None)
    before = states(app), chosen(app)
    switch(ana, name, state)
    assert states(app) != before[0]
    assert ana.post(undo(ana)).status_code == 302
    assert (states(app), chosen(app)) == before


def test_an_undo_takes_back_nothing_that_somebody_else_did_since(app, ana, sign_in):
    switch(ana, "crew", "disabled")
    way_back = undo(ana)
    switch(sign_in("ana"), "crew", "hidden")
    assert "Crews was switched again since: nothing was changed. See how it is now." in text_of(ana.post(way_back, follow_redirects=True))
    assert states(app)["crew"] == "hidden"


def test_what_was_disabled_together_is_offered_when_one_of_it_is_enabled_and_comes_back_with_one_press(app, ana):
    ana.post("/setup/plugins/crew", data={"state": "disabled"})  # by itself, before
    question = ana.post("/setup/plugins/anchor", data={"state": "disabled"}, follow_redirects=True)
    assert asked_in(question) == ["anchor.disabled", "boat.disabled"]
    ana.post("/setup/plugins/", data={"to": asked_in(question)})
    assert set(states(app).values()) == {"disabled"}
    offer = ana.post("/setup/plugins/anchor", data={"state": "enabled"}, follow_redirects=True)
    assert "Enable what was disabled with Anchors? Still off: Boats (0 records)." in text_of(offer)
    assert states(app) == {"anchor": "enabled", "boat": "disabled", "crew": "disabled"}
    assert asked_in(offer) == ["boat.disabled.enabled"]
    assert ana.post("/setup/plugins/", data={"to": asked_in(offer)}).status_code == 302
    assert states(app) == {"anchor": "enabled", "boat": "enabled", "crew": "disabled"}
    ana.post(undo(ana))
    assert states(app)["boat"] == "disabled"
    ana.post("/setup/plugins/", data={"to": asked_in(offer)})
    assert asked_in(ana.get(offer.request.full_path)) == []  # reloaded, it asks nothing that is done


def test_what_was_hidden_before_is_offered_hidden_and_comes_back_so(app, ana):
    switch(ana, "boat", "hidden")
    switch(ana, "anchor", "disabled")
    offer = ana.post("/setup/plugins/anchor", data={"state": "enabled"}, follow_redirects=True)
    assert "Still off: Boats (0 records) – hidden before, Crews (0 records). Its data is as it was." in text_of(offer)
    assert "Bring back as it was" in text_of(offer)
    ana.post("/setup/plugins/", data={"to": asked_in(offer)})
    assert states(app) == {"anchor": "enabled", "boat": "hidden", "crew": "enabled"}


def test_what_was_disabled_by_itself_is_not_offered(app, ana):
    for name in ("crew", "boat", "anchor"):
        ana.post(f"/setup/plugins/{name}", data={"state": "disabled"})
    assert ana.post("/setup/plugins/anchor", data={"state": "enabled"}).location == "/setup/plugins"


@pytest.mark.parametrize("to", [[], [""], ["crew"], ["crew.pink"], [".disabled"], ["nothing.disabled"], ["wreck.enabled"],
                                ["crew.default"], ["crew.pink.enabled"], ["crew.enabled.pink"], ["crew.enabled.enabled.hidden"]])  # fmt: skip
def test_states_that_can_not_be_taken_change_nothing(app, ana, to):
    assert ana.post("/setup/plugins/", data={"to": to}).status_code in (400, 404)
    assert set(states(app).values()) == {"enabled"}


def test_a_step_that_others_stand_against_by_now_is_asked_anew(app, ana):
    asked = ana.post("/setup/plugins/", data={"to": ["boat.disabled"]}, follow_redirects=True)
    assert "Disable Boats and what depends on it?" in text_of(asked)
    assert set(states(app).values()) == {"enabled"}


def test_enabling_enables_what_is_needed(app, ana):
    switch(ana, "anchor", "disabled")
    ana.post("/setup/plugins/boat", data={"state": "enabled"})
    assert states(app) == {"anchor": "enabled", "boat": "enabled", "crew": "disabled"}
    assert "Anchors enabled, Boats enabled, in force now" in text_of(ana.get("/setup/plugins"))


def test_a_plugin_that_failed_shows_traceback_cause_and_the_chain(ana):
    page = text_of(ana.get("/setup/plugins"))
    assert "No module named &#39;not_to_be_found&#39;" in page
    assert "pip install not_to_be_found" in page
    assert "wreck" in page.split("Divers All about diver")[1]


@pytest.mark.parametrize(
    ("name", "state", "code"), [("nothing", "disabled", 404), ("wreck", "disabled", 404), ("crew", "pink", 400), ("crew", "", 400)]
)
def test_what_can_not_be_switched_is_not(ana, name, state, code):
    assert ana.post(f"/setup/plugins/{name}", data={"state": state}).status_code == code


def test_plugins_are_searched_by_title_and_summary(ana):
    page = ana.get("/setup/plugins?q=ABOUT+BOAT")
    assert re.findall(r'id="plugin-(\w+)"', page.text) == ["boat"]


def test_who_sees_a_plugin_is_told_in_words(app, ana):
    ana.post("/setup/groups/new", data={"name": "Sales"})
    with app.app_context(), unit_of_work():
        set_visibility("plugin:crew", 2, "hidden")
        set_visibility("plugin:boat", None, "hidden")
    page = ana.get("/setup/plugins")
    assert "All but Sales" in row(page, "crew")
    assert "Superadmins" in row(page, "boat")


def test_the_section_is_hidden_and_shown_from_here_too(app, ana):
    assert ana.post("/setup/visibility/default", data={"hidden": "1", "back": "plugins"}).headers["Location"] == "/setup/plugins"
    assert "The CRM is hidden by default" in text_of(ana.get("/setup/plugins"))


def test_crm_setup_shows_the_tabs_of_plugins_and_sends_forms_to_them(ana):
    for path in ("/setup/crm", "/setup/crm/anchor", "/setup/crm?tab=anchor", "/anchor/setup"):
        page = ana.get(path)
        assert "Depth of anchors" in page.text, path
        assert re.search(r'href="/setup/crm/anchor" aria-current="page">Anchors', page.text), path
    assert ana.post("/setup/crm/anchor").status_code == 200
    assert ana.get("/setup/crm/nothing").status_code == 404
    switch(ana, "anchor", "disabled")
    assert ana.get("/setup/crm/anchor").status_code == 404
    assert "No plugin that is on has anything to set up here." in text_of(ana.get("/setup/crm"))


def test_a_plugins_permission_stands_in_the_matrix_and_survives_while_the_plugin_is_off(app, ana):
    ana.post("/setup/profiles/new", data={"name": "Sailor"})
    profile = re.search(r'href="/setup/profiles/(\d+)">Sailor', ana.get("/setup/profiles").text).group(1)
    ticked = {"p1": ["CR", "CW"], "p2": ["CM"], f"p{profile}": ["AN"]}
    assert ana.post("/setup/profiles", data=ticked).status_code == 302
    checked = re.findall(rf'id="p{profile}-(\w+)"[^>]* checked', ana.get("/setup/profiles").text)
    assert checked == ["CR", "AN"]
    switch(ana, "anchor", "disabled")
    ana.post("/setup/profiles", data={**ticked, f"p{profile}": ["CW"]})
    ana.post("/setup/plugins/anchor", data={"state": "enabled"})
    assert re.findall(rf'id="p{profile}-(\w+)"[^>]* checked', ana.get("/setup/profiles").text) == ["CR", "CW", "AN"]


def test_people_at_work_are_counted_once_each(app, people, ana, sign_in):
    sign_in("user1")
    sign_in("user1")
    sign_in("boss")
    engine = app.extensions["cartera"].parts["runtime_engine"]
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(update(sessions).where(sessions.c.user_id == people["boss"]).values(seen_at=0))
    assert "for 2 people at work" in text_of(ana.get("/setup/plugins?disable=anchor"))
