"""What an address asks of a list: text, filters, order and page become a ListSpec; query.py makes the SELECT of it.

Everything in a list is in its address, and the address names declared fields only.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, column, false, or_, select, table

from core.access import Actor
from core.addons.runtime import runtime
from core.custom_fields.definitions import custom_fields
from core.db import db, fold, read
from core.db.folded import holds_words
from core.db.text import fold_once
from core.fields import Field, Filter, Invalid, Reading, Writing, id_of
from core.fields.references import Ref, Refs

from . import import_filter
from .record_type import RecordType

PAGE = 50
MAX_PAGE = 200
TEXT_CAP = 2_000


@dataclass(frozen=True, kw_only=True)
class Applied:
    """One filter in force: its name, label, the raw values as in the address, and the condition."""

    name: str
    label: Any
    raw: tuple[tuple[str, str], ...]
    condition: ColumnElement[bool]
    words: str = ""
    key: Hashable = None
    """What the condition follows from, where it will mean the same tomorrow."""


@dataclass(frozen=True, kw_only=True)
class ListSpec:
    """A list as it was asked for. `conditions` are the filters' and the text's; the rights come on top."""

    rt: RecordType
    actor: Actor
    q: str = ""
    terms: tuple[str, ...] = ()
    applied: tuple[Applied, ...] = ()
    sort: Field
    descending: bool = False
    cursor: "Cursor | None" = None
    limit: int = PAGE
    extra: tuple[ColumnElement[bool], ...] = ()
    standing: Mapping[str, ColumnElement[bool]] = field(default_factory=dict)
    """Conditions of filters that are off, by the filter's name."""
    args: Mapping[str, Any] = field(default_factory=dict)
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What a driver found out for the page and needs again for the count."""

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """All conditions but the rights and the trash."""
        text = [text_condition(self.rt.model, term) for term in self.terms] if hasattr(self.rt.model, "search_text") else _folded(self)
        return [*self.extra, *self.standing.values(), *(a.condition for a in self.applied), *text]

    @property
    def kept_key(self) -> Hashable:
        """What its statements follow from, besides the reader (core.access.kept); None where something of it is not told by a value."""
        keys = tuple(a.key for a in self.applied)
        if self.extra or self.terms or self.cursor is not None or None in keys:
            return None  # each search is another one, and in short lists its condition is what rows it found
        return self.rt.name, keys, tuple(self.standing), self.sort.name, self.descending, self.limit


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Where a page begins: after (or before) the row with this key and id. `position` is the number of the first row shown."""

    key: Any
    is_null: bool
    record_id: int
    backward: bool = False
    position: int = 1

    def encode(self, spec: ListSpec) -> str:
        """The cursor as it stands in an address, signed: a changed one is refused."""
        key = {"d": self.key.isoformat()} if isinstance(self.key, date) else self.key
        body = json.dumps(
            [key, self.is_null, self.record_id, self.backward, self.position, _order_name(spec)], separators=(",", ":"), ensure_ascii=False
        ).encode()
        return base64.urlsafe_b64encode(_sign(body)[:9] + body).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, spec: ListSpec) -> "Cursor":
        """Raises Invalid for a cursor that is not ours or belongs to another order."""
        try:
            raw = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
            mark, body = raw[:9], raw[9:]
            if not hmac.compare_digest(mark, _sign(body)[:9]):
                raise ValueError
            key, is_null, record_id, backward, position, order = json.loads(body)
            if order != _order_name(spec):
                raise ValueError
        except (ValueError, binascii.Error, UnicodeError):
            raise Invalid(_l("This page address is not valid any more. Open the list again.")) from None
        if isinstance(key, dict):
            key = date.fromisoformat(key["d"])
        return cls(key=key, is_null=is_null, record_id=record_id, backward=backward, position=position)


def _sign(body: bytes) -> bytes:
    return hmac.digest(runtime().settings.secret_key.encode() + b"cursor", body, hashlib.sha256)


def _order_name(spec: ListSpec) -> str:
    return f"{spec.rt.name}:{'-' if spec.descending else ''}{spec.sort.name}"


def all_fields(rt: RecordType) -> tuple[Field, ...]:
    """The declared fields and the custom ones."""
    return (*rt.fields, *custom_fields(rt.name)) if rt.custom else tuple(rt.fields)


