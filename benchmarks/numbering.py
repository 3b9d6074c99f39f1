"""Invoice numbers under many writers: doubles, gaps, lost acknowledgements, refusals, numbers per second.

    python -m benchmarks.numbering                    16 writers × 500 in two processes, SQLite and PostgreSQL
    python -m benchmarks.numbering --each 50 --kills 3

Writers abort a tenth of their transactions after the number was taken, type the next number by hand in a twentieth, and date another
twentieth a day too early; all three may be refused, and none may leave a trace. With `--kills` one of the processes is killed (-9) that
often and replaced. Only what was committed may count: the answer of each commit is written down before the next begins.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from core.db import db
from core.db.engine import prepare
from core.identity.models import User
from plugins.invoices.numbering import (
    EarlierDate,
    Numbering,
    NumberTaken,
    claim_typed_number,
    next_number,
    take_number,
    unexplained_gaps,
)
from plugins.invoices.numbering_models import Number, Series, Tombstone
from plugins.invoices.pattern import parse_pattern

RULES = Numbering(pattern=parse_pattern("15/[1000]"))


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of a race: `given` numbers, so many `per_second`, 99 of 100 within `p99_ms`. All counts of faults must be 0; `said` is
    what a user would have read."""

    database: str
    given: int
    doubles: int
    gaps: int
    inversions: int
    acknowledged_lost: int
    refusals: int
    per_second: float
    p99_ms: float
    longest_ms: float
    said: tuple[str, ...] = ()

    def faults(self) -> int:
        """How many promises were broken."""
        return self.doubles + self.gaps + self.inversions + self.acknowledged_lost + self.refusals


def race(url: str, folder: Path, *, writers: int = 16, processes: int = 2, each: int = 500, kills: int = 0) -> Result:
    """Let writers take numbers on the database at `url`, which holds none yet, and look at what they left. Logs go to `folder`."""
    engine = connect(url, writers)
    db.metadata.create_all(engine, tables=[model.__table__ for model in (User, Series, Number, Tombstone)])  # type: ignore[attr-defined]
    logs = [folder / f"writers-{number}.log" for number in range(processes)]
    per_process = writers // processes
    running = [_start(url, log, threads=per_process, attempts=per_process * each) for log in logs]
    for _kill in range(kills):
        _wait_for_progress(logs[0], running[0])
        running[0].kill()
        running[0].wait()
        left = per_process * each - len(logs[0].read_text().splitlines())
        running[0] = _start(url, logs[0], threads=per_process, attempts=max(left, 0))
    failed = sum(process.wait() != 0 for process in running)
    result = _look(engine, logs, failed)
    engine.dispose()
    return result


def connect(url: str, writers: int) -> Engine:
    """An engine set up as the product's."""
    engine = create_engine(url, pool_size=writers, **({"connect_args": {"timeout": 30}} if url.startswith("sqlite") else {}))
    prepare(engine)
    return engine


