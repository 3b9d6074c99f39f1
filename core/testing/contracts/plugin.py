"""`PluginContract`: what every plugin must do, as tests: load with no more than it needs, vanish without a trace, come back untouched.

class TestBirthdays(PluginContract):
    plugin = "birthdays"
    addons = ["…/addons/birthdays"]
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from core.testing.apps import fill, template_of
from core.testing.databases import Database, Databases

from .html import Page
from .stage import fingerprint
from .walk import owner_of_link, sample_address

_ALONE = """
import json, sys
from core.addons import loader
real = loader.load
loader.load = lambda folders=(), **kw: real(folders, **{**kw, "bundled": None, "installed": False, "strict": True})
from core.app import create_app
from core.cli import prepare
app = create_app({"data_dir": sys.argv[1], "jobs": "off", "addons": sys.argv[2:]}, testing=True)
prepare(app)
from core.testing.client import Client
app.test_client_class = Client
client = app.test_client().sign_in("admin")
cartera = app.extensions["cartera"]
pages = {rt.url: client.get(rt.url + "/").status_code for rt in cartera.record_types.values()}
foreign = sorted({name.split(".")[1] for name in sys.modules if name.startswith("plugins.")} - set(cartera.addons.names))
print(json.dumps({"names": cartera.addons.names, "pages": pages, "foreign": foreign, "home": client.get("/").status_code}))
"""

OFTEN = ("GET", "POST", "DELETE")
"""Methods that each address is asked by, besides those it has."""


class PluginContract:
    """Subclass it and set `plugin`; `addons` are folders of plugins besides the bundled ones."""

    plugin: str = ""
    addons: Sequence[Path | str] = ()

    def fill(self, app: Any) -> None:
        """Make data of the plugin: by default a record of each of its types."""
        from core.testing.factories import Factory

        numbers = count(1)
        for rt in self.types(app):
            Factory(app, rt.name, "admin", numbers)()

    # --- fixtures ------------------------------------------------------------------------------------------------------------------

    @pytest.fixture
    def app_settings(self) -> Mapping[str, Any]:
        return {"addons": tuple(map(Path, self.addons))} if self.addons else {}

    @pytest.fixture
    def database(self, request: pytest.FixtureRequest, databases: Databases, app_settings: Mapping[str, Any]) -> Database:
        """A fresh copy of the world with this plugin's data in it."""
        kind, name = getattr(request, "param", "sqlite"), f"cartera_{databases.run.worker}"

        def grow(made: Database) -> None:
            world = template_of(databases, kind, app_settings, world=True)
            fill(databases.copy(world, made.data_dir, made.data_dir.name.removesuffix(f"_{kind}")), app_settings, self.fill)

        template = databases.template(kind, f"plugin_{self.plugin}", app_settings, grow)
        return databases.copy(template, databases.run.folder / f"{name}_{kind}", name)

    @pytest.fixture
    def found(self, app: Any) -> Any:
        """The plugin as it was loaded."""
        return app.extensions["cartera"].addons[self.plugin]

    @pytest.fixture
    def switch(self, app: Any) -> Callable[[str], None]:
        """`switch("disabled")`: change the plugin's state; what needs it goes along."""

        def to(state: str) -> None:
            states = app.extensions["cartera"].addons.states
            with app.app_context():
                gone = [name for name in self.family(app) if not states.refresh().runs(name)]
                states.set_state(self.plugin, state, None, with_dependants=state == "disabled")
                for name in gone if state == "enabled" else ():
                    states.set_state(name, "enabled", None)

        return to

    # --- loading -------------------------------------------------------------------------------------------------------------------

    def test_it_loads_alone_with_what_it_needs(self, found: Any, app: Any, tmp_path: Path) -> None:
        addons = app.extensions["cartera"].addons
        needed = [*addons.needs(self.plugin), self.plugin]
        command = [sys.executable, "-W", "error", "-c", _ALONE, str(tmp_path), *(str(addons[name].path) for name in needed)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=_root())
        assert ran.returncode == 0, ran.stderr[-3000:]
        told = json.loads(ran.stdout.splitlines()[-1])
        assert told["names"] == needed
        assert not told["foreign"], "imported without being named in depends"
        assert told["home"] == 200
        assert told["pages"] == dict.fromkeys(told["pages"], 200)

    def test_nothing_is_wrong_with_it(self, found: Any, app: Any) -> None:
        from core.addons.check import check

        assert found.failure is None
        problems = [p for p in check(app, found.path) if "other users" not in p.what and "write" not in p.what]
        assert not problems, problems

    def test_its_manifest_says_what_people_read(self, found: Any) -> None:
        for name in ("title", "summary", "version", "section", "icon"):
            assert getattr(found.manifest, name), name
        assert found.manifest.url_prefixes
        assert all(prefix.startswith("/") for prefix in found.manifest.url_prefixes)

    @pytest.mark.both_databases
    def test_its_migrations_lead_to_its_models_and_back_to_nothing(self, found: Any, app: Any) -> None:
        from core.addons.drop import tables_of
        from core.db import db, migrate
        from core.db.revisions import source_of

        addons = app.extensions["cartera"].addons
        with app.app_context():
            engine = db.engine
        assert not migrate.model_diff(engine, source_of(found))
        others = {name: tables_of(engine, name) for name in addons.names if name not in self.family(app)}
        for name in reversed(self.family(app)):
            migrate.downgrade(engine, source_of(addons[name]), tell=lambda line: None)
            assert not tables_of(engine, name), name
        assert others == {name: tables_of(engine, name) for name in others}
        outcomes = migrate.upgrade_all(engine, addons, tell=lambda line: None)
        assert not [o for o in outcomes if o.error]
        assert not migrate.model_diff(engine, source_of(found))

    # --- states --------------------------------------------------------------------------------------------------------------------

    def test_disabled_none_of_its_addresses_answers(self, app: Any, as_user: Any, api_as: Any, switch: Any) -> None:
        gate, wrong = app.extensions["cartera_gate"], []
        addresses = [(rule, sample_address(app, rule)) for rule in app.url_map.iter_rules() if self.owns(app, rule.endpoint)]
        methods = set(OFTEN).union(*(rule.methods for rule, _address in addresses))
        assert addresses
        assert gate is not None
        switch("disabled")
        for login in ("admin", "user1"):
            client = as_user(login)
            never = {method: client.open("/no-such-thing", method=method).data for method in sorted(methods)}
            for rule, address in addresses:
                for method in sorted({*rule.methods, *OFTEN}):
                    answer = client.open(address, method=method)
                    if (answer.status_code, answer.data) != (404, never[method]):
                        wrong.append((login, method, address, answer.status_code))
        assert not wrong
        api = api_as("admin")
        never = api.get("/api/v1/no-such-thing").data
        for plural in self.plurals(app):
            for address in (f"/api/v1/{plural}", f"/api/v1/{plural}/1"):
                assert api.get(address).data == never, address
        described = api.get("/api/v1/openapi.json").json["paths"]
        assert not [path for path in described if path.split("/")[1] in self.plurals(app)]

    def test_disabled_no_page_of_others_shows_anything_of_it(self, app: Any, as_user: Any, switch: Any, work: Any) -> None:
        client = as_user("admin")
        before = self.links_to_it(app, client)
        if any(entry for plugin, entry in app.extensions["cartera"].addons.declared("menu_entries") if plugin == self.plugin):
            assert before, "its menu entry leads to none of its pages"
        switch("disabled")
        assert not self.links_to_it(app, client)
        with work():
            addons = app.extensions["cartera"].addons
            for hook in ("periodic_jobs", "job_kinds", "macros", "demo_data"):
                assert not [item for plugin, item in addons.running(hook) if plugin == self.plugin], hook

    def test_on_again_everything_is_as_it_was(self, app: Any, as_user: Any, switch: Any) -> None:
        client = as_user("admin")
        before, pages = fingerprint(app), self.texts(app, client)
        assert pages
        switch("disabled")
        switch("enabled")
        for name in self.family(app):
            with app.app_context():
                app.extensions["cartera"].addons.states.set_state(name, "enabled", None)
        after = fingerprint(app)
        assert [name for name in before if before[name] != after[name] and not name.startswith("core_addon")] == []
        assert self.texts(app, client) == pages

    def test_hidden_it_is_there_for_superadmins_alone(self, app: Any, as_user: Any, api_as: Any, switch: Any) -> None:
        switch("hidden")
        admin, user = as_user("admin"), as_user("manager1")
        never = user.get("/no-such-thing").data
        for rt in self.types(app):
            assert admin.get(f"{rt.url}/").status_code == 200, rt.name
            assert user.get(f"{rt.url}/").data == never, rt.name
        for plural in self.plurals(app):
            assert api_as("admin").get(f"/api/v1/{plural}").status_code == 200, plural
            assert api_as("manager1").get(f"/api/v1/{plural}").status_code == 404, plural
        assert not self.links_to_it(app, user, [self.plugin])

    def test_two_apps_in_one_process_each_have_their_own_state(
        self, app: Any, as_user: Any, another_database: Any, make_app: Any, app_settings: Mapping[str, Any]
    ) -> None:
        other = make_app(another_database(), **app_settings)
        address = f"{self.types(app)[0].url}/"
        with other.app_context():
            other.extensions["cartera"].addons.states.set_state(self.plugin, "disabled", None, with_dependants=True)
        assert other.test_client().sign_in("admin").get(address).status_code == 404
        assert as_user("admin").get(address).status_code == 200
        assert other.extensions["cartera"].record_types is not app.extensions["cartera"].record_types

    # --- helpers -------------------------------------------------------------------------------------------------------------------

    def family(self, app: Any) -> list[str]:
        """The plugin, and those that can't be without it, in order of their dependencies."""
        return [self.plugin, *app.extensions["cartera"].addons.needed_by(self.plugin)]

    def owns(self, app: Any, endpoint: str) -> bool:
        """Whether a page is this plugin's."""
        return bool(app.extensions["cartera"].addons.owner(endpoint) == self.plugin)

    def types(self, app: Any) -> list[Any]:
        """Its record types."""
        return [rt for rt in app.extensions["cartera"].record_types.values() if rt.plugin == self.plugin]

    def plurals(self, app: Any) -> list[str]:
        """What its record types are called in REST."""
        return [plural for plural, rt in app.extensions["cartera"].parts["rest"].items() if rt.plugin == self.plugin]

    def links_to_it(self, app: Any, client: Any, plugins: Sequence[str] = ()) -> set[tuple[str, str]]:
        """(page, link) of all pages outside the family that lead to `plugins`, or to any of the family: menu, tabs, columns, cards."""
        family: Sequence[str] = plugins or self.family(app)
        out = set()
        for address in self.pages_of_others(app):
            answer = client.get(address)
            for link in Page(answer.text).links if answer.status_code == 200 and answer.mimetype == "text/html" else ():
                if owner_of_link(app, link) in family and "/setup/" not in link:
                    out.add((address, link))
        return out

    def pages_of_others(self, app: Any) -> Iterator[str]:
        """Pages of the core, and lists and records of plugins outside the family."""
        yield from ("/", "/search?q=a", "/setup/", "/me")
        for rt in app.extensions["cartera"].record_types.values():
            if rt.plugin not in self.family(app):
                yield f"{rt.url}/"
                yield f"{rt.url}/statistics"
                yield f"{rt.url}/2"

    def texts(self, app: Any, client: Any) -> dict[str, str]:
        """What its lists and records say."""
        out = {}
        for rt in self.types(app):
            page = Page(client.get(f"{rt.url}/").text)
            out[rt.url] = page.text
            for record_id in page.rows[:1]:
                out[f"{rt.url}/{record_id}"] = Page(client.get(f"{rt.url}/{record_id}").text).text
        return out


def _root() -> Path:
    import core

    return Path(core.__file__).parents[1]
