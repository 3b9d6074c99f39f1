"""What stands in the way of an import, by kind, each with the ways to mend all its rows at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, case, distinct, func, select

from core.access import Actor
from core.db import db
from core.fields.references import Ref, pick

from .csv_layout import Column, columns
from .import_models import Import, ImportProblem
from .import_options import DAY_ORDERS, DUPLICATES, WORDS
from .record_type import RecordType

SHOWN_KINDS = 60
DONE_WORDS = {
    "unknown": _l("Left out"), "computed": _l("Left out"), "country": _l("Kept"), "read as": _l("Corrected"), "layout": _l("Read so"),
    "sight": _l("Accepted"),
}  # fmt: skip
EMPTIED = ("value", "damaged", "refused", "circle", "parent", "reference", "ambiguous")


@dataclass(frozen=True, kw_only=True)
class Fix:
    """A way to mend all rows of a kind at once; with `options` one of them is chosen."""

    label: str
    value: str
    options: Sequence[tuple[str, Any]] = ()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of problem: what it is called, how many rows have it, an example, how it can be mended; `done` when nothing has to be."""

    name: str
    word: str
    count: int
    sample: str
    bad: bool
    fixes: Sequence[Fix] = ()
    done: str = ""


def by_name(rt: RecordType) -> dict[str, Column]:
    """The columns that cells can go into, by name."""
    return {c.name: c for c in columns(rt, "full")}


def kinds(rt: RecordType, actor: Actor, one: Import) -> list[Kind]:
    """The kinds of problems of the last check: those of the whole file, then the worst first."""
    p = ImportProblem
    count = func.count(distinct(case((p.row > 0, p.row))))  # what concerns the whole file counts no row
    alike = (
        select(p.kind, p.position, p.column, p.bad, count.label("n"), func.min(p.row).label("row"))
        .where(p.import_id == one.id, p.kind.not_in(("reference", "ambiguous")))
        .group_by(p.kind, p.position, p.column, p.bad)
    ).subquery().c  # fmt: skip
    first = p.import_id == one.id, *(getattr(p, name) == alike[name] for name in ("kind", "position", "column", "bad", "row"))
    stmt = (
        select(alike.kind, alike.position, alike.column, alike.bad, alike.n, func.min(p.value), func.min(p.message), alike.row)
        .join_from(alike.n.table, p, and_(*first))
        .group_by(alike.kind, alike.position, alike.column, alike.bad, alike.n, alike.row)
    )
    single = (
        select(p.kind, p.position, p.column, p.bad, count, p.value, func.min(p.message), func.min(p.row))
        .where(p.import_id == one.id, p.kind.in_(("reference", "ambiguous")))
        .group_by(p.kind, p.position, p.column, p.bad, p.value)
    )
    rows = [*db.session.execute(stmt), *db.session.execute(single.limit(1000))]
    rows.sort(key=lambda r: (not r[3], r[4] > 0, -r[4], r[7]))
    return [_kind(rt, actor, one, row) for row in rows[:SHOWN_KINDS]]


def _kind(rt: RecordType, actor: Actor, one: Import, found: Any) -> Kind:
    kind, position, column, bad, count, value, message, row = found
    exact = value if kind in ("reference", "ambiguous") else ""
    word = str(WORDS.get(kind, kind))
    several = kind in ("double", "order", "decimal", "layout", "right", "sight", "file", "size", "quote", "encoding", "NUL", "no text")
    title = word if several and kind in WORDS else message if several else f"{column}: {word}" if column else word
    done = "" if bad else str(DONE_WORDS.get(kind, ""))
    sample = message if message != title else ""
    if several and count and row > 0 and kind not in WORDS:
        sample = _("row %(n)s", n=row)  # a fault of the file itself: where to look for it
    elif count and row > 1 and not bad:
        sample = f"{_('row %(n)s', n=row)}: {sample}"
    return Kind(
        name=f"{kind}|{position}|{exact}", word=title, count=count, sample=sample[:300], bad=bad,
        fixes=() if done else _fixes(rt, actor, one, kind, position, value), done=done,
    )  # fmt: skip


def _fixes(rt: RecordType, actor: Actor, one: Import, kind: str, position: int, value: str) -> list[Fix]:
    names = one.report["columns"]
    column = by_name(rt).get(names[position]) if 0 <= position < len(names) else None
    f = column.field if column is not None else None
    out: list[Fix] = []
    if kind in ("reference", "ambiguous") and f is not None and isinstance(f.kind, Ref):
        found = pick(f.kind.target, actor, value[:3], limit=20, condition=f.kind.condition(actor)) or pick(
            f.kind.target, actor, "", limit=20, condition=f.kind.condition(actor)
        )
        if found:
            offered = [(str(r["value"]), f"{r['text']} ({r['more']})" if r["more"] else r["text"]) for r in found]
            out.append(Fix(label=_("Use instead"), value="use", options=offered))
    if kind in EMPTIED and f is not None and not f.required:
        out.append(Fix(label=_("Leave it empty"), value="empty"))
    if kind == "duplicate":
        out += [
            Fix(label=str(word), value=f"duplicates:{name}") for name, word in DUPLICATES.items() if name != one.options.get("duplicates")
        ]
    if kind == "order":
        out.append(Fix(label=_("Read dates so"), value="order", options=list(DAY_ORDERS.items())))
    if kind == "decimal":
        out.append(Fix(label=_("Read numbers so"), value="decimal", options=[(".", _("1234.5: a point")), (",", _("1234,5: a comma"))]))
    if kind == "sight":
        out.append(Fix(label=_("Do it all the same"), value="sight"))
    if kind == "double":
        same = [n for n, name in enumerate(names) if name == names[position]]
        out.append(Fix(label=_("Take this one"), value="take", options=[(str(n), _("column %(n)s", n=n + 1)) for n in same]))
    return out


__all__ = ["Fix", "Kind", "by_name", "kinds"]