def page_fields(rt: RecordType, actor: Actor) -> tuple[Field, ...]:
    """Those that pages show the actor: without what says nothing while its plugin is not there for him."""
    shown = runtime().parts["shown"]
    return tuple(f for f in all_fields(rt) if not f.plugin or shown(f.plugin, actor))


def find_field(rt: RecordType, name: str) -> Field | None:
    """A field of the record type by name, custom ones included."""
    return next((f for f in all_fields(rt) if f.name == name), None)


def searched_fields(rt: RecordType) -> list[Field]:
    """The fields that a text search of a type without a search column looks into: those that say so, else its title."""
    marked = [f for f in rt.fields if f.search and not isinstance(f.kind, Ref)]
    return marked or [f for f in [rt.field(rt.title)] if not isinstance(f.kind, Ref)]


def _folded(spec: "ListSpec") -> list[ColumnElement[bool]]:
    """The rows of a short list that hold all terms. No database folds accents as we do, so their texts are read and folded here; a type
    with many rows has a `search_column`."""
    if not spec.terms:
        return []
    model = spec.rt.model
    if "folded" not in spec.memo:
        texts = select(model.id, *(f.expression(model) for f in searched_fields(spec.rt))).where(model.trashed_at.is_(None))
        folded = ((row[0], fold_once(" ".join(str(v) for v in row[1:] if v))) for row in read(texts.order_by(model.id)))
        found = (i for i, text in folded if all(term in text for term in spec.terms))
        spec.memo["folded"] = list(islice(found, TEXT_CAP + 1))
    return [model.id.in_(spec.memo["folded"])]


def _search_text_of(model: Any) -> tuple[str, ...]:
    """The columns whose texts are a model's search text."""
    column = model.__table__.columns.get("search_text")
    return column.info.get("search_of", ()) if column is not None else ()


def text_condition(model: Any, term: str) -> ColumnElement[bool]:
    """A folded term stands in the row's search text. `%` and `_` are taken literally; three letters and more use the trigram index."""
    dialect = db.session.get_bind().dialect.name
    if dialect == "sqlite" and len(term) >= 3:
        index = table(f"{model.__tablename__}_fts", column("rowid"), column("search_text"))
        quoted = '"' + term.replace('"', '""') + '"'  # FTS5 syntax in what people type is text
        return model.id.in_(select(index.c.rowid).where(index.c.search_text.op("MATCH")(quoted)))  # type: ignore[no-any-return]
    return model.search_text.contains(term, autoescape=True)  # type: ignore[no-any-return]


def while_off(rt: RecordType, args: Any = ()) -> dict[str, Any]:
    """The conditions of filters that hold while they are off (finished leads are left out), with the filters of `args` in force."""
    used = {name for name in args if args.get(name)} if args else set()
    if import_filter.NAME in used:  # whoever looks at what he brought in looks at all of it
        return {}
    return {x.name: x.otherwise(rt.model) for x in rt.filters if x.otherwise and not used & {x.name, *x.unless}}


def parse_list(
    rt: RecordType, actor: Actor, args: Any, *, reading: Reading, strict: bool = False, extra: Iterable[Any] = (), whole: bool = False
) -> ListSpec:
    """What an address asks of a list. `args` is a MultiDict. `whole`: with what is left out while a filter is off, as finished leads.

    Raises Invalid (by parameter) for values that can't be read and for filters that are not there for the actor; with `strict` (REST) also
    for parameters that nobody knows.
    """
    q = " ".join((args.get("q") or "").replace("\x00", "").split())[:200]
    sort_name = args.get("sort") or rt.sort
    descending = sort_name.startswith("-")
    known = all_fields(rt) if strict else page_fields(rt, actor)
    sort = next((f for f in known if f.name == sort_name.removeprefix("-")), None)
    if sort is None or not sort.sort:
        if strict and args.get("sort"):
            raise Invalid({"sort": _l("Lists can't be sorted by “%(name)s”.", name=sort_name[:60])})
        descending = rt.sort.startswith("-")
        sort = rt.field(rt.sort.removeprefix("-"))
    limit = PAGE
    if args.get("limit"):
        try:
            limit = int(str(args["limit"]))
        except ValueError:
            limit = 0
        if not 1 <= limit <= MAX_PAGE:
            if strict:
                raise Invalid({"limit": _l("A number from 1 to %(n)s.", n=MAX_PAGE)})
            limit = PAGE
    applied = tuple(_applied(rt, actor, args, reading, strict))
    spec = ListSpec(
        rt=rt, actor=actor, q=q, terms=tuple(fold(q).split()[:8]), sort=sort,
        descending=descending, limit=limit, applied=applied, args=args, extra=tuple(extra), standing={} if whole else while_off(rt, args),
    )  # fmt: skip
    if token := args.get("cursor"):
        spec = replace(spec, cursor=Cursor.decode(str(token)[:2000], spec))
    return spec


