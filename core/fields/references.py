"""References to other records: by id or exact name, never to what the actor can't see, with the same words for missing and invisible.

A `Lookup` says how a target is found, labelled and offered; each record type has one by itself, users and groups have theirs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import escape
from sqlalchemy import ColumnElement, Select, Table, false, or_, select
from sqlalchemy.orm import aliased

from core.access import Actor, for_reader
from core.addons.runtime import runtime
from core.db import among, db, fold, read
from core.db.folded import holds

from .kinds import Kind, clean_text
from .values import Invalid, Reading, Writing, id_of

MANY = 50


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """How records of a target are found: `label` shows one, `match` are the columns an exact name may stand in, `more` tells two apart.

    `visible(actor, model)` is the condition under which the actor may refer to a row.
    """

    name: str
    model: Any
    label: Callable[[Any], ColumnElement[Any]]
    match: Callable[[Any], Sequence[ColumnElement[Any]]]
    visible: Callable[[Actor, Any], ColumnElement[bool]]
    more: Callable[[Any], ColumnElement[Any]] | None = None
    search: Callable[[Any], ColumnElement[Any]] | None = None
    order: Callable[[Any], ColumnElement[Any]] | None = None
    endpoint: str | None = None
    """Of the page of one, called with `id`; None for what has no page."""
    plugin: str = ""
    """Whose records they are: where it is off or hidden for somebody, nothing is offered, found or linked; "" for core's."""

    @cached_property
    def named(self) -> Any:
        """The model under another name, for a label inside a statement on any table. Made once: each new one costs half a millisecond."""
        return aliased(self.model)


def lookup(target: str) -> Lookup:
    """The lookup of a target, as "companies.company" or "core.user"."""
    return runtime().parts["lookups"][target]  # type: ignore[no-any-return]


def is_open(target: str, actor: Actor | None) -> bool:
    """Whether the plugin of a target is there for the actor: its state, and Visibility. Without an actor it is."""
    plugin = lookup(target).plugin
    shown = runtime().parts.get("shown")
    return not plugin or actor is None or shown is None or bool(shown(plugin, actor))


def pick(target: str, actor: Actor, q: str, *, limit: int = 20, condition: Any = None) -> list[dict[str, Any]]:
    """What a picker offers for some letters typed: up to `limit` rows as {"value", "text", "more"}."""
    found = lookup(target)
    rows = db.session.execute(_picking(found, found.visible(actor, found.model) if condition is None else condition, q, limit))
    return [{"value": row.id, "text": row.text, "more": (row.more or "") if found.more else ""} for row in rows]


def _picking(found: Lookup, condition: Any, q: str, limit: int) -> Select[Any]:
    m = found.model
    stmt = select(m.id, found.label(m).label("text"), (found.more(m) if found.more else found.label(m)).label("more")).where(condition)
    column = found.search(m) if found.search else found.label(m)
    for term in fold(q.replace("\x00", "")).split()[:5]:
        stmt = stmt.where(column.contains(term, autoescape=True) if found.search else holds(column, term))
    return stmt.order_by(found.order(m) if found.order else found.label(m), m.id).limit(limit)


def label_of(target: str, key: Any, actor: Actor | None = None) -> Any:
    """A scalar subquery: the label of the row whose id is the column `key`; with `actor`, only if he sees that row."""
    found = lookup(target)
    m = found.named
    stmt = select(found.label(m)).where(m.id == key)
    if actor is not None and not actor.superadmin:
        stmt = stmt.where(found.visible(actor, m))
    return stmt.correlate_except(m).scalar_subquery()


def seen_only(target: str, key: Any, actor: Actor) -> Any:
    """The id in the column `key` as SQL, or NULL where `actor` can't see the row that it names."""
    if actor.superadmin:
        return key
    found = lookup(target)
    m = found.named
    return select(m.id).where(m.id == key, found.visible(actor, m)).correlate_except(m).scalar_subquery()


def labels(target: str, ids: Iterable[int], condition: Any = None) -> dict[int, str]:
    """The labels of some rows, whoever asks: for what stands on a record that the reader sees. Else with the condition of his sight."""
    found = lookup(target)
    wanted = sorted({i for v in ids if (i := v if type(v) is int else id_of(v)) is not None})
    if not wanted:
        return {}
    stmt = _labels(found)
    return dict(read(stmt if condition is None else stmt.where(condition), {"ids": wanted}).all())


