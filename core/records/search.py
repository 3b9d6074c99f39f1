"""One search over everything that the actor sees: records of all types by their text or id, files by their name.

Found and counted through the same lists, rights included, as each type's own page: what can't be seen is not found, not counted, not
hinted at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select, union_all
from werkzeug.datastructures import MultiDict

from core.access import Actor, allowed, for_reader
from core.addons.runtime import runtime
from core.db import db
from core.db.folded import holds_words
from core.fields import Reading, Writing
from core.files.models import File

from . import list_spec, query
from .record_type import RecordType

SHORTEST = 2
_ID = re.compile(r"#\s*(\d{1,9})")


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A record that was found: its title, and what tells it from another of that title."""

    id: int
    title: str
    more: str = ""


@dataclass(frozen=True, kw_only=True)
class FileHit:
    """A file that was found, and the record that it hangs on."""

    id: int
    name: str
    rt: RecordType
    record_title: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found of one record type; `total` in words, as "214" or "2,000+"."""

    rt: RecordType
    hits: Sequence[Hit]
    total: str


def searched_types(actor: Actor) -> list[RecordType]:
    """The record types that the actor has: main ones first, then those that stand below another's address."""
    shown = runtime().parts["shown"]
    types = [rt for rt in runtime().record_types.values() if actor.has(rt.access.permission) and shown(rt.plugin, actor)]
    return sorted(types, key=lambda rt: not rt.is_main)


def search_all(actor: Actor, q: str, writing: Writing, *, per_type: int = 5) -> list[Found]:
    """What the actor sees that holds all words of `q`, or has the id `#318`; at most `per_type` of each type, none left empty."""
    q = " ".join(q.replace("\x00", "").split())[:200]
    if wanted := _ID.fullmatch(q):
        return [found for rt in searched_types(actor) if (found := _by_id(rt, int(wanted[1]), actor, writing))]
    if len(q) < SHORTEST:
        return []
    types = [rt for rt in searched_types(actor) if hasattr(rt.model, "search_text") or any(f.search for f in rt.fields)]
    return [found for rt in types if (found := _by_text(rt, q, actor, writing, per_type))]


@for_reader
def _columns(actor: Actor, rt: RecordType) -> list[Any]:
    title = rt.field(rt.title)
    columns = [_shown_value(rt, title).label("title")]
    if rt.subtitle:
        own = next((f for f in rt.fields if f.name == rt.subtitle), None)
        columns.append((_shown_value(rt, own) if own else getattr(rt.model, rt.subtitle)).label("more"))
    return columns


def _shown_value(rt: RecordType, f: Any) -> Any:
    label = f.label_expression(rt.model)
    return label if label is not None else f.expression(rt.model)


def _hit(rt: RecordType, row: Any, writing: Writing) -> Hit:
    more = getattr(row, "more", None)
    own = next((f for f in rt.fields if f.name == rt.subtitle), None)
    shown = own.kind.text(more, writing) if own and more is not None and not isinstance(more, str) else str(more or "")
    return Hit(id=row.id, title=str(row.title or f"#{row.id}"), more=shown)


def _by_id(rt: RecordType, record_id: int, actor: Actor, writing: Writing) -> Found | None:
    model = rt.model
    there = model.id == record_id, allowed(rt, "view", actor), model.trashed_at.is_(None)
    stmt = select(model.id.label("id"), *_columns(actor, rt)).where(*there)
    row = db.session.execute(stmt).first()
    return Found(rt=rt, hits=[_hit(rt, row, writing)], total="1") if row else None


def _by_text(rt: RecordType, q: str, actor: Actor, writing: Writing, per_type: int) -> Found | None:
    spec = list_spec.parse_list(rt, actor, MultiDict({"q": q, "limit": str(per_type)}), reading=Reading(actor=actor), whole=True)
    if not spec.terms:
        return None
    page = query.fetch_page(spec, _columns(actor, rt))
    if not page.rows:
        return None
    total = query.count_words(query.count(spec), spec) if page.next else str(len(page.rows))
    return Found(rt=rt, hits=[_hit(rt, row, writing) for row in page.rows], total=total)


def search_files(actor: Actor, q: str, *, limit: int = 5) -> list[FileHit]:
    """Files whose name holds all words of `q`, on records that the actor sees; the newest first. One statement, two when a name fits."""
    words = q.replace("\x00", "").split()[:8]
    if len(q.strip()) < SHORTEST or _ID.fullmatch(q.strip()) or not words:
        return []
    named = [File.replaced_at.is_(None), holds_words(File.name, words)]
    there = set(db.session.scalars(select(File.record_type).where(*named).distinct()))  # mostly none: then no rights need to be asked
    types = [rt for rt in searched_types(actor) if rt.name in there] if there else []
    if not types:
        return []
    arms = []
    for rt in types:
        model = rt.model
        title = _shown_value(rt, rt.field(rt.title)).label("title")
        stmt = select(File.id.label("id"), File.name.label("name"), literal(rt.name).label("type"), title)
        stmt = stmt.join(model, model.id == File.record_id)
        stmt = stmt.where(File.record_type == rt.name, *named, model.trashed_at.is_(None), allowed(rt, "view", actor))
        arms.append(select(stmt.order_by(File.id.desc()).limit(limit).subquery()))
    found = union_all(*arms).subquery()
    by_name = {rt.name: rt for rt in types}
    rows = db.session.execute(select(found).order_by(found.c.id.desc()).limit(limit))
    return [FileHit(id=row.id, name=row.name, rt=by_name[row.type], record_title=str(row.title or "")) for row in rows]
