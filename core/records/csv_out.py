"""CSV out: the rows of a list, with the same rights and filters, streamed. The first bytes leave before the first row is read.

Two purposes: a round trip (UTF-8, comma, ISO dates, decimal point) and a spreadsheet (BOM, and the reader's delimiter and decimal sign).
References stand as ids, people as logins. What a spreadsheet would run is neutralised so that it can be undone.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response, stream_with_context
from sqlalchemy import Select, select
from werkzeug.datastructures import MultiDict

from core.access import Actor
from core.db import db
from core.fields import Field, Reading, Writing
from core.fields.references import Ref, Refs, labels
from core.identity.models import User

from . import list_spec, query
from .csv_layout import USER, Column, by_type, columns, guard, is_text, user_ids
from .record_type import RecordType

_HARMLESS = re.compile(r"[-+.:0-9]*")
PART = 1000
"""Rows that are read and written at once."""
ROUND_TRIP, SPREADSHEET = "round_trip", "spreadsheet"


@dataclass(frozen=True, kw_only=True)
class More:
    """Further columns that give a record several rows, as an invoice's lines: `rows(ids)` gives id → cells of each row; none: one row."""

    headers: Sequence[str]
    rows: Callable[[Sequence[int]], Mapping[int, Sequence[Sequence[str]]]]
    numeric: frozenset[int] = frozenset()
    """Positions of cells with numbers, which get the reader's decimal sign."""


def export_response(rt: RecordType, actor: Actor, args: Any, reading: Reading, writing: Writing, *, more: More | None = None) -> Response:
    """The list that `args` asks for as a file. Raises Invalid for filters that can't be read, before anything is sent."""
    comma = args.get("purpose") == SPREADSHEET and reading.decimal == ","
    layout = "full" if args.get("layout") == "full" else "manual"
    rows = export_rows(rt, actor, args, reading, layout=layout, spreadsheet=args.get("purpose") == SPREADSHEET, comma=comma, more=more)
    name = f"{rt.url.strip('/').replace('/', '-')}-{datetime.now(UTC):%Y-%m-%d}.csv"
    reply = Response(stream_with_context(rows), mimetype="text/csv")
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    reply.headers["Cache-Control"] = "no-store"
    return reply


def export_rows(
    rt: RecordType,
    actor: Actor,
    args: Any,
    reading: Reading,
    *,
    layout: str = "manual",
    spreadsheet: bool = False,
    comma: bool = False,
    whole: bool = False,
    more: More | None = None,
) -> Iterator[bytes]:
    """The file in pieces, its header first. `comma` writes the decimal sign of locales that have one, with `;` between cells.

    `whole`: with the rows that lists leave out unless they are asked for.
    """
    wanted = columns(rt, layout)
    stmt, positions = _select(rt, actor, args, reading, wanted, whole=whole)
    return _pieces(rt, wanted, stmt, positions, bom=spreadsheet, comma=comma, more=more)


def _select(
    rt: RecordType, actor: Actor, args: Any, reading: Reading, wanted: list[Column], *, whole: bool = False
) -> tuple[Select[Any], dict[str, int]]:
    """One SELECT of all rows, and where each field's value stands in them. Order: the list's where one was asked for, else by id."""
    kept: MultiDict[str, Any] = MultiDict((k, v) for k, v in MultiDict(args).items(multi=True) if k not in ("cursor", "limit"))
    spec = list_spec.parse_list(rt, actor, kept, reading=reading, whole=whole)
    model = rt.model
    selected: list[Any] = [model.id]
    positions: dict[str, int] = {}
    for column in wanted:
        f = column.field
        if f is not None and f.custom_id is None and not isinstance(f.kind, Refs):
            positions[f.name] = len(selected)
            selected.append(f.seen_expression(model, actor).label(f"c{len(selected)}"))
    if any(f.custom_id for c in wanted for f in c.fields):
        positions["custom"] = len(selected)
        selected.append(model.custom)
        if rt.custom and rt.custom.type_attribute:
            positions["type"] = len(selected)
            selected.append(getattr(model, rt.custom.type_attribute).label("type_of_row"))
    stmt = select(*selected).where(*query.base_conditions(spec))
    if kept.get("sort"):
        stmt = stmt.order_by(*query.order_by(spec, query.raw_key(spec), model.id, nullable=query.is_nullable(spec)))
    else:
        stmt = stmt.order_by(model.id)
    return stmt, positions


