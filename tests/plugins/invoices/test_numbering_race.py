"""Invoice numbers under many writers in two processes: a small race; the full one is `python -m benchmarks.numbering`."""

import pytest

from benchmarks.numbering import race


def check(result):
    assert result.faults() == 0, result
    assert result.given > 0


def test_writers_on_sqlite_leave_no_double_and_no_gap_even_when_some_are_killed(tmp_path):
    check(race(f"sqlite:///{tmp_path / 'numbers.db'}", tmp_path, writers=16, each=10, kills=1))


@pytest.mark.postgres
def test_writers_on_postgresql_leave_no_double_and_no_gap_even_when_some_are_killed(tmp_path, postgres, cartera_run):
    url = postgres.create(f"numbers_{cartera_run.worker}")
    check(race(url, tmp_path, writers=16, each=10, kills=1))
    postgres.drop(f"numbers_{cartera_run.worker}")
