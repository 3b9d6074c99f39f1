"""Which rows of a file meet a record that is there, or an earlier row: by id, fiscal id, e-mail or name (DESIGN.md 5).

Names are the same when they differ only in case, spaces and Unicode form; accents make them different and are hinted at. Only what the
importer sees counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from core.access import Actor, allowed
from core.db import db, sort_key
from core.fields import Field, kinds

from .csv_layout import ID, same_text
from .import_columns import Matched
from .import_options import Options
from .record_type import RecordType


@dataclass(frozen=True, kw_only=True, slots=True)
class Met:
    """What a row meets: records (ids, lowest first) by `field`, or an earlier `row` of the file; `similar` names differ in accents."""

    field: str = ""
    ids: tuple[int, ...] = ()
    row: int = 0
    similar: tuple[int, str] | None = None


def match_fields(rt: RecordType, matched: Matched, options: Options) -> list[str]:
    """The fields by each of which rows meet records: the chosen one, or those of the record type that the file has."""
    names = {f.name for f in rt.fields}
    if options.match:
        return [rt.title if options.match == "name" and "name" not in names else options.match]
    return [name for name in rt.meets or (rt.title,) if matched.position(name) is not None]


def choices(rt: RecordType) -> list[str]:
    """What somebody can choose for rows to meet records by."""
    names = {f.name for f in rt.fields}
    return [ID, *dict.fromkeys(n for n in (*rt.meets, "fiscal_id", "email", rt.title) if n in names)]


@dataclass(kw_only=True)
class Meeting:
    """Looks rows up, some hundred at a time, and remembers those that came before. Earlier keys are kept as hashes: a file may be long."""

    rt: RecordType
    actor: Actor
    names: Sequence[str]
    seen: dict[str, dict[int, int]] = field(default_factory=dict)

    def meet(self, rows: Mapping[int, Mapping[str, Any]]) -> dict[int, Met]:
        """Row number → what it meets among records; `rows` holds the parsed values of the match fields."""
        out: dict[int, Met] = {}
        for name in self.names:
            if name == ID:
                continue
            index = {number: self._index(name, v) for number, values in rows.items() if (v := values.get(name))}
            found = self._records(name, {number: rows[number][name] for number in index}, index)
            for number, place in index.items():
                near = found.get(place)
                if not near or (number in out and out[number].ids):
                    continue
                key = self._key(name, rows[number][name])
                ids = tuple(sorted(i for i, text in near if self._key(name, text) == key))
                similar = next(((i, t) for i, t in near if self._key(name, t) != key), None) if name == self.rt.title else None
                out[number] = Met(field=name, ids=ids, similar=similar)
        return out

    def earlier(self, values: Mapping[str, Any], number: int) -> Met | None:
        """The earlier row that has the same key, or None; then this row is remembered by `remember`."""
        for name in self.names:
            if name != ID and (value := values.get(name)) and (row := self.seen.get(name, {}).get(hash(self._key(name, value)))):
                return Met(field=name, row=row)
        return None

    def remember(self, values: Mapping[str, Any], number: int) -> None:
        """This row will be there when the next ones are looked at."""
        for name in self.names:
            if name != ID and (value := values.get(name)):
                self.seen.setdefault(name, {}).setdefault(hash(self._key(name, value)), number)

    def _key(self, name: str, value: Any) -> str:
        return same_text(str(value))

    def _index(self, name: str, value: Any) -> str:
        """What the look-up goes by: the stored key where there is one, which knows neither case nor accents."""
        return sort_key(str(value)) if hasattr(self.rt.model, f"{name}_key") else same_text(str(value))

    def _records(self, name: str, values: Mapping[int, Any], index: Mapping[int, str]) -> dict[str, list[tuple[int, str]]]:
        model, f = self.rt.model, self.rt.field(name)
        out: dict[str, list[tuple[int, str]]] = {}
        if not values:
            return out
        column = f.expression(model)
        if hasattr(model, f"{name}_key"):
            wanted = getattr(model, f"{name}_key").in_(sorted(set(index.values())))
        else:
            wanted = column.in_(sorted(_variants(f, list(values.values()))))
        stmt = select(model.id, column).where(wanted, allowed(self.rt, "view", self.actor), model.trashed_at.is_(None)).order_by(model.id)
        for record_id, text in db.session.execute(stmt):
            out.setdefault(self._index(name, text), []).append((record_id, text))
        return out


def _variants(f: Field, values: Sequence[Any]) -> set[Any]:
    """A value as it may be stored where there is no folded key: as given, in small and in capital letters."""
    if not isinstance(f.kind, kinds.Text):
        return set(values)
    return {form for v in values for form in (v, str(v).lower(), str(v).upper())}


__all__ = ["Meeting", "Met", "choices", "match_fields"]
