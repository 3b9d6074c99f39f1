"""References between rows of one file: settled when all rows are known, since a parent may stand below its child.

A row whose parent is not imported is not imported either: it would stand somewhere else, and others would see it (docs/access.md).
"""

from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

NOTHING, CREATED, CHANGED, SKIPPED, SAME, BAD = range(6)
"""What becomes of a row."""


@dataclass(kw_only=True, slots=True)
class Wanted:
    """A reference `text` in field `name` that may mean one of `rows`, or the record `record_id` (None, or -1 for several).

    `now` is what the record to change has at the moment; `alone` that the row changes nothing else.
    """

    name: str
    text: str
    rows: tuple[int, ...]
    record_id: int | None
    now: Any = None
    alone: bool = False


@dataclass(kw_only=True)
class Links:
    """`wanted`: row → its reference, until it is settled into `to_row` (row → field, row) or `to_id` (row → field, id).

    `met`: rows that others may mean → the record that they stand for; `changed`: record → the row that changes it.
    """

    wanted: dict[int, Wanted] = field(default_factory=dict)
    met: dict[int, int | None] = field(default_factory=dict)
    changed: dict[int, int] = field(default_factory=dict)
    to_row: dict[int, tuple[str, int]] = field(default_factory=dict)
    to_id: dict[int, tuple[str, int]] = field(default_factory=dict)

    @property
    def parents(self) -> set[int]:
        """The rows that others refer to."""
        return {target for _name, target in self.to_row.values()}


def forget(links: Links, row: int) -> None:
    """The row is not imported."""
    links.wanted.pop(row, None)
    links.to_row.pop(row, None)


def settle(out: Any) -> None:
    """Settle the references of a check (importing.Checked); rows that can't be are refused there."""
    links: Links = out.links
    for row, wanted in sorted(links.wanted.items()):
        if out.states[row] in (CREATED, CHANGED):
            _settle_one(out, row, wanted)
    links.wanted.clear()
    _refuse_circles(out)
    _refuse_orphans(out)


def _settle_one(out: Any, row: int, wanted: Wanted) -> None:
    links: Links = out.links
    made = [r for r in wanted.rows if out.states[r] == CREATED]
    there = {i for r in wanted.rows if (i := links.met.get(r)) is not None and out.states[r] != CREATED}
    if made == [row] and not there:
        out.refuse(row, "circle", _("“%(value)s” is the row itself.", value=wanted.text[:80]), name=wanted.name)
    elif len(made) + len(there) > 1:
        rows = ", ".join(str(r) for r in wanted.rows[:5])
        out.refuse(row, "ambiguous", _("“%(value)s” can mean the rows %(rows)s.", value=wanted.text[:80], rows=rows), name=wanted.name)
    elif made:
        links.to_row[row] = (wanted.name, made[0])
    elif there or (wanted.record_id or 0) > 0:
        record_id = there.pop() if there else wanted.record_id
        assert record_id is not None
        if record_id != wanted.now:
            links.to_id[row] = (wanted.name, record_id)
        elif wanted.alone:
            out.states[row] = SAME
    else:
        message = _("“%(value)s” is row %(row)s, which can't be imported.", value=wanted.text[:80], row=wanted.rows[0])
        out.refuse(row, "parent", message, name=wanted.name)


def _refuse_circles(out: Any) -> None:
    links: Links = out.links
    safe: set[int] = set()
    for start in list(links.to_row):
        path: list[int] = []
        at = start
        on_path: set[int] = set()
        while at in links.to_row and at not in safe and at not in on_path:
            path.append(at)
            on_path.add(at)
            at = links.to_row[at][1]
        if at in on_path:
            circle = path[path.index(at) :]
            words = " → ".join(_("row %(n)s", n=r) for r in [*circle[:10], circle[0]])
            for row in circle:
                name = links.to_row[row][0]
                out.refuse(row, "circle", _("These rows close a circle: %(rows)s.", rows=words), name=name)
                links.to_row.pop(row)
        safe.update(path)


def _refuse_orphans(out: Any) -> None:
    links: Links = out.links
    children: dict[int, list[int]] = {}
    for row, (_name, target) in links.to_row.items():
        children.setdefault(target, []).append(row)
    todo = [target for target in children if out.states[target] == BAD]
    while todo:
        target = todo.pop()
        for row in children.get(target, ()):
            if out.states[row] != BAD:
                name = links.to_row[row][0]
                out.refuse(row, "parent", _("It belongs to row %(row)s, which can't be imported.", row=target), name=name)
                todo.append(row)


__all__ = ["BAD", "CHANGED", "CREATED", "NOTHING", "SAME", "SKIPPED", "Links", "Wanted", "forget", "settle"]
