"""The migration runner: a version table per plugin, with data in it, on SQLite and PostgreSQL."""

import os
import shutil
import textwrap
import threading
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, inspect, text

from core.addons import loader
from core.db import db, migrate, revisions
from core.db.engine import prepare

MODELS = """
    from datetime import datetime
    from decimal import Decimal
    from sqlalchemy import ForeignKey, Index
    from sqlalchemy.orm import Mapped, mapped_column
    from core.db import JsonDict, db, plugin_base, search_column, sort_column

    FREE = db.text("cost IS NULL")

    class Visit(plugin_base("{name}")):
        id: Mapped[int] = mapped_column(primary_key=True)
        where: Mapped[str]
        where_key: Mapped[str] = sort_column("where")
        search_text: Mapped[str] = search_column("where")
        cost: Mapped[Decimal | None]
        at: Mapped[datetime]
        more: Mapped[dict] = mapped_column(JsonDict, default=dict, server_default="{{}}")
        {extra}
        __table_args__ = (
            Index("uq_{name}_visit_where", "where", unique=True, sqlite_where=FREE, postgresql_where=FREE),
            {{"sqlite_autoincrement": True}},
        )

    class Note(plugin_base("{name}")):
        id: Mapped[int] = mapped_column(primary_key=True)
        visit_id: Mapped[int] = mapped_column(ForeignKey("{name}_visit.id"), index=True)
"""
BOSS = 'boss_id: Mapped[int | None] = mapped_column(ForeignKey("visits_visit.id"))'  # SQLite has to copy the table for it
INIT = """
    from core.hookspecs import hookimpl

    @hookimpl
    def models():
        from .models import Note, Visit
        return [Visit, Note]
"""


pytestmark = pytest.mark.usefixtures("forget_plugins")


@pytest.fixture
def plugin(tmp_path):
    """Write (or write anew, with a column more) a plugin with two tables; gives its folder."""

    def write(name="visits", extra="", needs=()):
        folder = tmp_path / "addons" / name
        folder.mkdir(parents=True, exist_ok=True)
        needs = ", ".join(f'"{n}"' for n in needs)
        (folder / "manifest.toml").write_text(f'name = "{name}"\ntitle = "V"\nversion = "1"\ncore = ">=1"\ndepends = [{needs}]\n')
        (folder / "__init__.py").write_text(textwrap.dedent(INIT))
        (folder / "models.py").write_text(textwrap.dedent(MODELS.format(name=name, extra=extra)))
        shutil.rmtree(folder / "__pycache__", ignore_errors=True)
        if name in loader._resident:
            loader.forget(name)
        return folder

    return write


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.setattr(revisions, "CORE", revisions.Source(name="core", folder=tmp_path / "no-core"))
    return lambda: loader.load([tmp_path / "addons"], bundled=None, installed=False)


@pytest.fixture
def sqlite(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/m.db", poolclass=NullPool)
    prepare(engine)
    return engine


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request, sqlite):
    if request.param == "sqlite":
        return sqlite
    return create_engine(request.getfixturevalue("postgres").create(f"migrate_{os.getpid()}"), poolclass=NullPool)


INSERT = """INSERT INTO visits_visit (id, "where", where_key, search_text, cost, at, more)
    VALUES ({0}, 'w{0}', 'w', 'somewhere {0}', 1, 1, '{{}}')"""


def _fill(engine, ids):
    with engine.begin() as c:
        for i in ids:
            c.exec_driver_sql(INSERT.format(i))
            c.exec_driver_sql(f"INSERT INTO visits_note (id, visit_id) VALUES ({i}, {i})")


def _count(engine, table):
    with engine.connect() as c:
        return c.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()


def _found(engine, part):
    with engine.connect() as c:
        query = text("SELECT rowid FROM visits_visit_fts WHERE search_text MATCH :q ORDER BY 1")
        return c.execute(query, {"q": f'"{part}"'}).scalars().all()


