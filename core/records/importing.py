"""An import, checked: a file and choices become rows ready to be written, and every problem by row and column. Nothing is written here.

The same for pages, command and job. A check passes over the file once to see what it holds, then again in parts (import_check.py). What is
ready waits in a temporary file, so that memory stays small; what refers to rows of the same file is settled at the end. Rights are
those of the create or edit that a row is (docs/access.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from flask_babel import gettext as _

from core.access import Actor, Forbidden
from core.fields import Reading

from .csv_layout import normal_header
from .csv_read import Shape, Unreadable, find_shape, records
from .import_check import RowChecks
from .import_columns import Matched, known_columns, match_columns
from .import_links import BAD, CHANGED, CREATED, SAME, SKIPPED, Links
from .import_options import Options, Problem, Progress, Ready
from .import_scan import Scan, corrected, fit, scan
from .import_spool import Spool
from .record_type import RecordType


@dataclass(kw_only=True)
class Checked:
    """What a check found; for a `with`. `states`: what becomes of each row by its number; `links`: what refers to rows of the same file."""

    rt: RecordType
    actor: Actor
    path: Path
    options: Options
    shape: Shape | None = None
    matched: Matched | None = None
    scan: Scan = field(default_factory=Scan)
    problems: list[Problem] = field(default_factory=list)
    states: bytearray = field(default_factory=bytearray)
    links: Links = field(default_factory=Links)
    long: dict[int, int] = field(default_factory=dict)
    """Rows with something beyond the header's last column: number → how many cells."""
    spool: Spool | None = None
    broken: int | None = None
    """The row from which on the file can't be read, if so; 0: not at all."""

    @property
    def blocked(self) -> bool:
        """The file as a whole can't be imported, not even its good rows."""
        return self.broken is not None or any(p.bad and p.row <= 1 for p in self.problems)

    @property
    def bad(self) -> int:
        """How many rows have problems."""
        return self.states.count(BAD)

    @property
    def created(self) -> int:
        """How many rows make a record."""
        return self.states.count(CREATED)

    @property
    def changed(self) -> int:
        """How many rows change one."""
        return self.states.count(CHANGED)

    @property
    def skipped(self) -> int:
        """How many rows are left out: duplicates, and those that change nothing."""
        return self.states.count(SKIPPED) + self.states.count(SAME)

    @property
    def may_write(self) -> bool:
        """Whether it can be imported as it was chosen: all rows, or the good ones."""
        return not self.blocked and (self.options.good_rows or not self.bad)

    def __enter__(self) -> "Checked":
        return self

    def __exit__(self, *_error: object) -> None:
        """Let go of the rows that wait."""
        if self.spool is not None:
            self.spool.close()

    def refuse(self, number: int, kind: str, message: str, *, name: str = "") -> None:
        """A row that looked good is not: noted, and not written."""
        assert self.matched is not None
        position = self.matched.position(name) if name else None
        column = self.matched.headers[position] if position is not None else ""
        self.problems.append(Problem(row=number, kind=kind, message=message, position=-1 if position is None else position, column=column))
        self.states[number] = BAD

    def ready(self) -> Iterator[list[Ready]]:
        """The rows to write, in parts."""
        for part in self.spool:
            yield [r for r in part if self.states[r.row] in (CREATED, CHANGED)]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """(number, cells) of the rows of the file as they are read: as wide as the header, corrected, without empty ones."""
        assert self.shape is not None
        assert self.matched is not None
        return _rows(self.path, self.shape, self.matched, self.options)


def _rows(
    path: Path, shape: Shape, matched: Matched, options: Options, long: dict[int, int] | None = None
) -> Iterator[tuple[int, list[str]]]:
    """As `Checked.rows`; those that are too long are noted in `long`."""
    width = len(matched.headers)
    mended = bool(options.cells or options.replace)
    for number, cells in records(path, shape):
        if (number == 1 and matched.header) or not any(cells):
            continue
        if long is not None and len(cells) > width and any(c.strip() for c in cells[width:]):
            long[number] = len(cells)
        row = fit(cells, width)
        yield number, corrected(number, row, options) if mended else row


def check(rt: RecordType, actor: Actor, path: Path, options: Options, *, progress: Progress | None = None) -> Checked:
    """Read and check a whole file. Raises Forbidden when the actor may not create here; faults stand in `problems`."""
    if not rt.access.create(actor) or actor.read_only:
        raise Forbidden
    out = Checked(rt=rt, actor=actor, path=path, options=options)
    try:
        _look(out)
        if not any(p.bad for p in out.problems):
            RowChecks(out, progress).run()
    except Unreadable as wrong:
        out.problems.append(Problem(row=wrong.row, kind=wrong.kind, message=wrong.message, column=wrong.column))
        out.broken = wrong.row
    return out


def _first_rows(path: Path, shape: Shape) -> list[list[str]]:
    """What columns are matched by. A fault further down is told by whoever reads on; one in the header leaves nothing to match."""
    sample: list[list[str]] = []
    try:
        for _n, cells in islice(records(path, shape), 50):
            if any(cells):
                sample.append(cells)
    except Unreadable:
        if not sample:
            raise
    return sample


def _look(out: Checked) -> None:
    """The shape of the file, its columns, and one pass over its rows."""
    known = known_columns(out.rt)
    options = out.options
    reading = Reading(actor=out.actor, source="csv")
    out.shape = find_shape(out.path, lambda c: normal_header(c) in known, encoding=options.encoding, delimiter=options.delimiter)
    out.matched = match_columns(out.rt, _first_rows(out.path, out.shape), options, reading)
    out.problems += out.matched.problems
    if any(p.bad for p in out.problems):
        return
    out.scan = scan(_rows(out.path, out.shape, out.matched, options, out.long), out.matched, options, out.shape.delimiter)
    out.problems += out.scan.problems
    if not out.scan.rows and not any(p.bad for p in out.problems):
        raise Unreadable(_("The file has no rows below its header."))


__all__ = ["Checked", "check"]