@lru_cache(maxsize=256)
def _labels(found: Lookup) -> Any:
    """Id and label of some rows. Built once: it runs with each board and each history."""
    return select(found.model.id, found.label(found.model)).where(among(found.model.id, "ids"))


NOT_FOUND = _l("“%(value)s” was not found.")


def resolve_many(target: str, raws: Iterable[Any], reading: Reading, condition: Any = None) -> dict[Any, int | None]:
    """Raw references → ids (None: not found or not visible), with one statement for ids and one for names, kept in `reading.lookups`."""
    found = lookup(target)
    m = found.model
    space = (target, "" if condition is None else str(condition))
    cache = reading.lookups
    todo = [r for r in dict.fromkeys(raws) if (space, r) not in cache]
    ids = {r: int(str(r)) for r in todo if str(r).isascii() and str(r).isdigit() and len(str(r)) < 10}
    names = {r: clean_text(r, lines=False) for r in todo if r not in ids}
    allowed = condition if condition is not None else found.visible(reading.actor, m)
    for part in _chunks(list(set(ids.values()))):
        there = set(db.session.scalars(select(m.id).where(m.id.in_(part), allowed)))
        for raw, value in ids.items():
            if value in there:
                cache[space, raw] = value
    for part in _chunks([n for n in set(names.values()) if n]):
        columns = found.match(m)
        rows = db.session.execute(select(m.id, *columns).where(or_(*(c.in_(part) for c in columns)), allowed).order_by(m.id.desc())).all()
        by_name = {str(v): row[0] for row in rows for v in row[1:] if v is not None}
        for raw, name in names.items():
            if name in by_name:
                cache[space, raw] = by_name[name]
    return {r: cache.setdefault((space, r), None) for r in raws}


def _chunks(values: list[Any], size: int = 500) -> Iterable[list[Any]]:
    return (values[i : i + size] for i in range(0, len(values), size))


@dataclass(frozen=True, kw_only=True)
class Ref(Kind):
    """A reference to one record of `target`, by id or exact name."""

    target: str
    widget: str = "picker"
    filter: str = "ref"
    pickable: Callable[[Actor, Any], ColumnElement[bool]] | None = None
    """Replaces the lookup's condition for what may be chosen."""
    few: bool = False
    """Few rows: a plain select instead of a picker."""
    link: bool = True
    masked: Any = ""
    """What stands in place of the label where the reader can't see the target; empty: its label, as plain text.

    With it the id is kept back as well: files and REST leave it empty, filters don't find by it, and who writes an empty value over it
    leaves it as it is.
    """

    def condition(self, actor: Actor) -> Any:
        """The SQL condition of what may be chosen."""
        found = lookup(self.target)
        if not is_open(self.target, actor):
            return false()
        return self.pickable(actor, found.model) if self.pickable else found.visible(actor, found.model)

    def hides(self, value: Any, actor: Actor) -> bool:
        """Whether a stored reference may not be told to the actor: he can't see what it names, and pages write `masked` in its place."""
        if not self.masked or value is None or actor.superadmin:
            return False
        return not labels(self.target, [value], lookup(self.target).visible(actor, lookup(self.target).model))

    def parse(self, raw: Any, reading: Reading) -> int | None:
        if raw is None or raw == "":
            return None
        if isinstance(raw, bool | list | dict):
            raise Invalid(_l("Give an id or a name."))
        key = raw if isinstance(raw, int) else str(raw).strip()
        if key == "":
            return None
        value = resolve_many(self.target, [key], reading, self.condition(reading.actor) if self.pickable else None)[key]
        if value is None:
            raise Invalid(_l("“%(value)s” was not found.", value=str(raw)[:80]))
        return value

    def warm(self, raws: Iterable[str], reading: Reading) -> None:
        """Resolve all values of a file's column beforehand."""
        keys = [r.strip() for r in raws if r and r.strip()]
        resolve_many(self.target, keys, reading, self.condition(reading.actor) if self.pickable else None)

    def page(self, value: Any, writing: Writing) -> str:
        """`value` is (id, label) here: lists and pages read both at once."""
        if not value or value[0] is None:
            return ""
        return str(escape(value[1]))

    def schema(self) -> dict[str, Any]:
        return {"type": ["integer", "null"]}

    def options(self, actor: Actor) -> list[tuple[str, str]]:
        """All rows to choose from, for a select of few."""
        return [(str(row.id), row.text) for row in read(_offered(actor, self))]


