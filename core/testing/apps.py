"""Fixtures around the app: `app`, `client`, `as_user`, `api_as`, `work`, `make_app`, and the databases behind them.

An app is made once per worker and kind of database, for making one costs more than most tests; each test finds it on a fresh copy of
the database, with an empty data folder and no cache. A test that needs settings of its own overrides the fixture `app_settings`.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from .databases import KINDS, Database, Databases
from .parts.run import Run
from .world import PASSWORD, World, build_world, read_world

SETTINGS: Mapping[str, Any] = {"jobs": "inline", "default_timezone": "Europe/Madrid"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`@pytest.mark.both_databases` runs a test on SQLite and on PostgreSQL."""
    if metafunc.definition.get_closest_marker("both_databases"):
        if "database" not in metafunc.fixturenames:
            pytest.fail(
                f"{metafunc.definition.nodeid}: both_databases needs a fixture with a database (app, client, world …)", pytrace=False
            )
        marked = [pytest.param(kind, marks=pytest.mark.postgres if kind == "postgresql" else ()) for kind in KINDS]
        metafunc.parametrize("database", marked, indirect=True)


@pytest.fixture(scope="session")
def quick_passwords() -> Iterator[None]:
    """Hashes that cost next to nothing, in this process: what tests with an app are about is hardly ever argon2."""
    from argon2 import PasswordHasher

    from core.identity import passwords

    real, passwords.hasher = passwords.hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords.hasher = real


@pytest.fixture(scope="session")
def databases(cartera_run: Run, request: pytest.FixtureRequest, quick_passwords: None) -> Databases:
    """Where the databases of this worker's tests come from."""
    return Databases(cartera_run, lambda: request.getfixturevalue("postgres"))


@pytest.fixture
def app_settings() -> Mapping[str, Any]:
    """Settings of the app in these tests (core/config.py), besides its database. Override it in a module or a class."""
    return {}


@pytest.fixture
def database(request: pytest.FixtureRequest, databases: Databases, app_settings: Mapping[str, Any]) -> Database:
    """A fresh database with all tables and the superadmin `admin`; with the world, if the test asks for `world`.

    SQLite, unless the test is marked `both_databases` or the fixture is parametrised indirectly with "postgresql".
    """
    kind = getattr(request, "param", "sqlite")
    template = template_of(databases, kind, app_settings, world="world" in request.fixturenames)
    name = f"cartera_{databases.run.worker}"
    return databases.copy(template, databases.run.folder / f"{name}_{kind}", name)


@pytest.fixture
def another_database(request: pytest.FixtureRequest, databases: Databases, app_settings: Mapping[str, Any]) -> Callable[..., Database]:
    """`another_database("postgresql")` gives one more installation, `another_database("sqlite", empty=True)` one without tables."""

    def make(kind: str = "sqlite", *, empty: bool = False) -> Database:
        further = databases.another(template_of(databases, kind, app_settings))
        if empty:
            return databases.empty(kind, further.data_dir, further.data_dir.name.removesuffix(f"_{kind}"))
        return further

    return make


def template_of(databases: Databases, kind: str, settings: Mapping[str, Any], *, world: bool = False) -> Database:
    """The template that tests with these settings copy."""
    fresh = databases.template(kind, "fresh", settings, lambda made: fill(made, settings, _install))
    if not world:
        return fresh

    def grow(made: Database) -> None:
        source = databases.copy(fresh, made.data_dir, made.data_dir.name.removesuffix(f"_{kind}"))
        fill(source, settings, build_world)

    return databases.template(kind, "world", settings, grow)


def fill(database: Database, settings: Mapping[str, Any], work: Callable[[Any], None]) -> None:
    """Run `work(app)` with an app on this database, which is closed again afterwards."""
    from core.app import let_go

    app = _create(database, settings)
    try:
        work(app)
    finally:
        let_go(app)


def _install(app: Any) -> None:
    from core.cli import prepare
    from core.db import unit_of_work
    from core.identity.services import find_user, set_password

    prepare(app)
    with app.app_context(), unit_of_work():
        set_password(find_user("admin"), PASSWORD)  # type: ignore[arg-type]


def _create(database: Database, settings: Mapping[str, Any]) -> Any:
    from core.app import create_app

    from .client import Client

    app = create_app({**SETTINGS, **database.settings, **settings}, testing=True)
    app.test_client_class = Client
    return app