def test_a_first_revision_is_written_from_the_models_with_plain_types(plugin, load):
    folder = plugin()
    path = migrate.revision(load(), "visits", "start")
    assert path == folder / "migrations" / "versions" / "visits_0001_start.py"
    written = path.read_text()
    assert "sa.Column('cost', sa.BigInteger(), nullable=True)" in written
    assert "sa.Column('at', sa.BigInteger(), nullable=False)" in written
    assert "postgresql.JSONB" in written
    assert "sqlite_autoincrement=True" in written
    assert "create_search_index(op, 'visits_visit')" in written
    assert "core.db.types" not in written
    assert migrate.revision(load(), "visits", "again") is None


def test_upgrade_makes_tables_that_agree_with_the_models(plugin, load, engine):
    plugin()
    addons = load()
    migrate.revision(addons, "visits", "start")
    [outcome] = migrate.upgrade_all(engine, addons)
    assert (outcome.before, outcome.after, outcome.error) == (None, "visits_0001", "")
    assert migrate.model_diff(engine, revisions.source_of(addons["visits"])) == []
    assert migrate.upgrade_all(engine, addons)[0].changed is False
    assert revisions.pending(engine, addons) == []


def test_a_column_more_keeps_rows_what_hangs_on_them_search_and_numbering(plugin, load, engine):
    plugin()
    migrate.revision(load(), "visits", "start")
    migrate.upgrade_all(engine, load())
    _fill(engine, range(1, 6))
    plugin(extra='size: Mapped[int] = mapped_column(server_default="7")\n        ' + BOSS)
    addons = load()
    source = revisions.source_of(addons["visits"])
    assert "visits_visit.size" in migrate.model_diff(engine, source)[0]
    path = migrate.revision(addons, "visits", "size")
    assert path.name == "visits_0002_size.py"
    [outcome] = migrate.upgrade_all(engine, addons)
    assert outcome.error == ""
    assert migrate.model_diff(engine, source) == []
    assert (_count(engine, "visits_visit"), _count(engine, "visits_note")) == (5, 5)
    if engine.dialect.name == "sqlite":
        with engine.begin() as c:
            c.exec_driver_sql("DELETE FROM visits_note WHERE id = 5")
            c.exec_driver_sql("DELETE FROM visits_visit WHERE id = 5")
            c.exec_driver_sql(INSERT.format("NULL").replace("wNULL", "new").replace("somewhere NULL", "elsewhere"))
            assert c.exec_driver_sql("SELECT id FROM visits_visit WHERE \"where\" = 'new'").scalar() == 6  # AUTOINCREMENT outlived the copy
        assert _found(engine, "ewhere") == [1, 2, 3, 4, 6]  # and so did the triggers


def test_indexes_on_custom_fields_outlive_a_copy(plugin, load, sqlite):
    plugin()
    migrate.revision(load(), "visits", "start")
    migrate.upgrade_all(sqlite, load())
    with sqlite.begin() as c:
        c.exec_driver_sql("CREATE INDEX ix_cf_visits_visit_1 ON visits_visit (json_extract(more, '$.f1'))")
    plugin(extra=BOSS)
    migrate.revision(load(), "visits", "boss")
    migrate.upgrade_all(sqlite, load())
    with sqlite.connect() as c:
        names = c.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'visits_visit'").scalars().all()
    assert "ix_cf_visits_visit_1" in names
    assert "uq_visits_visit_where" in names
    assert migrate.model_diff(sqlite, revisions.source_of(load()["visits"])) == []


def test_down_to_nothing_and_up_again(plugin, load, engine):
    plugin()
    addons = load()
    migrate.revision(addons, "visits", "start")
    migrate.upgrade_all(engine, addons)
    migrate.downgrade(engine, revisions.source_of(addons["visits"]))
    assert [t for t in inspect(engine).get_table_names() if t.startswith("visits")] == []
    migrate.upgrade_all(engine, addons)
    assert revisions.current(engine, revisions.source_of(addons["visits"])) == "visits_0001"


def test_a_failing_migration_is_undone_and_stops_only_what_needs_it(plugin, load, engine, caplog):
    for name, needs in (("visits", ()), ("above", ("visits",)), ("other", ())):
        plugin(name, needs=needs)
    addons = load()
    for name in addons.names:
        migrate.revision(addons, name, "start")
    path = next((Path(addons["visits"].path) / "migrations" / "versions").glob("*.py"))
    path.write_text(path.read_text().replace("def downgrade", '    op.execute("this is no SQL")\n\n\ndef downgrade'))
    outcomes = {o.name: o for o in migrate.upgrade_all(engine, addons)}
    assert "no SQL" in outcomes["visits"].error
    assert outcomes["above"].error == "waits for visits, which failed"
    assert outcomes["other"].after == "other_0001"
    tables = inspect(engine).get_table_names()
    assert "visits_visit" not in tables
    assert "other_visit" in tables


