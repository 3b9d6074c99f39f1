import importlib
from dataclasses import replace
from pathlib import Path

import pytest

from core.access import Actor
from core.db import get_option
from core.jobs.services import enqueue

ADDONS = Path(__file__).parent / "addons"
ADMIN = Actor(user_id=1, login="admin", name="Administrator", superadmin=True)


@pytest.fixture
def app_settings():
    return {"addons": (ADDONS,)}


@pytest.fixture
def mode(app, monkeypatch):
    """`mode("worker")`: as if the app had been made with CARTERA_JOBS=worker. Begins with "off"."""
    cartera = app.extensions["cartera"]

    def switch(name):
        monkeypatch.setattr(cartera, "settings", replace(cartera.settings, jobs=name))

    switch("off")
    yield switch
    if "queue" in cartera.parts:
        cartera.parts.pop("queue").close()


@pytest.fixture
def chores(app):
    """The module with the jobs of the test plugin."""
    module = importlib.import_module("plugins.chores.work")
    module.swept.clear()
    module._calls.clear()
    return module


@pytest.fixture
def start(work):
    """`start("chores.note", name="x")` starts a job as a page does; gives its id."""

    def begin(kind, **args):
        with work():
            return enqueue(kind, **args)

    return begin


@pytest.fixture
def left(app):
    """`left("x")`: what a job left under this name."""

    def ask(name):
        with app.app_context():
            return get_option(f"chores.{name}")

    return ask


@pytest.fixture
def row(app):
    """`row(7)`: the row of a job."""
    from core.db import db
    from core.jobs.models import Job

    def ask(job_id):
        with app.app_context():
            return db.session.get(Job, job_id)

    return ask