class _Pool:
    """The apps of this worker, by kind of database and folders of plugins."""

    def __init__(self) -> None:
        self.apps: dict[Any, tuple[Any, dict[str, Any], dict[str, int]]] = {}

    def get(self, database: Database, settings: Mapping[str, Any]) -> Any:
        if set(settings) - {"addons"}:
            return _create(database, settings)  # its like will hardly come again
        key = (database.kind, tuple(map(str, settings.get("addons", ()))))
        app, config, modules = self.apps.get(key, (None, {}, {}))
        if app is None or modules != _modules(app):  # a test loaded other plugins of these names: their classes are not ours any more
            app = _create(database, settings)
            self.apps[key] = (app, dict(app.config), _modules(app))
            return app
        app.config.clear()
        app.config.update(config)
        _forget(app)
        return app


def _modules(app: Any) -> dict[str, int]:
    return {plugin.import_name: id(sys.modules.get(plugin.import_name)) for plugin in app.extensions["cartera"].addons}


def _forget(app: Any) -> None:
    """Drop what an app remembers of the database that it had before."""
    from core.access.kept import Kept
    from core.db.versioned import Versioned

    cartera = app.extensions["cartera"]
    cartera.parts["versioned"] = Versioned()
    cartera.parts["kept"] = Kept()
    with app.app_context():
        cartera.addons.states.refresh()
        cartera.parts["runtime_engine"].dispose()


@pytest.fixture(scope="session")
def _app_pool() -> _Pool:
    return _Pool()


@pytest.fixture
def app(database: Database, app_settings: Mapping[str, Any], _app_pool: _Pool) -> Iterator[Any]:
    """The app on a fresh database. No context is pushed: use `work()` or `app.app_context()`, and leave it before a request."""
    from core.app import let_go

    app = _app_pool.get(database, app_settings)
    yield app
    let_go(app)


@pytest.fixture
def forget_plugins() -> Iterator[None]:
    """Unloads after the test what it loaded of plugins: modules and tables are the process's, and no test may see those of another."""
    from core.addons import loader

    before = set(loader._resident)
    yield
    for name in set(loader._resident) - before:
        loader.forget(name)


@pytest.fixture
def make_app() -> Iterator[Callable[..., Any]]:
    """`make_app(database, **settings)`: further apps, on databases of `another_database` or the test's own."""
    made = []

    def make(database: Database, **settings: Any) -> Any:
        made.append(_create(database, settings))
        return made[-1]

    yield make
    from core.app import let_go

    for app in made:
        let_go(app)


@pytest.fixture
def client(app: Any) -> Any:
    """A visitor's test client (core.testing.client.Client)."""
    return app.test_client()


@pytest.fixture
def as_user(app: Any) -> Callable[[str], Any]:
    """`as_user("user1")`: a test client that is signed in as this user. Each call gives a new one."""
    return lambda login: app.test_client().sign_in(login)


@pytest.fixture
def api_as(app: Any) -> Callable[..., Any]:
    """`api_as("user1", scopes=("read",))`: a test client that sends a bearer token of this user, with no session."""

    def make(login: str, *, scopes: tuple[str, ...] = ("read", "write")) -> Any:
        from core.db import unit_of_work
        from core.identity.services import create_token, find_user

        with app.app_context(), unit_of_work():
            user = find_user(login)
            if user is None:
                raise LookupError(f"there is no user {login!r}")
            key = create_token(user, "test", scopes=scopes).key
        client = app.test_client()
        client.csrf = False
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return client

    return make


@pytest.fixture
def work(app: Any) -> Callable[..., AbstractContextManager[Any]]:
    """`with work("user1") as actor:` one unit of work in the app's context, as this user; without a name, as the system."""

    @contextmanager
    def begin(login: str | None = None) -> Iterator[Any]:
        from core.access import Actor
        from core.access.actors import actor_of
        from core.db import unit_of_work
        from core.identity.services import find_user

        with app.app_context():
            user = find_user(login) if login else None
            actor = actor_of(user.id) if user else Actor.system()
            if login and (user is None or actor is None):
                raise LookupError(f"there is no user {login!r} who may act")
            with unit_of_work(actor.user_id if actor else None):
                yield actor

    return begin


@pytest.fixture
def world(app: Any) -> World:
    """The world (core.testing.world), in the database of this test's app."""
    return read_world(app)