def write(url: str, log: Path, *, threads: int, attempts: int) -> None:
    """One process of writers: `attempts` transactions in `threads` threads; each is a line of `log`: outcome, begin and end in seconds."""
    engine = connect(url, threads)
    left = iter(range(attempts))
    lock = threading.Lock()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def run(seed: int) -> None:
        chance = random.Random(seed)
        while True:
            with lock:
                if next(left, None) is None:
                    return
            what = chance.choices(["issue", "abort", "type", "early"], [80, 10, 5, 5])[0]
            day = _today() - timedelta(days=what == "early")
            begun = time.monotonic()  # one clock for all processes
            outcome = _attempt(engine, what, day)
            os.write(out, f"{outcome}\t{begun}\t{time.monotonic()}\n".encode())

    running = [threading.Thread(target=run, args=(os.getpid() + number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    engine.dispose()


def _today() -> date:
    """The date of an invoice: one for all processes, and midnight comes every two seconds."""
    return date(2026, 1, 1) + timedelta(days=int(time.time() / 2) % 300_000)


def _attempt(engine: Engine, what: str, day: date) -> str:
    """One transaction; gives "given NUMBER", "aborted", "early" or "taken", and "refused …" for what no user should ever see."""
    hint = ""
    if what == "type":
        with Session(engine) as session:
            hint = next_number(session, day, rules=RULES)
    with Session(engine) as session:
        try:
            session.connection(execution_options={"write": True})
            number = claim_typed_number(session, hint, day, rules=RULES) if hint else take_number(session, day, rules=RULES)
            if what == "abort":
                session.rollback()
                return "aborted"
            session.commit()
        except EarlierDate:
            return "early"
        except NumberTaken:
            return "taken"
        except Exception as problem:  # noqa: BLE001 - whatever a user would see is what is counted
            return f"refused {type(problem).__name__}: {problem}".replace("\n", " ").replace("\t", " ")
    return f"given {number}"


def _start(url: str, log: Path, *, threads: int, attempts: int) -> "subprocess.Popen[bytes]":
    log.touch()
    command = [sys.executable, "-m", "benchmarks.numbering", "--write", url, str(log), str(threads), str(attempts)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[1])


def _wait_for_progress(log: Path, process: "subprocess.Popen[bytes]") -> None:
    """Until some more outcomes are written, so that a kill hits writers at work."""
    enough = log.stat().st_size + random.randrange(100, 2000)
    while log.stat().st_size < enough and process.poll() is None:
        time.sleep(0.005)


def _look(engine: Engine, logs: list[Path], failed: int) -> Result:
    lines = [line.split("\t") for log in logs for line in log.read_text().splitlines()]
    outcomes, begun, ended = [line[0] for line in lines], [float(line[1]) for line in lines], [float(line[2]) for line in lines]
    acknowledged = [outcome.removeprefix("given ") for outcome in outcomes if outcome.startswith("given ")]
    with Session(engine) as session:
        numbers = session.scalars(select(Number.number)).all()
        after = session.scalar(select(Series.next)) or RULES.pattern.first
        below = session.execute(select(Number.position, Number.day).where(Number.position < after).order_by(Number.position)).all()
        gaps = len(list(unexplained_gaps(session)))
    positions, days = [row.position for row in below], [row.day for row in below]
    waits = sorted(end - begin for begin, end in zip(begun, ended, strict=True))
    return Result(
        database=engine.dialect.name,
        given=len(numbers),
        doubles=len(numbers) - len(set(numbers)) + len(acknowledged) - len(set(acknowledged)),
        gaps=gaps + (positions != list(range(RULES.pattern.first, after))),
        inversions=sum(later < earlier for earlier, later in pairwise(days)),
        acknowledged_lost=len(set(acknowledged) - set(numbers)),
        refusals=failed + sum(outcome.startswith("refused") for outcome in outcomes),
        per_second=round(len(numbers) / (max(ended) - min(begun)), 1),
        p99_ms=round(1000 * waits[len(waits) * 99 // 100], 1),
        longest_ms=round(1000 * waits[-1], 1),
        said=tuple({outcome for outcome in outcomes if outcome.startswith("refused")})[:5],
    )


@contextmanager
def databases(names: list[str]) -> Iterator[Iterator[tuple[str, Path]]]:
    """Empty databases of these kinds, one after the other: (address, folder for logs)."""
    from core.testing.parts import postgres
    from core.testing.parts.run import Run

    with tempfile.TemporaryDirectory(prefix="cartera-numbers-") as folder:

        def each() -> Iterator[tuple[str, Path]]:
            for name in names:
                here = Path(folder) / name
                here.mkdir()
                if name == "sqlite":
                    yield f"sqlite:///{here / 'numbers.db'}", here
                else:
                    yield postgres.start(Run(folder=here, owner=os.getpid(), worker="main")).url(), here

        yield each()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=500, help="transactions of each of the 16 writers")
    parser.add_argument("--kills", type=int, default=0, help="how often one of the two processes is killed and replaced")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--write", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.write:
        url, log, threads, attempts = args.write
        write(url, Path(log), threads=int(threads), attempts=int(attempts))
        return 0
    faults = 0
    with databases(args.database or ["sqlite", "postgresql"]) as found:
        for url, folder in found:
            result = race(url, folder, each=args.each, kills=args.kills)
            print(json.dumps(asdict(result)))
            faults += result.faults()
    return 1 if faults else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
