"""A row's cells as the values of a new record, or as what changes on one that is there; checked as a form's values would be."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import select

from core.access import Conflict, Forbidden, NotFound
from core.db import db
from core.fields import Invalid
from core.fields.references import Ref, Refs
from core.identity.models import User

from .csv_layout import USER, unguard
from .csv_out import value_text
from .import_links import SAME, Wanted
from .import_rows import Remark, RowReader, TypePlan
from .list_spec import all_fields
from .services import check_linked

if TYPE_CHECKING:
    from .importing import Checked


class RowValues:
    """Makes values of rows. `own_positions` are the columns that refer to records of the same type: they may mean rows of the file."""

    def __init__(self, out: "Checked", reader: RowReader, own_positions: Collection[int]):
        assert out.matched is not None
        self.out, self.reader, self.own_positions = out, reader, own_positions
        self.rt, self.actor, self.options, self.matched = out.rt, out.actor, out.options, out.matched
        self.fields = {f.name: f for f in all_fields(self.rt)}
        self.kept = {n for n in reader.positions if reader.to_keep(self.matched.columns[n])}
        self.logins: dict[int, str] | None = None
        self.linked: dict[str, Mapping[int, list[int]]] = {}

    def look_at(self, records: Collection[int]) -> None:
        """The records that the next rows change: what they are linked with is read for all of them."""
        several = [f for n in self.reader.positions if (c := self.matched.columns[n]) for f in c.fields if isinstance(f.kind, Refs)]
        self.linked = {f.name: f.kind.read(list(records)) for f in several} if records else {}

    def of_new(self, number: int, row: list[str]) -> dict[str, Any] | None:
        """The values of a row that makes a record, with defaults; None when something is wrong with them."""
        type_id, values = self._typed(number, row, None)
        plan = self.reader.plan(type_id)
        for position, f, read in plan.cells:
            cell = row[position]
            if f is None or read is None:
                self._foreign(number, position, cell)
            elif f.name in values:
                continue
            elif cell and not cell.isspace():
                if position in self.own_positions and self._row_meant(number, position, f.name, cell):
                    values[f.name] = None
                    continue
                try:
                    value = read(cell)
                except (Invalid, Remark) as said:
                    good, value = self.reader.said(number, position, cell, said)
                    if not good:
                        values[f.name] = None  # said already: no default instead of it, no second message
                        continue
                if value is not None:
                    values[f.name] = value
            elif position in self.kept:
                values[f.name] = None
        for f in plan.defaults:
            if f.name not in values and (default := f.default_value(self.actor)) is not None:
                values[f.name] = default
        return values if self._prepared(number, values, None, plan) else None

    def of_changed(self, number: int, row: list[str], record: Any) -> dict[str, Any] | None:
        """The values of a row that differ from the record's; None when there are none, or something is wrong with them."""
        type_id, values = self._typed(number, row, record)
        plan = self.reader.plan(type_id)
        for position in self.reader.positions:
            f, cell = plan.fields.get(position), row[position]
            if f is None:
                self._foreign(number, position, cell)
                continue
            now = self._now(record, f)
            if not cell or cell.isspace():
                if self.matched.headers[position] in self.options.erase and now not in (None, "", []) and not self._hidden(f, now):
                    values[f.name] = [] if isinstance(f.kind, Refs) else None
                continue
            text = self._text(f)
            if not isinstance(f.kind, Refs) and text(now) == cell and not self._hidden(f, now):
                values.pop(f.name, None)
                continue
            if position in self.own_positions and self._row_meant(number, position, f.name, cell, now):
                continue
            good, value = self.reader.value(number, position, f, cell)
            values.pop(f.name, None)
            if good and (sorted(now or ()) != value if isinstance(f.kind, Refs) else text(value) != text(now)):
                values[f.name] = value
        wanted = self.out.links.wanted.get(number)
        if not values:
            if wanted is None:
                self.out.states[number] = SAME
                return None
            wanted.alone = True
        return values if self._prepared(number, values, record, plan) else None

    def _typed(self, number: int, row: list[str], record: Any) -> tuple[Any, dict[str, Any]]:
        """The type of the row's record, and the values with it where the row says it."""
        name = self.reader.type_attribute
        if name is None:
            return None, {}
        position = self.matched.position(name)
        if position is None or not row[position].strip():
            default = self.fields[name].default_value(self.actor) if record is None and name in self.fields else None
            return (getattr(record, name) if record is not None else default), {}
        good, value = self.reader.value(number, position, self.fields[name], row[position])
        return (value, {name: value}) if good else (None, {name: None})

    def _foreign(self, number: int, position: int, cell: str) -> None:
        """A cell in a column that the row's type does not have."""
        if cell.strip():
            self.reader.problem(number, "value", _("Records of this row's type have no such field."), position, cell)

    def _row_meant(self, number: int, position: int, name: str, cell: str, now: Any = None) -> bool:
        """Whether a reference means a row of this file; then it is settled when all rows are known."""
        text = unguard(cell).strip()
        rows = self.reader.resolved[position].rows.get(text)
        if not rows:
            return False
        known = self.reader.resolved[position].ids.get(text)
        self.out.links.wanted[number] = Wanted(name=name, text=text, rows=rows, record_id=known, now=now)
        return True

    def _prepared(self, number: int, values: dict[str, Any], record: Any, plan: TypePlan) -> bool:
        """Check a row's values as a form's would be: linked lists, the record type's own checks, what is needed."""
        try:
            given = check_linked(self.rt, values, record) if plan.linked else values
            given = self.rt.prepare(dict(given), record, self.actor)
            errors: dict[str, Any] = {}
            if record is None:
                errors = {f.name: [_("This is needed.")] for f in plan.required if given.get(f.name) in (None, "", [])}
            else:
                errors = {f.name: [_("This is needed.")] for f in plan.required if f.name in given and given[f.name] in (None, "", [])}
                if (question := self.rt.asks(given, record, self.actor)) is not None:
                    self.reader.problem(number, "sight", str(question), bad=not self.options.confirmed)
            kind = "missing"
        except Invalid as refused:
            errors, kind = refused.errors, "refused"
        except (Forbidden, NotFound):
            self.reader.problem(number, "right", _("You may not do this."))
            return False
        except Conflict as conflict:
            self.reader.problem(number, "refused", str(conflict))
            return False
        if not errors:
            return True
        said = {p.position for p in self.out.problems[-64:] if p.row == number and p.bad}
        for name, messages in errors.items():
            position = self.matched.position(name)
            if position is not None and position in said:
                continue
            f = self.fields.get(name)
            text = "" if position is not None else (f.csv or f.name) if f is not None else name
            for message in messages:
                self.reader.problem(number, kind, str(message), -1 if position is None else position, column=text)
        return False

    def _hidden(self, f: Any, now: Any) -> bool:
        return isinstance(f.kind, Ref) and f.kind.hides(now, self.actor)

    def _now(self, record: Any, f: Any) -> Any:
        if f.custom_id:
            return (record.custom or {}).get(f.name)
        return self.linked[f.name][record.id] if isinstance(f.kind, Refs) else getattr(record, f.name)

    def _text(self, f: Any) -> Callable[[Any], str]:
        if isinstance(f.kind, Ref) and f.kind.target == USER and self.logins is None:
            self.logins = dict(db.session.execute(select(User.id, User.login)).all())
        return value_text(f, self.logins or {})


__all__ = ["RowValues"]
