"""What may be lost: its tables are made before their first use, by whoever comes first; starting an app asks nothing."""

import threading

import pytest
from sqlalchemy import inspect, select

from core.app import create_app
from core.db.runtime import metadata, runtime_engine, sessions


def test_create_app_asks_no_database(tmp_path, monkeypatch):
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "2")
    app = create_app({"database_url": "postgresql+psycopg://nobody@127.0.0.1:1/nothing", "data_dir": tmp_path, "jobs": "inline"}, testing=True)
    assert app.extensions["cartera"].record_types


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_several_that_come_first_at_once_all_find_the_tables(kind, another_database):
    database = another_database(kind, empty=True)
    url = database.url if kind == "postgresql" else f"sqlite:///{database.data_dir / 'runtime.db'}"
    engines = [runtime_engine(url) for _ in range(6)]
    if kind == "sqlite":
        assert not (database.data_dir / "runtime.db").exists()
    barrier, failed = threading.Barrier(len(engines)), []

    def ask(engine):
        barrier.wait()
        try:
            with engine.connect() as connection:
                assert connection.execute(select(sessions)).all() == []
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=ask, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert set(metadata.tables) <= set(inspect(engines[0]).get_table_names())
    for engine in engines:
        engine.dispose()