def test_a_plugin_whose_folder_is_gone_stops_nobody_and_is_named(plugin, load, engine):
    gone = plugin()
    plugin("other")
    addons = load()
    for name in addons.names:
        migrate.revision(addons, name, "start")
    migrate.upgrade_all(engine, addons)
    _fill(engine, (1, 2))
    shutil.rmtree(gone)
    loader.forget("visits")
    plugin("third")
    addons = load()
    migrate.revision(addons, "third", "start")
    assert [(o.name, o.error, o.changed) for o in migrate.upgrade_all(engine, addons)] == [("other", "", False), ("third", "", True)]
    assert revisions.left_behind(engine, addons) == {"visits": 4}
    assert _count(engine, "visits_visit") == 2


def test_a_database_that_is_newer_than_the_folder_says_what_to_do(plugin, load, engine):
    folder = plugin()
    addons = load()
    migrate.revision(addons, "visits", "start")
    migrate.revision(addons, "visits", "later", empty=True)
    migrate.upgrade_all(engine, addons)
    (folder / "migrations" / "versions" / "visits_0002_later.py").unlink()
    [outcome] = migrate.upgrade_all(engine, addons)
    assert "revision visits_0002 of visits" in outcome.error
    assert "install the newer version" in outcome.error


def test_two_processes_that_upgrade_at_once_take_turns(plugin, load, engine):
    plugin()
    addons = load()
    migrate.revision(addons, "visits", "start")
    outcomes = []
    threads = [threading.Thread(target=lambda: outcomes.extend(migrate.upgrade_all(engine, addons))) for _ in range(3)]
    # Alembic's `op` is one per process: threads stand for processes here, and the lock keeps them apart.
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert [o.error for o in outcomes] == ["", "", ""]
    assert sum(o.changed for o in outcomes) >= 1


def test_autogenerate_never_touches_what_others_own(plugin, load, sqlite):
    plugin()
    addons = load()
    with sqlite.begin() as c:
        c.exec_driver_sql("CREATE TABLE strangers_table (id INTEGER)")
    migrate.revision(addons, "visits", "start")
    migrate.upgrade_all(sqlite, addons)
    assert migrate.model_diff(sqlite, revisions.source_of(addons["visits"])) == []


def test_a_migration_that_breaks_a_foreign_key_is_undone(plugin, load, sqlite):
    folder = plugin()
    addons = load()
    migrate.revision(addons, "visits", "start")
    migrate.upgrade_all(sqlite, addons)
    _fill(sqlite, (1,))
    path = migrate.revision(addons, "visits", "bad", empty=True)
    path.write_text(path.read_text().replace("pass", "op.execute('DELETE FROM visits_visit')", 1))
    assert path.parent.parent.parent == folder
    [outcome] = migrate.upgrade_all(sqlite, addons)
    assert "visits_note → visits_visit" in outcome.error
    assert _count(sqlite, "visits_visit") == 1


def test_search_finds_parts_of_words_after_every_kind_of_change(plugin, load, sqlite):
    plugin()
    migrate.revision(load(), "visits", "start")
    migrate.upgrade_all(sqlite, load())
    _fill(sqlite, (1, 2, 3))

    with sqlite.begin() as c:
        c.exec_driver_sql("UPDATE visits_visit SET search_text = 'a garden' WHERE id = 2")
        c.exec_driver_sql("DELETE FROM visits_note WHERE id = 3")
        c.exec_driver_sql("DELETE FROM visits_visit WHERE id = 3")
    assert _found(sqlite, "mewher") == [1]
    assert _found(sqlite, "arde") == [2]


def test_the_cores_metadata_is_left_alone(plugin, load):
    plugin()
    load()
    assert "visits_visit" in db.metadata.tables
    loader.forget("visits")
    assert "visits_visit" not in db.metadata.tables
