"""The stage of a record contract: who is there, which records there are, and how a class says what can't be made up.

It is set once per class, through the verbs that pages use, and each test finds a fresh copy of it.
"""

import hashlib
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.testing.apps import PASSWORD, fill, template_of
from core.testing.databases import Database, Databases
from core.testing.world import World, join, read_world

from .html import Page
from .made_up import is_empty, made_up

ROWS = 56
"""Ordinary records besides the four that tests name."""
NEVER = 2_000_000_000
"""An id that no record ever had."""
ONLOOKER = "onlooker1"
"""Has CRM View, nothing else; what he belongs to the parts of the world say."""
VOLATILE = ("core_api_token", "core_session", "core_limit", "core_progress", "core_counter", "core_job", "core_once_key")
"""Tables that say when somebody was there, not what he changed."""
_FAILED: dict[tuple[str, str], Exception] = {}
"""Stages that could not be set: told once at length, then in a line."""
PLACES = ("mine", "seen", "hidden", "trashed")


@dataclass(frozen=True)
class Staged:
    """What a test finds: the record type, and the ids of the records that stand for something."""

    app: Any
    rt: Any
    world: World
    ids: Mapping[str, int]
    rows: Sequence[int]

    @property
    def mine(self) -> int:
        """A record that the editor may change and the deleter may delete."""
        return self.ids["mine"]

    @property
    def seen(self) -> int:
        """A record that the reader sees and may not change."""
        return self.ids["seen"]

    @property
    def trashed(self) -> int:
        """A record that would be `mine`, in the trash."""
        return self.ids["trashed"]

    @property
    def out_of_sight(self) -> list[int]:
        """Records that are not there for the reader: those that he has no right to, and one in the trash."""
        return [self.ids[place] for place in ("hidden", "trashed") if place in self.ids]

    def url(self, *parts: Any) -> str:
        """An address of the record type: `url()` its list, `url(5, "edit")` a page of a record."""
        return "/".join([self.rt.url, *map(str, parts)]) if parts else f"{self.rt.url}/"

    @property
    def plural(self) -> str | None:
        """What it is called in REST; None when REST does not show it."""
        return next((name for name, rt in self.app.extensions["cartera"].parts["rest"].items() if rt is self.rt), None)

    @property
    def other_scopes(self) -> list[str]:
        """What plugins let tokens be good for besides reading and changing."""
        from core.identity.tokens import OWN_SCOPES, token_scopes

        with self.app.app_context():
            return [name for name in token_scopes() if name not in {scope.name for scope in OWN_SCOPES}]

    def row(self, record_id: int) -> dict[str, Any]:
        """The row as it lies in the database, in the trash or not."""
        from sqlalchemy import select

        from core.db import db

        table = self.rt.model.__table__
        with self.app.app_context():
            return dict(db.session.execute(select(table).where(table.c.id == record_id)).mappings().one())

    def count(self) -> int:
        """How many rows there are, the trash included."""
        from sqlalchemy import func, select

        from core.db import db

        with self.app.app_context():
            return int(db.session.scalar(select(func.count()).select_from(self.rt.model.__table__)) or 0)

    def set(self, record_id: int, **values: Any) -> None:
        """Write values past all checks, as they may have come in by whatever way; keys for search and order are kept up."""
        from core.db import db, unit_of_work

        with self.app.app_context(), unit_of_work():
            record = db.session.get_one(self.rt.model, record_id)
            for name, value in values.items():
                setattr(record, name, value)

    def title(self, record_id: int) -> str:
        """What a record is called."""
        from core.db import db

        with self.app.app_context():
            return str(self.rt.title_of(db.session.get_one(self.rt.model, record_id)))

    def fingerprint(self) -> dict[str, str]:
        """Table → hash of all its rows, without the VOLATILE ones: equal before and after whatever changed nothing."""
        return fingerprint(self.app)


