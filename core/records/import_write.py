"""Writing what was checked: one transaction, 500 rows a statement; with history, keys, links and rights as `create_record` has them.

The bulk twin of services.py. Each row is prepared again inside the transaction, and selected again through the rights once it stands. A
part is written inside a savepoint, so that a row which is refused only then takes nobody with it when the good rows were asked for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from core.access import Actor, Conflict, allowed
from core.addons.declarations import ChangeOfMany
from core.custom_fields.definitions import custom_fields, is_custom
from core.custom_fields.kinds import Linked
from core.db import among, db
from core.db.base import derived_columns
from core.db.bulk import insert_columns
from core.db.types import utcnow
from core.db.work import savepoint
from core.fields import Invalid
from core.fields.references import Ref, Refs
from core.history.listener import note_created, plain

from . import follow
from .ahead import asked_together
from .bulk import REFUSALS, PluginRefused, is_heard, loader, tell
from .import_ids import column_defaults, many_rows, reserve_ids
from .import_links import CREATED, Links
from .import_options import Progress, Ready
from .importing import Checked
from .record_type import RecordType
from .services import _assign, check_linked, missing, snapshot, without_hidden
from .unique import taken

NOTHING = (None, "", False)
"""What history leaves out of a new record."""


class Refused(Exception):
    """A row is refused while it is written: its number, the kind of fault, words, and the field."""

    def __init__(self, row: int, kind: str, message: str, name: str = ""):
        super().__init__(message)
        self.row, self.kind, self.message, self.name = row, kind, message, name


class _SomeRefused(Exception):
    """Rows of a part are refused, all that are known by now: for each that is told by itself the others are written once more."""

    def __init__(self, rows: Sequence[Refused]):
        super().__init__(f"{len(rows)} rows")
        self.rows = rows


@dataclass(kw_only=True)
class Written:
    """What was written: ids of new records, and before-images of changed ones (id → field → [before, after])."""

    created: list[int] = field(default_factory=list)
    changed: dict[int, dict[str, list[Any]]] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)
    """Row → record id, of rows that others refer to."""


Keep = Callable[[Sequence[int], Mapping[int, Any]], None]
"""Told after each part what was made (ids) and changed (before-images), inside the transaction: for the undo."""


def write(checked: Checked, *, keep: Keep | None = None, progress: Progress | None = None) -> Written:
    """Write a check's rows inside the current unit of work. Raises Refused when one is refused now and all were to be written, or none."""

    def refuse(refused: Refused) -> None:
        if not checked.options.good_rows:
            raise refused
        checked.refuse(refused.row, refused.kind, refused.message, name=refused.name)

    with many_rows(checked.rt.model.__table__):
        writer = _Writer(
            checked.rt, checked.actor, refuse, confirmed=checked.options.confirmed, links=checked.links,
            comes=lambda row: checked.states[row] == CREATED, keep=keep,
        )  # fmt: skip
        return writer.run(checked.ready(), progress, checked.created + checked.changed)


def change_many(rt: RecordType, actor: Actor, rows: Sequence[Ready], refuse: Callable[[Refused], None]) -> Written:
    """Change records, each as `update_record` does with a confirmed change, inside the current unit of work; what is refused is told."""
    return _Writer(rt, actor, refuse, confirmed=True).run([list(rows)])


