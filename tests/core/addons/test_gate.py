"""Nothing of a disabled plugin answers: pages, redirects, 405, OPTIONS, static files, REST. All of it is the 404 of an unknown address."""

from types import SimpleNamespace

import pytest
from flask import Flask, g
from flask_babel import Babel

from core.addons.gate import Gate
from core.addons.state import AddonState, AddonVersion
from core.db import db
from core.db.engine import prepare

DEALS = """
    from flask import Blueprint

    RAN = []

    @hookimpl
    def blueprints():
        pages = Blueprint("deals", __name__, url_prefix="/deals", static_folder=".", static_url_path="/static")
        pages.add_url_rule("/", "list", lambda: "deals")
        pages.add_url_rule("/<int:id>", "show", lambda id: f"deal {id}", methods=["GET", "POST"])
        pages.add_url_rule("/<int:id>/lock", "lock", lambda id: "locked", methods=["POST"])
        pages.before_request(lambda: RAN.append(1))
        pages.register_error_handler(404, lambda e: ("the deals' own 404", 404))
        return [pages]
"""
BILLS = """
    from flask import Blueprint

    @hookimpl
    def blueprints():
        below = Blueprint("bills_on_deals", __name__, url_prefix="/deals")
        below.add_url_rule("/<int:id>/bill/", "of_deal", lambda id: f"bill of {id}")
        return [below]
"""
ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture
def app(tmp_path, write, load_only):
    write("deals", DEALS)
    write("bills", BILLS, manifest='depends = ["deals"]\nurl_prefixes = ["/bills", "/deals/<id>/bill"]')
    addons = load_only(tmp_path)
    app = Flask("gate", static_folder=None)
    app.config.update(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/test.db", SECRET_KEY="x")
    app.testing = True
    db.init_app(app)
    Babel(app)
    app.extensions["addons"] = addons
    app.actor = SimpleNamespace(superadmin=False)
    app.asked = 0

    def actor():
        app.asked += 1
        return app.actor

    Gate(app, addons, actor)
    for _, blueprint in addons.declared("blueprints"):
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "home", lambda: "home")
    app.add_url_rule("/api/v1/<plural>/<int:id>", "api", lambda plural, id: f"{plural} {id}", methods=["GET", "PATCH"])
    app.add_url_rule("/deals/fields/", "fields", lambda: "a page of the core at a plugin's address")
    app.add_url_rule("/setup/", "setup", lambda: "setup")

    @app.errorhandler(404)
    def not_found(error):
        return "There is nothing here for you at this address", 404

    with app.app_context():
        prepare(db.engine)
        db.metadata.create_all(db.engine, tables=[AddonState.__table__, AddonVersion.__table__])
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def switch(app):
    def switch(name, state, **kw):
        with app.app_context():
            app.extensions["addons"].states.set_state(name, state, None, **kw)

    return switch


ADDRESSES = (
    "/deals", "/deals/", "/deals//", "/deals//5", "/deals//5//lock", "/deals/5", "/deals/5/", "/deals/5/lock", "/deals/nothing",
    "/deals/static/__init__.py", "/deals/fields/", "/deals/fields", "/api/v1/deals/5", "/api/v1/deals/5/", "/api/v1/deals",
    "/deal%73/5", "/deals/./5", "/deals?q=x",
)  # fmt: skip


def test_all_of_it_answers_while_it_is_on(app):
    client = app.test_client()
    assert client.get("/deals/5").text == "deal 5"
    assert client.get("/deals").status_code == 308
    assert client.get("/deals/5/lock").status_code == 405
    with client.get("/deals/static/__init__.py") as answer:
        assert answer.status_code == 200
    assert client.get("/api/v1/deals/5").text == "deals 5"
    assert client.get("/deals/5/bill/").text == "bill of 5"
    assert client.get("/deals/fields/").status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_disabled_plugin_is_a_404_on_every_address_and_method_to_the_byte(app, switch, address):
    switch("deals", "disabled", with_dependants=True)
    client = app.test_client()
    for method in ALL_METHODS:
        gone = client.open(address, method=method)
        unknown = client.open("/no/such/page", method=method)
        assert (gone.status_code, gone.data, sorted(gone.headers)) == (404, unknown.data, sorted(unknown.headers)), method


@pytest.mark.parametrize("path", ["//deals", "//deals//5", "///deals/5/lock", "//api//v1//deals/5"])
def test_slashes_in_front_open_nothing(app, switch, path):
    switch("deals", "disabled", with_dependants=True)
    for method in ALL_METHODS:  # as a server passes it on: a client's library would read a host into it
        assert app.test_client().open("/", method=method, environ_overrides={"PATH_INFO": path}).status_code == 404


def test_no_code_of_a_disabled_plugin_runs(app, switch):
    from plugins.deals import RAN

    client = app.test_client()
    client.get("/deals/5")
    assert RAN == [1]
    switch("deals", "disabled", with_dependants=True)
    client.get("/deals/5")
    assert RAN == [1]


def test_enabled_again_it_answers_at_once(app, switch):
    switch("deals", "disabled", with_dependants=True)
    switch("deals", "enabled")
    assert app.test_client().get("/deals/5").status_code == 200


def test_an_address_below_anothers_goes_with_its_own_plugin(app, switch):
    switch("bills", "disabled")
    client = app.test_client()
    for address in ("/deals/5/bill/", "/deals/5/bill", "/deals/7/bill/x", "/api/v1/deals/5/bill"):
        assert client.get(address).status_code == 404, address
    assert client.get("/deals/5").status_code == 200


def test_pages_of_the_core_and_of_others_stay(app, switch):
    switch("deals", "disabled", with_dependants=True)
    client = app.test_client()
    assert client.get("/").status_code == 200
    assert client.get("/setup/").status_code == 200
    assert client.get("/setup").status_code == 308


def test_a_hidden_plugin_is_a_404_but_for_superadmins(app, switch):
    switch("deals", "hidden")
    client = app.test_client()
    for address in ADDRESSES:
        assert client.get(address).status_code == 404, address
    app.actor = SimpleNamespace(superadmin=True)
    assert client.get("/deals/5").text == "deal 5"
    assert client.get("/deals/5/lock").status_code == 405


def test_who_asks_is_only_asked_for_hidden_plugins(app, switch):
    app.test_client().get("/deals/5")
    switch("deals", "disabled", with_dependants=True)
    app.test_client().get("/deals/5")
    assert app.asked == 0


def test_below_another_root_the_same_holds(app, switch):
    switch("deals", "disabled", with_dependants=True)
    client = app.test_client()
    for address in ("/deals", "/deals/5", "/deals/5/lock"):
        assert client.get(address, base_url="http://localhost/crm/").status_code == 404, address


def test_a_request_sees_one_state_from_its_first_to_its_last_line(app, switch):
    addons = app.extensions["addons"]

    def view():
        before = addons.snapshot().state("deals")
        addons.states.set_state("deals", "disabled", None, with_dependants=True)
        return f"{before} {addons.snapshot().state('deals')} {g.addons.state('deals')}"

    app.add_url_rule("/race", "race", view)
    client = app.test_client()
    assert client.get("/race").text == "enabled enabled enabled"
    assert client.get("/deals/5").status_code == 404


def test_every_rule_of_a_plugin_is_shut(app, switch):
    switch("deals", "disabled", with_dependants=True)
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in ("deals", "bills_on_deals"):
            address = rule.rule.replace("<int:id>", "5").replace("<path:filename>", "__init__.py")
            for method in rule.methods:
                assert client.open(address, method=method).status_code == 404, (address, method)
