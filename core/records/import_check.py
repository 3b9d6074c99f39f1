"""The second pass of a check: rows meet records, cells become values, and values are checked as a form's would be; part by part."""

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import and_, select, true

from core.access import allowed
from core.db import db
from core.fields import Invalid, Reading
from core.fields.references import Ref, Refs

from .ahead import asked_together
from .csv_layout import ID, unguard
from .import_links import BAD, CHANGED, CREATED, NOTHING, SKIPPED, forget, settle
from .import_meet import Meeting, Met, match_fields
from .import_options import CREATE, MOST_PROBLEMS, SKIP, UPDATE, Problem, Progress, Ready
from .import_refs import Resolved, resolve, rows_meant
from .import_rights import may_not_create
from .import_rows import RowReader
from .import_spool import Spool
from .import_values import RowValues
from .unique import taken

if TYPE_CHECKING:
    from .importing import Checked

PART = 2_000
"""Rows that are looked up, read and written together: more need more memory, fewer take longer."""


class RowChecks:
    """The second pass: rows become values."""

    def __init__(self, out: "Checked", progress: Progress | None):
        assert out.matched is not None
        self.out, self.progress = out, progress
        self.rt, self.actor, self.options, self.matched = out.rt, out.actor, out.options, out.matched
        self.reading = Reading(
            actor=self.actor, source="csv", day_order=out.scan.day_order or None, decimal=out.scan.decimal or "."
        )  # fmt: skip
        self.reader = RowReader(
            rt=self.rt, matched=self.matched, reading=self.reading, scan=out.scan, resolved=self._resolve(), problems=out.problems
        )  # fmt: skip
        self.meeting = Meeting(rt=self.rt, actor=self.actor, keys=match_fields(self.rt, self.matched, self.options))
        self.fields = {f.name: f for f in self.rt.fields}
        self.values = RowValues(out, self.reader, self.own_positions)
        self.id_at = self.matched.position(ID) if self.options.match == ID else None
        self.checks = [n for n, c in enumerate(self.matched.columns) if c is not None and c.fields and not c.written]
        self.creates_ask = not self.actor.superadmin and any(
            rule.action == "create" for rule in (*self.rt.access.rules, *self.rt.foreign_rules)
        )  # fmt: skip

    def _resolve(self) -> dict[int, Resolved]:
        resolved = {}
        own = []
        for position, raws in self.out.scan.raws.items():
            column = self.matched.columns[position]
            assert column is not None
            resolved[position] = Resolved()
            for f in column.fields:  # types of record that share a label share what their cells may mean
                found = resolve(f, raws, self.reading)
                resolved[position].ids |= {t: i for t, i in found.ids.items() if i is not None or t not in resolved[position].ids}
                if isinstance(f.kind, Ref) and not isinstance(f.kind, Refs) and f.kind.target == self.rt.name:
                    own.append(position)
        if own:
            rows_meant(resolved, own, self.matched, self.rt.title, self.out.rows, by_id=self.options.match == ID)
        self.own_positions = own
        self.meant = {row for p in own for rows in resolved[p].rows.values() for row in rows}
        return resolved

    def run(self) -> None:
        out = self.out
        out.states = bytearray(out.scan.last + 1)
        out.spool = Spool()
        rows = out.rows()
        done = 0
        while part := list(islice(rows, PART)):
            with db.session.no_autoflush:
                self._part(part)
            done += len(part)
            if self.progress:
                self.progress(done, out.scan.rows)
            if self.reader.faults >= MOST_PROBLEMS:
                message = _(
                    "There are more than %(n)s problems; the check ended here. Are the columns matched rightly?", n=f"{MOST_PROBLEMS:,}"
                )
                out.problems.insert(0, Problem(row=0, kind="value", message=message))
                return
        self._too_long()
        settle(out)

    def _too_long(self) -> None:
        """Cells beyond the header's last column: dropping them would lose what somebody wrote."""
        assert self.matched is not None
        for number, count in self.out.long.items():
            width = len(self.matched.headers)
            self.out.refuse(number, "long", _("The row has %(n)s cells, the header %(width)s columns.", n=count, width=width))

    # --- one part of the file ---

    def _part(self, part: list[tuple[int, list[str]]]) -> None:
        keys = self._keys(part)
        met = self.meeting.meet(keys) if self.id_at is None else {}
        targets = {number: self._target(number, row, met.get(number)) for number, row in part}
        current = self._records({t for t in targets.values() if t is not None and t > 0}) if self.options.duplicates == UPDATE else {}
        self.values.look_at(list(current))
        ready: list[Ready] = []
        warned: list[tuple[Ready, Any, list[str]]] = []
        with asked_together(self._referred(part)):
            self._read(part, met, targets, current, ready, warned)
        self._warn(warned)
        good = [(r.row, r.record_id, r.values) for r in ready if self.out.states[r.row] != BAD]
        for number, errors in taken(self.rt, good, to_write=False).items():
            for name, messages in errors.items():
                self.out.refuse(number, "refused", str(messages[0]), name=name)
        if self.creates_ask:
            self._ask_create([r for r in ready if r.record_id is None])
        self.out.spool.write([r for r in ready if self.out.states[r.row] != BAD])

    def _read(
        self, part: list[tuple[int, list[str]]], met: Mapping[int, Met], targets: Mapping[int, int | None],
        current: Mapping[int, tuple[Any, bool]], ready: list[Ready], warned: list[tuple[Ready, Any, list[str]]],
    ) -> None:  # fmt: skip
        """Make values of the rows of a part: those that can be written go into `ready`, with their record and cells into `warned`."""
        for number, row in part:
            before = len(self.out.problems)
            target = targets[number]
            one = record = None
            if target is not None and target < 0:
                pass  # said by _target
            elif target is None or (self.options.duplicates == CREATE and self.id_at is None):
                one = self._new(number, row, met.get(number))
            elif self.options.duplicates == SKIP:
                self._said_duplicate(number, row, met.get(number), target)
            else:
                record, may = current.get(target, (None, False))
                one = self._change(number, row, target, record, may)
            if len(self.out.problems) > before and any(p.bad for p in self.out.problems[before:]):
                self.out.states[number] = BAD
                forget(self.out.links, number)
            elif one is not None:
                self.out.states[number] = CREATED if one.record_id is None else CHANGED
                ready.append(one)
                warned.append((one, record, row))
            elif self.out.states[number] == NOTHING:
                self.out.states[number] = SKIPPED
            if number in self.meant:
                self.out.links.met[number] = target if target is not None and target > 0 else None

    def _referred(self, part: list[tuple[int, list[str]]]) -> set[int]:
        """What the rows of a part refer to, of whatever type: `prepare` may ask about it."""
        found = (
            resolved.ids.get(unguard(row[position]).strip()) for position, resolved in self.reader.resolved.items() for _number, row in part
        )
        return {i for i in found if i is not None and i > 0}

    def _keys(self, part: list[tuple[int, list[str]]]) -> dict[int, dict[str, Any]]:
        """The values of the match fields, quietly: what can't be read is said later."""
        places = [(name, p) for name in self.meeting.names if (p := self.matched.position(name)) is not None]
        out: dict[int, dict[str, Any]] = {}
        kinds = {name: self.fields[name].kind for name, _p in places}
        for number, row in part:
            values = {}
            for name, position in places:
                if cell := row[position]:
                    try:
                        values[name] = kinds[name].parse(unguard(cell), self.reading)
                    except Invalid:
                        continue
            out[number] = values
        self.reading.warnings.clear()
        return out

    def _target(self, number: int, row: list[str], met: Met | None) -> int | None:
        """The id of the record that a row means; None for a new one, -1 when that can't be told (and is said)."""
        if self.id_at is not None:
            text = row[self.id_at].strip()
            if not text:
                return None
            if text.isascii() and text.isdigit() and len(text) < 10:
                return int(text)
            self.reader.problem(number, "reference", _("“%(value)s” was not found.", value=text[:80]), self.id_at, text)
            return -1
        if met is None or not met.ids:
            return None
        if len(met.ids) > 1 and self.options.duplicates == UPDATE:
            message = _(
                "Several records are the same here: no. %(ids)s. Let rows meet records by id.", ids=", ".join(map(str, met.ids[:5]))
            )
            self.reader.problem(number, "ambiguous", message, self.matched.position(met.field) or 0)
            return -1
        return met.ids[0]

    def _said_duplicate(self, number: int, row: list[str], met: Met | None, target: int) -> None:
        position = self.id_at if self.id_at is not None else self.matched.position(met.field) if met else None
        message = _("There already: no. %(id)s. The row is skipped.", id=target)
        self.reader.problem(number, "duplicate", message, -1 if position is None else position, row[position or 0], bad=False)
        self.out.states[number] = SKIPPED

    def _records(self, ids: set[int]) -> Mapping[int, tuple[Any, bool]]:
        """The records to change, as far as the actor sees them, and whether he may change them. Detached: a check writes nothing."""
        if not ids:
            return {}
        may = and_(true(), allowed(self.rt, "edit", self.actor)).label("may")
        model = self.rt.model
        stmt = select(model, may).where(model.id.in_(sorted(ids)), allowed(self.rt, "view", self.actor), model.trashed_at.is_(None))
        out = {}
        for record, allowed_ in db.session.execute(stmt):
            db.session.expunge(record)
            out[record.id] = (record, bool(allowed_))
        return out

    def _new(self, number: int, row: list[str], met: Met | None) -> Ready | None:
        if self.options.duplicates != CREATE and (twin := self.meeting.earlier(number)) is not None:
            position = self.matched.position(twin.field) or 0
            if self.options.duplicates == SKIP:
                self.reader.problem(
                    number, "duplicate", _("The same as row %(n)s. The row is skipped.", n=twin.row), position, row[position], bad=False
                )
                return None
            self.reader.problem(
                number, "duplicate", _("The same as row %(n)s: which of the two counts?", n=twin.row), position, row[position]
            )
            return None
        values = self.values.of_new(number, row)
        if values is None:
            return None
        self.meeting.remember(number)
        if met is not None and met.similar and not met.ids:
            position = self.matched.position(met.field) or 0
            message = _("“%(name)s” (no. %(id)s) differs in accents only.", name=met.similar[1], id=met.similar[0])
            self.reader.problem(number, "similar", message, position, row[position], bad=False)
        return Ready(number, None, 0, values)

    def _change(self, number: int, row: list[str], target: int, record: Any, may: bool) -> Ready | None:
        if record is None:
            self.reader.problem(number, "reference", _("No. %(id)s was not found.", id=target), -1 if self.id_at is None else self.id_at)
            return None
        if not may:
            self.reader.problem(number, "right", _("You see no. %(id)s, but may not change it.", id=target))
            return None
        first = self.out.links.changed.setdefault(target, number)
        if first != number:
            self.reader.problem(number, "duplicate", _("Row %(n)s changes the same record: which of the two counts?", n=first))
            return None
        values = self.values.of_changed(number, row, record)
        return None if values is None else Ready(number, target, record.version, values)

    # --- what concerns all rows of a part ---

    def _warn(self, rows: list[tuple[Ready, Any, list[str]]]) -> None:
        """Remarks of the record type: on the values, and on cells that are read as a check only."""
        good = [(one, record, row) for one, record, row in rows if self.out.states[one.row] != BAD]
        if not good:
            return
        for (one, _record, row), said in zip(good, self.rt.warnings([(o.values, r) for o, r, _row in good], self.actor), strict=True):
            for name, message in said:
                position = self.matched.position(name)
                at = -1 if position is None else position
                self.reader.problem(one.row, "warning", str(message), at, row[at] if at >= 0 else "", bad=False, column=name)
        if self.checks:
            places = {c.header: n for n in self.checks if (c := self.matched.columns[n]) is not None}
            pairs = [({header: row[n] for header, n in places.items()}, one.values) for one, _record, row in good]
            for (one, _record, row), said in zip(good, self.rt.csv_warns(pairs, self.actor), strict=True):
                for header, message in said:
                    at = places[header]
                    self.reader.problem(one.row, "warning", str(message), at, row[at], bad=False)

    def _ask_create(self, rows: list[Ready]) -> None:
        """Where rules say what may be created, ask them beforehand, from the values that they can look at."""
        for number in may_not_create(self.rt, self.actor, {r.row: r.values for r in rows}):
            self.out.refuse(number, "right", _("You may not create this here."))


__all__ = ["PART", "RowChecks"]