EMPTY = "_empty"
"""`f<id>_empty=1`: the records without a value in this custom field."""
KNOWN = {"q", "sort", "limit", "cursor", "tab", "columns", "view", "layout", "lines", "purpose", "density", "theme", "confirm"}


def _applied(rt: RecordType, actor: Actor, args: Any, reading: Reading, strict: bool) -> Iterable[Applied]:
    errors: dict[str, Any] = {}
    used = set(KNOWN)
    out: list[Applied] = []
    there = {f.name for f in (all_fields(rt) if strict else page_fields(rt, actor))}
    for f in all_fields(rt):
        if not f.filter:
            continue
        names = (f.name, f"{f.name}_from", f"{f.name}_to")
        used.update(names)
        if f.name not in there:  # without it more would be found, and thrown away, than was asked for
            if given := next((n for n in names if args.get(n)), ""):
                errors[f.name] = [_l("The filter “%(name)s” is not available now, so it can't be applied.", name=given)]
            continue
        try:
            if applied := _field_filter(rt, actor, f, args, reading):
                out.append(applied)
        except Invalid as refused:
            errors[f.name] = next(iter(refused.errors.values()))
    for f in custom_fields(rt.name) if rt.custom else ():
        used.add(f"{f.name}{EMPTY}")
        if args.get(f"{f.name}{EMPTY}") == "1":
            out.append(_without(rt, f))
    for extra in rt.filters:
        used.add(extra.name)
        raw = args.get(extra.name)
        if raw in (None, ""):
            continue
        try:
            value = extra.kind.parse(raw, reading)
            if value is not None and value is not False:
                out.append(_special(rt, actor, extra, raw, value))
        except Invalid as refused:
            errors[extra.name] = next(iter(refused.errors.values()))
    if rt.importable and (raw := args.get(import_filter.NAME)):
        used.add(import_filter.NAME)
        out.append(_import(rt, actor, raw))
    if strict and (unknown := [name for name in args if name not in used]):
        errors.update({name: [_l("There is no such filter.")] for name in unknown[:20]})
    if errors:
        raise Invalid(errors)
    return out


def _import(rt: RecordType, actor: Actor, raw: str) -> Applied:
    one = import_filter.import_of(rt, actor, id_of(raw) or 0)
    condition = import_filter.is_of_import(rt.model.id, one.id) if one is not None else false()
    name = import_filter.NAME
    return Applied(name=name, label=_l("Import"), raw=((name, raw),), condition=condition, words=one.name if one is not None else raw[:60])


def _without(rt: RecordType, f: Field) -> Applied:
    """The records that could have a value in a custom field and have none: whom to ask when it becomes required."""
    name, condition = f"{f.name}{EMPTY}", f.expression(rt.model).is_(None)
    if f.type_ids is not None and rt.custom and rt.custom.type_attribute:
        condition = and_(condition, getattr(rt.model, rt.custom.type_attribute).in_(f.type_ids))
    return Applied(name=name, label=f.label, raw=((name, "1"),), condition=condition, words=str(_l("empty")), key=(name,))


def _special(rt: RecordType, actor: Actor, extra: Filter, raw: str, value: Any) -> Applied:
    words = next((str(label) for v, label in extra.kind.choices() if str(v) == str(raw)), "" if extra.kind.filter == "flag" else str(raw))
    return Applied(
        name=extra.name, label=extra.label, raw=((extra.name, raw),), condition=extra.condition(actor, rt.model, value), words=words
    )


