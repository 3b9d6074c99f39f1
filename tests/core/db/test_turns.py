"""Writers of an SQLite file take turns."""

import subprocess
import sys
import threading

import pytest
from sqlalchemy import create_engine, text

from core.db.engine import prepare
from core.db.turns import Turns


@pytest.fixture
def turns(tmp_path):
    turns = Turns(str(tmp_path / "x.db-writer"))
    yield turns
    turns.close()


def test_turns_come_in_the_order_of_asking(turns):
    order, threads = [], []
    assert turns.take()

    def ask(number):
        turns.take()
        order.append(number)
        turns.give()

    for number in range(5):
        threads.append(threading.Thread(target=ask, args=(number,)))
        threads[-1].start()
        while len(turns._waiting) <= number:
            threading.Event().wait(0.001)
    turns.give()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_whoever_waits_too_long_is_told_and_leaves_the_queue(turns):
    assert turns.take()
    assert not turns.take(seconds=0.01)
    turns.give()
    assert turns.take(seconds=0.01)
    turns.give()


def test_a_killed_process_gives_its_turn_away(turns):
    code = f"from core.db.turns import Turns; Turns({turns.path!r}).take(); print('has it', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"has it\n"
        other.kill()
        assert turns.take()
        turns.give()


def test_a_writing_transaction_takes_a_turn_and_gives_it_back_however_it_ends(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    prepare(engine)

    def write(statement):
        with engine.connect().execution_options(write=True) as connection, connection.begin():
            connection.execute(text(statement))

    write("CREATE TABLE t (n int UNIQUE)")
    write("INSERT INTO t VALUES (1)")
    with pytest.raises(Exception, match="UNIQUE"):
        write("INSERT INTO t VALUES (1)")
    write("INSERT INTO t VALUES (2)")
    engine.dispose()


def test_a_turn_that_can_not_be_taken_is_not_lost(tmp_path, monkeypatch):
    turns = Turns(str(tmp_path / "missing" / "x.db-writer"))
    with pytest.raises(OSError, match="missing"):
        turns.take()
    (tmp_path / "missing").mkdir()
    assert turns.take(0.5)
    monkeypatch.setattr("core.db.turns.fcntl.flock", lambda *_: (_ for _ in ()).throw(OSError("no locks")))
    with pytest.raises(OSError, match="no locks"):
        turns.give()
    with pytest.raises(OSError, match="no locks"):
        turns.take(0.5)
    monkeypatch.undo()
    assert turns.take(0.5)
    turns.give()
    turns.close()