def _pieces(
    rt: RecordType,
    wanted: list[Column],
    stmt: Select[Any],
    positions: Mapping[str, int],
    *,
    bom: bool,
    comma: bool,
    more: More | None = None,
) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    # Line ends inside cells stay as they are (LF); rows end in CRLF as RFC 4180 has it.
    writer = csv.writer(buffer, delimiter=";" if comma else ",", lineterminator="\r\n")
    writer.writerow([*(guard(c.header) for c in wanted), *(more.headers if more else ())])
    yield (b"\xef\xbb\xbf" if bom else b"") + buffer.getvalue().encode()
    logins = dict(db.session.execute(select(User.id, User.login)).all()) if user_ids(wanted) else {}
    cells = [_cell(c, positions, logins, comma=comma) for c in wanted]
    several = [f for c in wanted for f in c.fields if isinstance(f.kind, Refs)]
    result = db.session.execute(stmt.execution_options(yield_per=PART))
    for part in result.partitions():
        linked = {f.name: _links(f, [row[0] for row in part], logins) for f in several}
        buffer.seek(0)
        buffer.truncate()
        lines = [[cell(row, linked) for cell in cells] for row in part]
        writer.writerows(_with_more(lines, [row[0] for row in part], more, comma=comma) if more else lines)
        yield buffer.getvalue().encode("utf-8", "replace")


def _with_more(lines: list[list[Any]], ids: list[int], more: More, *, comma: bool) -> Iterator[list[Any]]:
    found = more.rows(ids)
    for line, record_id in zip(lines, ids, strict=True):
        for cells in found.get(record_id) or [[""] * len(more.headers)]:
            yield line + [c.replace(".", ",") if comma and n in more.numeric else c for n, c in enumerate(cells)]


def value_text(f: Field, logins: Mapping[int, str]) -> Callable[[Any], str]:
    """How a stored value of a field stands in a file, in the customs of a round trip: the function that writes it."""
    if isinstance(f.kind, Ref) and f.kind.target == USER:
        return lambda value: "" if value is None else guard(logins.get(value, str(value)))
    to_text = f.kind.csv
    if f.custom_id and not is_text(f):  # a value from when the field was of another kind may be any text
        return lambda value: "" if value is None else text if _HARMLESS.fullmatch(text := to_text(value)) else guard(text)
    if is_text(f):
        return lambda value: guard(to_text(value)) if value is not None else ""
    return lambda value: to_text(value) if value is not None else ""


def _cell(column: Column, positions: Mapping[str, int], logins: Mapping[int, str], *, comma: bool) -> Callable[[Any, Any], str]:
    f = column.field
    if f is None:
        return lambda row, linked: row[0]
    if isinstance(f.kind, Refs):
        name = f.name
        return lambda row, linked: linked[name][row[0]]
    if f.custom_id is None:
        at, write = positions[f.name], _localised(f, value_text(f, logins), comma)
        return lambda row, linked: write(row[at])
    at = positions["custom"]
    if "type" not in positions:
        name, write = f.name, _localised(f, value_text(f, logins), comma)
        return lambda row, linked: write((row[at] or {}).get(name))
    type_at = positions["type"]
    writers = {f.name: _localised(f, value_text(f, logins), comma) for f in column.fields}

    def typed(row: Any, linked: Any) -> str:
        mine = by_type(column, row[type_at])
        return writers[mine.name]((row[at] or {}).get(mine.name)) if mine is not None else ""

    return typed


def _localised(f: Field, write: Callable[[Any], str], comma: bool) -> Callable[[Any], str]:
    """A spreadsheet in a comma locale takes 1.5 for the first of May: its numbers get a decimal comma."""
    if not (comma and f.kind.numeric):
        return write
    return lambda value: write(value).replace(".", ",")


def _links(f: Field, ids: list[int], logins: Mapping[int, str]) -> dict[int, str]:
    """Several references as one cell: names (logins of people), separated by commas; a name that could be misread stands as its id."""
    kind = f.kind
    assert isinstance(kind, Refs)
    found = kind.read(ids)
    names: Mapping[int, str] = logins
    if kind.target != USER:
        names = labels(kind.target, {target for targets in found.values() for target in targets})
    plain = {i: n if "," not in n and not n.isdigit() and n == n.strip() else str(i) for i, n in names.items()}
    return {owner: guard(",".join(plain.get(t, str(t)) for t in targets)) for owner, targets in found.items()}


__all__ = ["ROUND_TRIP", "SPREADSHEET", "More", "export_response", "export_rows", "value_text"]