def _field_filter(rt: RecordType, actor: Actor, f: Field, args: Any, reading: Reading) -> Applied | None:
    if f.kind.filter == "range":
        low, high = args.get(f"{f.name}_from") or "", args.get(f"{f.name}_to") or ""
        exact = args.get(f.name) or ""
        if not (low or high or exact):
            return None
        order: Any = f.order_expression(rt.model) if f.custom_id else f.expression(rt.model)
        bounds: list[Any] = []
        meant: list[tuple[str, Any]] = []
        for raw, name in ((low, "from"), (high, "to"), (exact, "is")):
            if raw:
                value = _bound(f, raw, reading, upper=name == "to")
                bounds.append(order >= value if name == "from" else order <= value if name == "to" else order == value)
                meant.append((name, value))
        raws = tuple((n, v) for n, v in ((f"{f.name}_from", low), (f"{f.name}_to", high), (f.name, exact)) if v)
        if f.kind.widget == "date":
            shown = {name: f.kind.text(value, Writing(locale=reading.locale, timezone="UTC")) for name, value in meant}
            low, high, exact = (shown.get(name, "") for name in ("from", "to", "is"))
        words = exact or f"{low} – {high}".strip()
        return Applied(name=f.name, label=f.label, raw=raws, condition=and_(*bounds), words=words, key=(f.name, *meant))
    values = [v for v in (raw.replace("\x00", "") for raw in args.getlist(f.name)) if v != ""]  # PostgreSQL's texts hold no NUL
    if not values:
        return None
    raws = tuple((f.name, v) for v in values)
    if isinstance(f.kind, Refs):
        ids = [v for raw in values for v in f.kind.parse(str(raw), reading)]
        return Applied(
            name=f.name,
            label=f.label,
            raw=raws,
            condition=and_(*(f.kind.condition_has(rt.model.id, i) for i in ids)),
            words=", ".join(values),
            key=(f.name, *ids),
        )
    column: Any = f.expression(rt.model)
    if f.kind.filter == "text":
        found = holds_words(column, values)
        if f.name in _search_text_of(rt.model):  # which is indexed for three letters and more; the column alone is folded row by row
            found = and_(found, *(text_condition(rt.model, text) for v in values if len(text := fold(v)) >= 3))
        return Applied(name=f.name, label=f.label, raw=raws, condition=found, words=", ".join(values), key=(f.name, *values))
    if f.kind.filter == "flag":
        wanted = f.kind.parse(values[0], reading)
        if f.custom_id:
            condition = column.is_not(None) if wanted else column.is_(None)
        else:
            condition = column.is_(True) if wanted else or_(column.is_(False), column.is_(None))
        words = str(_l("Yes")) if wanted else str(_l("No"))
        return Applied(name=f.name, label=f.label, raw=raws, condition=condition, words=words, key=(f.name, bool(wanted)))
    empty = [v for v in values if v == "-"]
    parsed = [_filter_value(f, v, reading) for v in values if v != "-"]
    conditions = ([column.in_(parsed)] if parsed else []) + ([column.is_(None)] if empty else [])
    if parsed and isinstance(f.kind, Ref) and f.kind.masked and not actor.superadmin:  # nothing is found by what can't be seen
        conditions[0] = and_(conditions[0], f.seen_expression(rt.model, actor).is_not(None))
    key = (f.name, bool(empty), *parsed)
    return Applied(name=f.name, label=f.label, raw=raws, condition=or_(*conditions), words=", ".join(values), key=key)


def _filter_value(f: Field, raw: str, reading: Reading) -> Any:
    from core.custom_fields.kinds import Combo

    if isinstance(f.kind, Combo):  # a value that is no longer offered can still be looked for
        return raw
    if isinstance(f.kind, Ref) and raw.isascii() and raw.isdigit() and len(raw) < 10:
        return int(raw)  # seen or not, there or not: the rows that come are those that the actor sees, and none is a fair answer
    return f.kind.parse(raw, reading)


def _bound(f: Field, raw: str, reading: Reading, *, upper: bool) -> Any:
    value = f.kind.parse(raw, reading)
    if f.custom_id and f.kind.numeric:
        from decimal import Decimal

        return Decimal(value)
    if upper and hasattr(value, "hour") and len(raw) <= 10:  # a day as the upper bound of a time means its end
        from datetime import timedelta

        return value + timedelta(days=1) - timedelta(microseconds=1)
    return value


__all__ = [
    "Applied", "Cursor", "ListSpec", "all_fields", "find_field", "page_fields", "parse_list", "searched_fields", "text_condition",
    "while_off",
]  # fmt: skip