class _Writer:
    """`refuse` is told of rows that are refused; it raises when then none is to be written. `comes`: whether a row will be made."""

    def __init__(
        self, rt: RecordType, actor: Actor, refuse: Callable[[Refused], None], *, confirmed: bool, links: Links | None = None,
        comes: Callable[[int], bool] = lambda row: False, keep: Keep | None = None,
    ):  # fmt: skip
        self.rt, self.actor, self.confirmed, self.links, self.comes, self.keep = rt, actor, confirmed, links or Links(), comes, keep
        self._refuse = refuse
        self.parents = self.links.parents
        self.waiting: dict[int, list[Ready]] = {}
        self.out = Written()
        self.table = self.rt.model.__table__
        self.defaults = column_defaults(self.table)
        self.moment = utcnow()
        self.refs = {f.name: f.kind for f in self.rt.fields if isinstance(f.kind, Refs)}
        self.references = [f.name for f in self.rt.fields if isinstance(f.kind, Ref) and not isinstance(f.kind, Refs)]
        self.linked = self.rt.custom is not None and any(isinstance(f.kind, Linked) for f in custom_fields(self.rt.name))

    def run(self, parts: Iterable[list[Ready]], progress: Progress | None = None, total: int = 0) -> Written:
        done = 0
        for part in parts:
            rows = [r for r in part if self._can_go(r)]
            while rows:
                self._part(rows)
                done += len(rows)
                if progress:
                    progress(done, total)
                rows = [r for parent in rows for r in self.waiting.pop(parent.row, ()) if self._stands(parent, r)]
        return self.out

    def _can_go(self, one: Ready) -> bool:
        """Whether what the row refers to stands already; else it waits for it."""
        if (target := self.links.to_row.get(one.row)) and target[1] not in self.out.rows:
            if self.comes(target[1]):
                self.waiting.setdefault(target[1], []).append(one)
                return False
            self._refuse(Refused(one.row, "parent", _("It belongs to row %(row)s, which can't be imported.", row=target[1]), target[0]))
            return False
        return True

    def _stands(self, parent: Ready, child: Ready) -> bool:
        if parent.row in self.out.rows:
            return True
        name = self.links.to_row[child.row][0]
        self._refuse(Refused(child.row, "parent", _("It belongs to row %(row)s, which can't be imported.", row=parent.row), name))
        for grandchild in self.waiting.pop(child.row, ()):
            self._stands(child, grandchild)
        return False

    def _part(self, rows: list[Ready]) -> None:
        """Write some rows; those that are refused are left out and the others written again."""
        left = rows
        while left:
            created: dict[int, int] = {}
            try:
                with savepoint():
                    changed = self._write(left, created)
            except (Refused, _SomeRefused) as error:
                refused = error.rows if isinstance(error, _SomeRefused) else [error]
                for one in refused:
                    self._refuse(one)
                gone = {one.row for one in refused}
                rest = [r for r in left if r.row not in gone]
                if len(rest) == len(left):  # else it would be written, and refused, for ever
                    raise RuntimeError(f"row {refused[0].row} was refused, which is none of those that were written") from error
                left = rest
                db.session.expire_all()
                continue
            except DBAPIError as error:
                left = self._without_the_bad(left, error)
                continue
            self._finished(left, created, changed)
            return

    def _without_the_bad(self, rows: list[Ready], error: DBAPIError) -> list[Ready]:
        """The database refused a part: find the row by writing halves."""
        db.session.expire_all()
        if len(rows) == 1:
            self._refuse(Refused(rows[0].row, "refused", _("The database refuses this row: %(error)s", error=str(error.orig)[:200])))
            return []
        half = len(rows) // 2
        self._part(rows[:half])
        return rows[half:]

    def _finished(self, rows: list[Ready], created: dict[int, int], changed: dict[int, dict[str, list[Any]]]) -> None:
        ids = list(created.values())
        self.out.created += ids
        self.out.changed |= {i: {} for i in changed} if self.keep else changed
        for r in rows:
            if r.row in self.parents:
                self.out.rows[r.row] = created.get(r.row) or r.record_id or 0
        if self.keep:
            self.keep(ids, changed)

    # --- one part ---

    def _write(self, rows: list[Ready], created: dict[int, int]) -> dict[int, dict[str, list[Any]]]:
        new = [r for r in rows if r.record_id is None]
        old = [r for r in rows if r.record_id is not None]
        with self._asked_together(rows):
            values = self._prepared(new)
        for row, errors in taken(self.rt, [(r.row, r.record_id, values.get(r.row, r.values)) for r in rows]).items():
            raise _refused(row, Invalid(errors))
        if new:
            created |= dict(zip((r.row for r in new), reserve_ids(self.table, len(new)), strict=True))
            self._insert(values, created)
        changed = self._update(old) if old else {}
        ids = [*created.values(), *changed]
        if not ids:
            return {}
        self.rt.written(ids, self.actor)
        follow.written(self.rt, ids, changed)  # afterwards, as after one record
        numbers = {i: row for row, i in created.items()} | {r.record_id: r.row for r in old}
        self._tell(created, changed, values, numbers)
        self._check(created, changed, numbers)
        return changed

    def _prepared(self, rows: list[Ready]) -> dict[int, dict[str, Any]]:
        """Row → values as they will be stored."""
        out: dict[int, dict[str, Any]] = {}
        refused = []
        for r in rows:
            values = self._linked(r)
            try:
                out[r.row] = self.rt.prepare(check_linked(self.rt, values) if self.linked else values, None, self.actor)
            except REFUSALS as error:
                refused.append(_refused(r.row, error))
        if refused:
            raise _SomeRefused(refused)
        return out

    def _linked(self, r: Ready) -> dict[str, Any]:
        values = dict(r.values)
        if (target := self.links.to_row.get(r.row)) is not None:
            values[target[0]] = self.out.rows[target[1]]
        elif (known := self.links.to_id.get(r.row)) is not None:
            values[known[0]] = known[1]
        return values

    def _insert(self, rows: Mapping[int, Mapping[str, Any]], ids: Mapping[int, int]) -> None:
        """By columns, for most of them are alike in all rows."""
        all_values, record_ids = list(rows.values()), [ids[number] for number in rows]
        names = {name for values in all_values for name in values}
        custom_names = [n for n in names if is_custom(n)]
        own, links = names.difference(custom_names, self.refs), names.intersection(self.refs)
        columns: dict[str, Any] = {"id": record_ids}
        same, makers = self.defaults
        same = same | {"custom": {}, "created_by_id": self.actor.user_id, "created_at": self.moment, "updated_at": self.moment}
        for name, make in makers.items():
            if name in own:
                columns[name] = [values[name] if name in values else make() for values in all_values]
            elif name not in same:
                columns[name] = [make() for _values in all_values]
        for name in own.difference(makers):
            default = same.get(name)
            columns[name] = [values.get(name, default) for values in all_values]
        if custom_names:
            columns["custom"] = [{n: v for n in custom_names if (v := values.get(n)) not in (None, "")} for values in all_values]
        columns |= derived_columns(self.rt.model, columns, same)
        insert_columns(self.table, columns, {name: value for name, value in same.items() if name not in columns})
        history = []
        for n, values in enumerate(all_values):
            changes = {name: [None, v if type(v) is str else plain(v)] for name, v in values.items() if name in own and v not in NOTHING}
            if custom_names:
                changes |= {name: [None, v] for name, v in columns["custom"][n].items()}
            if links:
                changes |= {name: [None, v] for name in links if (v := sorted(values.get(name) or ()))}
            history.append({"id": record_ids[n], "version": 1, "changes": changes})
        note_created(self.rt.name, history, self.actor.user_id)
        for name in links:
            self.refs[name].write_new({i: values[name] for i, values in zip(record_ids, all_values, strict=True) if values.get(name)})

    def _update(self, rows: list[Ready]) -> dict[int, dict[str, list[Any]]]:
        model = self.rt.model
        ids = [r.record_id for r in rows]
        locked = select(model).where(among(model.id, ids)).with_for_update().execution_options(populate_existing=True)
        records = {r.id: r for r in db.session.scalars(locked)}
        changed: dict[int, dict[str, list[Any]]] = {}
        refused = []
        with self._asked_together(rows):
            for r in rows:  # one by one: whether two rows close a circle shows only when the first has moved
                try:
                    given, record = self._prepared_change(r, records.get(r.record_id))
                except Refused as error:
                    refused.append(error)
                    continue
                before = snapshot(self.rt, record, given)
                links = _assign(self.rt, record, given)
                for name, kind in links.items():
                    kind.write(record.id, given[name])
                changed[record.id] = {n: [plain(before[n]), plain(v)] for n, v in given.items() if before[n] != v}
        if refused:
            raise _SomeRefused(refused)
        db.session.flush()
        return changed

    def _asked_together(self, rows: list[Ready]) -> AbstractContextManager[None]:
        """Around what is asked for each row of a part: of all that they refer to at once."""
        return asked_together({i for r in rows for name in self.references if type(i := r.values.get(name)) is int})

    def _prepared_change(self, r: Ready, record: Any) -> tuple[dict[str, Any], Any]:
        """What changes on a record, as it will be stored, and the record."""
        if record is None or record.version != r.version or record.trashed_at is not None:
            raise Refused(r.row, "changed", _("No. %(id)s was changed meanwhile. Check the file again.", id=r.record_id))
        try:
            values = without_hidden(self.rt, record, self._linked(r), self.actor)
            given = self.rt.prepare(check_linked(self.rt, values, record), record, self.actor)
            if errors := missing(self.rt, given, record):
                raise Invalid(errors)
            if not self.confirmed and (question := self.rt.asks(given, record, self.actor)) is not None:
                raise Refused(r.row, "sight", str(question))
        except REFUSALS as error:
            raise _refused(r.row, error) from None
        return given, record

    def _tell(
        self, created: Mapping[int, int], changed: Mapping[int, Any], values: Mapping[int, Mapping[str, Any]], rows: Mapping[Any, int]
    ) -> None:
        """Events of plugins, where one listens: in the transaction, and after it. `rows` has the row of each record, new or changed."""
        if not is_heard("record_saving", "record_saved"):
            return
        load = loader(self.rt, [*created.values(), *changed])
        common = {"record_type": self.rt.name, "actor_id": self.actor.user_id}
        changes = {
            rows[i]: ChangeOfMany(
                **common, action="update", before={n: v[0] for n, v in fields.items()}, after={n: v[1] for n, v in fields.items()},
                load=partial(load, i),
            )
            for i, fields in changed.items()
        }  # fmt: skip
        changes |= {row: ChangeOfMany(**common, action="create", after=values[row], load=partial(load, i)) for row, i in created.items()}
        try:
            tell(changes)
        except PluginRefused as refused:
            raise _refused(refused.key, refused.error) from None

    def _check(self, created: Mapping[int, int], changed: Mapping[int, Any], rows: Mapping[Any, int]) -> None:
        """Select the rows again through the rights (docs/access.md)."""
        if self.actor.superadmin:
            return
        actions = {rule.action for rule in (*self.rt.access.rules, *self.rt.foreign_rules)}
        new = list(created.values())
        self._ask(
            "create" if "create" in actions else "view", new, rows, _("You may not create this here, or would not see it afterwards.")
        )
        if not self.confirmed:
            self._ask("view", list(changed), rows, _("After this change you would not see the record any more."))

    def _ask(self, action: str, ids: list[int], rows: Mapping[Any, int], message: str) -> None:
        if not ids:
            return
        model = self.rt.model
        there = set(db.session.scalars(select(model.id).where(among(model.id, ids), allowed(self.rt, action, self.actor))))
        if lost := [rows[i] for i in ids if i not in there]:
            raise Refused(min(lost), "right", message)


def _refused(row: int, error: Exception) -> Refused:
    if isinstance(error, Invalid):
        name, messages = next(iter(error.errors.items()))
        return Refused(row, "refused", messages[0], name)
    if isinstance(error, Conflict):
        return Refused(row, "refused", str(error))
    return Refused(row, "right", _("You may not do this."))


__all__ = ["Refused", "Written", "change_many", "write"]
