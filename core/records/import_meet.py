"""Which rows of a file meet a record that is there, or an earlier row: by id, fiscal id, e-mail or name.

Names are the same when they differ only in case, spaces and Unicode form; accents make them different and are hinted at. Only what the
importer sees counts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from core.access import Actor, allowed
from core.db import among, db, sort_key
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


Key = tuple[str, ...]
"""Fields that tell a record together."""


def match_fields(rt: RecordType, matched: Matched, options: Options) -> list[Key]:
    """The keys by each of which rows meet records: the chosen field, or those of the record type that the file has."""
    names = {f.name for f in rt.fields}
    if options.match:
        return [(rt.title if options.match == "name" and "name" not in names else options.match,)]
    keys = [(key,) if isinstance(key, str) else tuple(key) for key in rt.meets or (rt.title,)]
    return [key for key in keys if all(matched.position(name) is not None for name in key)]


def choices(rt: RecordType) -> list[str]:
    """What somebody can choose for rows to meet records by."""
    names = {f.name for f in rt.fields}
    singles = [key for key in rt.meets if isinstance(key, str)]
    return [ID, *dict.fromkeys(n for n in (*singles, "fiscal_id", "email", rt.title) if n in names)]


@dataclass(kw_only=True)
class Meeting:
    """Looks rows up, some hundred at a time, and remembers those that came before. Earlier keys are kept as hashes: a file may be long."""

    rt: RecordType
    actor: Actor
    keys: Sequence[Key]
    seen: list[dict[int, int]] = field(default_factory=list)
    here: dict[int, list[str]] = field(default_factory=dict)
    """Row → its keys as text, of the part that is looked at."""

    @property
    def names(self) -> set[str]:
        """The fields that must be read beforehand."""
        return {name for key in self.keys for name in key if name != ID}

    def meet(self, rows: Mapping[int, Mapping[str, Any]]) -> dict[int, Met]:
        """Row number → what it meets among records; `rows` holds the parsed values of the match fields."""
        out: dict[int, Met] = {}
        self.here = {n: [self._same([values.get(name) for name in key]) for key in self.keys] for n, values in rows.items()}
        for place, key in enumerate(self.keys):
            name = key[0]
            fold = self._fold(name)
            index = {n: fold(str(rows[n][name])) for n, same in self.here.items() if same[place]}
            found = self._records(key, {n: rows[n][name] for n in index}, index)
            for number, folded in index.items():
                near = found.get(folded)
                if not near or (number in out and out[number].ids):
                    continue
                ids = tuple(sorted(i for i, texts in near if self._same(texts) == self.here[number][place]))
                similar = (near[0][0], str(near[0][1][0])) if key == (self.rt.title,) and not ids else None
                if ids or similar:
                    out[number] = Met(field=name, ids=ids, similar=similar)
        return out

    def earlier(self, number: int) -> Met | None:
        """The earlier row that has the same key as this one of the part, or None."""
        for place, same in enumerate(self.here.get(number, ())):
            if same and place < len(self.seen) and (row := self.seen[place].get(hash(same))):
                return Met(field=self.keys[place][0], row=row)
        return None

    def remember(self, number: int) -> None:
        """This row of the part will be there when the next ones are looked at."""
        self.seen = self.seen or [{} for _key in self.keys]
        for place, same in enumerate(self.here.get(number, ())):
            if same:
                self.seen[place].setdefault(hash(same), number)

    @staticmethod
    def _same(values: Sequence[Any]) -> str:
        """One text that is equal for equal keys; "" when a part of the key is missing."""
        return "" if None in values or "" in values else "\x1f".join([same_text(str(v)) for v in values])

    def _fold(self, name: str) -> Callable[[str], str]:
        """What makes of a text what the look-up goes by: the stored key where there is one, which knows neither case nor accents."""
        return sort_key if hasattr(self.rt.model, f"{name}_key") else same_text

    def _records(self, key: Key, values: Mapping[int, Any], index: Mapping[int, str]) -> dict[str, list[tuple[int, list[Any]]]]:
        model, name = self.rt.model, key[0]
        out: dict[str, list[tuple[int, list[Any]]]] = {}
        if not values:
            return out
        shown = [self.rt.field(n).expression(model) for n in key]
        if hasattr(model, f"{name}_key"):
            wanted = among(getattr(model, f"{name}_key"), sorted(set(index.values())))
        else:
            wanted = shown[0].in_(sorted(_variants(self.rt.field(name), list(values.values()))))
        stmt = select(model.id, *shown).where(wanted, allowed(self.rt, "view", self.actor), model.trashed_at.is_(None)).order_by(model.id)
        fold = self._fold(name)
        for record_id, *texts in db.session.execute(stmt):
            out.setdefault(fold(str(texts[0])), []).append((record_id, texts))
        return out


def _variants(f: Field, values: Sequence[Any]) -> set[Any]:
    """A value as it may be stored where there is no folded key: as given, in small and in capital letters."""
    if not isinstance(f.kind, kinds.Text):
        return set(values)
    return {form for v in values for form in (v, str(v).lower(), str(v).upper())}


__all__ = ["Key", "Meeting", "Met", "choices", "match_fields"]