@for_reader
def _offered(actor: Actor, ref: Ref) -> Select[Any]:
    return _picking(lookup(ref.target), ref.condition(actor), "", 500)


@lru_cache(maxsize=256)
def _labels_of_links(found: Lookup, links: Table, owner: str, target: str) -> Any:
    """Owner, id and label of what some owners are linked with. Built once: it runs with each record and each list that has such a field."""
    m = found.model
    stmt = select(links.c[owner], m.id, found.label(m)).join_from(links, m, m.id == links.c[target])
    return stmt.where(among(links.c[owner], "owners")).order_by(found.label(m))


@dataclass(frozen=True, kw_only=True)
class Refs(Ref):
    """References to several records, kept in a link table."""

    widget: str = "multipicker"
    multiple: bool = True
    link_table: Table | None = None
    owner_column: str = ""
    target_column: str = ""

    def parse(self, raw: Any, reading: Reading) -> Any:
        if raw is None or raw == "":
            return []
        items = raw if isinstance(raw, list | tuple) else [p for p in str(raw).split(",") if p.strip()]
        if len(items) > 500:
            raise Invalid(_l("At most 500."))
        return sorted({value for item in items if (value := Ref.parse(self, item, reading)) is not None})

    def read(self, ids: Sequence[int]) -> dict[int, list[int]]:
        """Owner id → target ids, in one statement."""
        t = self.link_table
        assert t is not None
        out: dict[int, list[int]] = {i: [] for i in ids}
        stmt = (
            select(t.c[self.owner_column], t.c[self.target_column]).where(t.c[self.owner_column].in_(ids)).order_by(t.c[self.target_column])
        )
        for owner, target in db.session.execute(stmt):
            out[owner].append(target)
        return out

    def read_labels(self, ids: Sequence[int]) -> Mapping[int, list[tuple[int, str]]]:
        """Owner id → (target id, label), in one statement."""
        assert self.link_table is not None
        out: dict[int, list[tuple[int, str]]] = {i: [] for i in ids}
        stmt = _labels_of_links(lookup(self.target), self.link_table, self.owner_column, self.target_column)
        for owner, target, label in read(stmt, {"owners": list(ids)}):
            out[owner].append((target, label))
        return out

    def write(self, owner_id: int, values: Sequence[int]) -> None:
        """Make the links of one owner these."""
        t = self.link_table
        assert t is not None
        db.session.execute(t.delete().where(t.c[self.owner_column] == owner_id))
        if values:
            db.session.execute(t.insert(), [{self.owner_column: owner_id, self.target_column: v} for v in values])

    def write_new(self, values: Mapping[int, Sequence[int]]) -> None:
        """The links of owners that are new (owner id → target ids), by one statement."""
        t = self.link_table
        assert t is not None
        if rows := [{self.owner_column: owner, self.target_column: v} for owner, targets in values.items() for v in targets]:
            db.session.execute(t.insert(), rows)

    def condition_has(self, owner: Any, target_id: int) -> ColumnElement[bool]:
        """The owner is linked with this target."""
        t = self.link_table
        assert t is not None
        return select(1).where(t.c[self.owner_column] == owner, t.c[self.target_column] == target_id).exists()

    def page(self, value: Any, writing: Writing) -> str:
        return ", ".join(str(escape(label)) for _, label in value or ())

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "integer"}}


def record_lookup(rt: Any) -> Lookup:
    """The lookup that a record type has by itself: its title, its rights, its search text, its page."""
    from core.access import allowed

    title = rt.title

    def visible(actor: Actor, model: Any) -> ColumnElement[bool]:
        if not is_open(rt.name, actor):
            return false()
        return allowed(rt, "view", actor, model) & model.trashed_at.is_(None)

    table = rt.model.__table__
    return Lookup(
        name=rt.name,
        model=rt.model,
        label=lambda m: getattr(m, title),
        match=lambda m: (getattr(m, title),),
        visible=visible,
        search=(lambda m: m.search_text) if "search_text" in table.c else None,
        order=(lambda m: getattr(m, f"{title}_key")) if f"{title}_key" in table.c else None,
        more=(lambda m: getattr(m, rt.subtitle)) if rt.subtitle else None,
        endpoint=f"{rt.blueprint}.show",
        plugin=rt.plugin,
    )


__all__ = ["MANY", "Lookup", "Ref", "Refs", "is_open", "label_of", "labels", "lookup", "pick", "record_lookup", "resolve_many", "seen_only"]