def fingerprint(app: Any) -> dict[str, str]:
    """Table → hash of all its rows, without the VOLATILE ones."""
    from sqlalchemy import select

    from core.db import db

    out = {}
    with app.app_context():
        for table in db.metadata.sorted_tables:
            if table.name.startswith(VOLATILE) or table.name.partition("_")[0] not in {"core", *app.extensions["cartera"].addons.names}:
                continue
            rows = sorted(repr(tuple(row)) for row in db.session.execute(select(table)))
            out[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return out


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The tables that differ."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def steady(app: Any) -> None:
    """Keep what is looked up once a second from being looked up at a moment of its own: for counting statements."""
    cartera = app.extensions["cartera"]
    cartera.parts["versioned"]._checked = time.monotonic() + 3600
    cartera.addons.states._next = time.monotonic() + 3600


class Stage:
    """What a subclass says of its record type. Most have defaults that fit what hangs on the records that have `places`."""

    record_type: str = ""
    addons: Sequence[Path | str] = ()
    """Folders of plugins besides the bundled ones."""
    editor = "user1"
    """Creates records, and changes `mine`."""
    deleter = "manager1"
    """Deletes `mine`, and restores it."""
    reader = "user1"
    """Sees `mine` and `seen`, may not change `seen`, and does not see `hidden`."""
    hides = True
    """False for lists that everybody with CRM View reads: nothing of them is ever out of a reader's sight but the trash."""
    leave_out: Collection[str] = ()
    """Fields that tests leave alone: what stands in them follows from rules of its own."""
    computed: Collection[str] = ()
    """Fields that the record type may change by itself when another is saved."""

    def values(self, world: World, place: str, n: int) -> dict[str, Any]:
        """What can't be made up of the record number `n`, as REST takes it.

        `place` is "mine", "seen", "hidden" or "trashed" (as mine). By default what the record hangs on (`Part.places`).
        """
        from core.records.catalogue import record_type

        return world.lying("mine" if place == "trashed" else place, record_type(self.record_type).fields)

    def __init_subclass__(cls, **kw: Any) -> None:
        super().__init_subclass__(**kw)
        if cls.record_type:  # one worker sets the stage and plays on it: nobody waits for it meanwhile
            marks = cls.__dict__.get("pytestmark", [])
            cls.pytestmark = [*(marks if isinstance(marks, list) else [marks]), pytest.mark.xdist_group(f"{cls.__module__}.{cls.__name__}")]

    # --- fixtures ------------------------------------------------------------------------------------------------------------------

    @pytest.fixture
    def app_settings(self) -> Mapping[str, Any]:
        return {"addons": tuple(map(Path, self.addons))} if self.addons else {}

    @pytest.fixture
    def database(self, request: pytest.FixtureRequest, databases: Databases, app_settings: Mapping[str, Any]) -> Database:
        """A fresh copy of this class's stage."""
        kind = getattr(request, "param", "sqlite")
        name = f"cartera_{databases.run.worker}"

        def grow(made: Database) -> None:
            world = template_of(databases, kind, app_settings, world=True)
            source = databases.copy(world, made.data_dir, made.data_dir.name.removesuffix(f"_{kind}"))
            fill(source, app_settings, self._set)

        key = f"stage_{type(self).__name__}_{self.record_type}"
        if (kind, key) in _FAILED:
            pytest.fail(f"the stage of {self.record_type} could not be set: {_FAILED[kind, key]!r}", pytrace=False)
        try:
            template = databases.template(kind, key, app_settings, grow)
        except Exception as error:
            _FAILED[kind, key] = error
            raise
        return databases.copy(template, databases.run.folder / f"{name}_{kind}", name)

    @pytest.fixture
    def stage(self, app: Any, world: World) -> Staged:
        """The record type and its records."""
        from sqlalchemy import select

        from core.db import db

        rt = app.extensions["cartera"].record_types[self.record_type]
        with app.app_context():
            ids = list(db.session.scalars(select(rt.model.id).order_by(rt.model.id)))
        places = [place for place in PLACES if self.hides or place != "hidden"]
        made = ids[-len(places) - ROWS :]
        return Staged(app=app, rt=rt, world=world, ids=dict(zip(places, made, strict=False)), rows=made[len(places) :])

    # --- making records ------------------------------------------------------------------------------------------------------------

    def _set(self, app: Any) -> None:
        """Make the people and the records, once."""
        from core.access.actors import actor_of
        from core.addons.runtime import runtime
        from core.db import unit_of_work
        from core.records.services import delete_record

        world = read_world(app)
        with app.app_context():
            with unit_of_work():
                _make_onlooker()
            rt = runtime().record_types[self.record_type]
            with unit_of_work():
                for number, place in enumerate(place for place in PLACES if self.hides or place != "hidden"):
                    by = self.editor if place in ("mine", "trashed") else "admin"
                    record = self.make(rt, world, place, number, by)
                    if place == "trashed":
                        delete_record(rt, record, actor_of(world.users["admin"]))
                for n in range(ROWS):
                    self.make(rt, world, ("mine", "seen")[n % 2], n + 10, "admin")

    def make(self, rt: Any, world: World, place: str, n: int, by: str) -> Any:
        """Create a record through the verb of all pages, as the user `by`."""
        from core.access.actors import actor_of
        from core.fields import Reading
        from core.identity.services import find_user
        from core.records.as_json import values_of
        from core.records.services import create_record

        user = find_user(by)
        actor = actor_of(user.id) if user else None
        assert actor is not None, by
        return create_record(rt, values_of(rt, self.body(rt, world, place, n), Reading(actor=actor, source="json")), actor)

    def body(self, rt: Any, world: World, place: str, n: int) -> dict[str, Any]:
        """A whole new record as REST takes it."""
        out = {}
        for position, f in enumerate(rt.fields):
            if f.written and f.form and f.api and f.name not in self.leave_out and not is_empty(f, n, position):
                value = made_up(f, n)
                if value is not None:
                    out[f.name] = value
        return {**out, **self.values(world, place, n)}

    def text_fields(self, rt: Any) -> list[Any]:
        """The fields of free text in the form: those that any text may be typed into."""
        from core.fields import kinds

        plain = (kinds.Text, kinds.Multiline)
        return [f for f in rt.fields if type(f.kind) in plain and f.form and f.written and f.name not in self.leave_out]

    def filled_form(self, stage: Staged, client: Any, n: int = 700) -> Any:
        """What a browser would send after somebody has filled in the form of a new record. Override it for a form of your own."""
        from core.fields import Reading, Refs, Writing
        from core.fields.kinds import Flag

        data = Page(client.get(stage.url("new")).text).form().data
        with stage.app.test_request_context():
            reading = Reading(actor=None, source="json")  # type: ignore[arg-type] - no references are looked up here
            for name, value in self.body(stage.rt, stage.world, "mine", n).items():
                f = next((f for f in stage.rt.fields if f.name == name and f.form), None)
                if f is None:
                    continue
                if isinstance(f.kind, Refs):
                    data.setlist(name, [str(v) for v in value])
                elif isinstance(f.kind, Flag):
                    data.setlist(name, ["1"] if value else [])
                elif f.kind.filter == "ref":
                    data[name] = str(value)
                else:
                    data[name] = f.kind.text(f.kind.parse(value, reading), Writing(locale="en", timezone="UTC")).replace("\n", "\r\n")
        return data


def _make_onlooker() -> None:
    from core.identity.profiles import create_profile
    from core.identity.services import create_user

    profile = create_profile("Reader", ["CR"])
    create_user(ONLOOKER, email="onlooker1@example.com", password=PASSWORD, profiles=[(profile.id, None)])
    join(ONLOOKER)


def pages_of(stage: Staged, record_id: int) -> Iterator[tuple[str, str]]:
    """The addresses of one record, as (method, address): for those who are to find nothing there."""
    for name in ("", "edit", "delete", "access"):
        yield "GET", stage.url(record_id, name) if name else stage.url(record_id)
    for tab in ("activity", "files", "history"):
        yield "GET", f"{stage.url(record_id)}?tab={tab}"
    for name in ("edit", "delete", "restore"):
        yield "POST", stage.url(record_id, name)
    yield "POST", f"/files/{stage.rt.name}/{record_id}"
    yield "POST", f"/activity/{stage.rt.name}/{record_id}"
