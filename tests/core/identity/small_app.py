"""A small app with the real identity, Setup and visibility and nothing else: for tests that need pages but no plugin of the trade."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, g
from jinja2 import ChoiceLoader, DictLoader

from core.access.actors import actor_of
from core.addons import loader
from core.addons.runtime import Cartera
from core.config import Settings
from core.db import db, unit_of_work
from core.db.engine import prepare
from core.db.runtime import runtime_engine
from core.db.versioned import Versioned
from core.identity import services
from core.identity.profiles import all_profiles
from core.setup import blueprints, signin
from core.web import errors, request
from core.web.context import toasts
from core.web.guards import ANONYMOUS
from core.web.i18n import init_i18n
from core.web.jinja import init_jinja

SECRET = "gravel under a wide sky"
SHELL = """{% block title %}{% endblock %}{% block content %}{% endblock %}{% block gate %}{% endblock %}{% block top %}{% endblock %}
{% for t in toasts %}<output data-undo="{{ t.undo_url }}">{{ t.text }}</output>{% endfor %}"""


def make_app(folder: Path, addons: Path | None = None, database_url: str = "") -> Flask:
    """An app on SQLite in `folder`, or on `database_url`, with the plugins of the folder `addons`."""
    settings = Settings.load({"data_dir": folder, "secret_key": "k" * 40, "jobs": "off", "database_url": database_url})
    app = Flask("core", static_folder=None, template_folder="web/templates")
    app.config.update(
        SECRET_KEY=settings.secret_key, SQLALCHEMY_DATABASE_URI=settings.database_url, TESTING=True, WTF_CSRF_ENABLED=False,
        SQLALCHEMY_ENGINE_OPTIONS={} if database_url else {"connect_args": {"timeout": 30}},
    )  # fmt: skip
    cartera = Cartera(settings=settings, addons=None)
    app.extensions["cartera"] = cartera
    db.init_app(app)
    cartera.addons = loader.load([addons] if addons else [], bundled=None, installed=False, core=[SimpleNamespace()])
    cartera.record_types = {rt.name: rt for _name, rt in cartera.addons.declared("record_types")}
    cartera.parts["versioned"] = Versioned()
    cartera.parts["runtime_engine"] = runtime_engine(settings.runtime_url)
    cartera.parts["limiter"] = signin.install(app, cartera.parts["runtime_engine"])
    init_i18n(app, locale=signin.current_language, timezone=lambda: None)
    app.jinja_env.globals["asset"] = lambda name: f"/static/{name}"
    init_jinja(app, _Assets(app))
    errors.init_errors(app)
    request.init_request(app, cartera)
    blueprints.register(app)
    app.jinja_loader = ChoiceLoader([DictLoader({"base.html": SHELL, "gate.html": SHELL}), app.jinja_loader])
    app.add_url_rule("/", "home", lambda: f"home of {g.actor.login}")
    app.add_url_rule("/companies/", "companies", lambda: "companies")

    @app.context_processor
    def context():
        return {"actor": None if g.get("actor", ANONYMOUS).user_id is None else g.actor, "toasts": toasts(), "look": signin.current_look()}

    with app.app_context():
        prepare(db.engine)
        db.metadata.create_all(db.engine)
        with unit_of_work():
            services.seed()
    return app


class _Assets:
    def __init__(self, app):
        self.app = app

    def __call__(self, name):
        return f"/static/{name}"

    def parts(self):
        return {}


@pytest.fixture
def app(tmp_path, quick_passwords):
    made = make_app(tmp_path)
    yield made
    close(made)


def close(app):
    """Give back what the app holds open."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    app.extensions["cartera"].parts["runtime_engine"].dispose()


@pytest.fixture
def ctx(app):
    """Inside the app, outside of any request."""
    with app.app_context():
        yield app


@pytest.fixture
def people(app):
    """Users by login → id: ana (superadmin), user1 (Standard user), boss (CRM manager), user2 (Support)."""
    with app.app_context(), unit_of_work():
        profile = {p.name: p.id for p in all_profiles()}
        made = {"ana": services.create_user("ana", name="Ana Admin", email="ana@example.com", password=SECRET, superadmin=True)}
        for login, name in (("user1", "Standard user"), ("boss", "CRM manager"), ("user2", "Support")):
            made[login] = services.create_user(login, email=f"{login}@example.com", password=SECRET, profiles=[(profile[name], None)])
        return {login: user.id for login, user in made.items()}


@pytest.fixture
def sign_in(app, people):
    """sign_in("user1") gives a client that is signed in."""

    def enter(login, **form):
        client = app.test_client()
        answer = client.post("/login", data={"user": login, "password": SECRET, **form})
        assert answer.status_code == 302, answer.text
        return client

    return enter


def actor(app, user_id):
    with app.app_context():
        return actor_of(user_id)


def text_of(answer):
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
