"""The form after a change was refused because of somebody else's, or has to be confirmed: nothing typed is lost, nothing is taken back.

It shows what the record holds now, and above it only what the writer himself changed; sent once more, it changes just that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from core.access import Actor, Conflict, load
from core.db.work import rollback
from core.records import list_spec
from core.records.forms import Form
from core.records.record_type import RecordType
from core.records.words import value_words


@dataclass(frozen=True, kw_only=True)
class Refused:
    """What is left after a refusal: the record as it is now, the posted form without what the writer did not change, and their form."""

    record: Any
    posted: MultiDict[str, str]
    form: Form


def after_conflict(
    rt: RecordType,
    record_id: int,
    actor: Actor,
    conflict: Conflict,
    build: Callable[[Any, MultiDict[str, str]], Form],
    *,
    parts: Mapping[str, str] | None = None,
) -> Refused:
    """Undo what was tried, and make the form with which it can be sent once more. `build(record, posted)` makes a form.

    `parts` says with which letters the controls of a field begin that has several, as {"lines": "line_"}.

    Raises NotFound or Forbidden when the other change took the record, or the right to edit it, away.
    """
    rollback()
    record = load(rt, record_id, actor, "edit")
    details = conflict.details or {}
    posted = request.form
    if "changed" in details:
        posted = only(posted, details["changed"], parts or {})
    posted = MultiDict([(k, v) for k, v in posted.items(multi=True) if k not in ("version", "confirm")])
    form = build(record, posted)
    form.note = conflict.message
    form.conflict = conflict_rows(rt, conflict, actor)
    if "sight" in details or request.form.get("confirm") == "sight":
        form.hidden.append(("confirm", "sight"))
    return Refused(record=record, posted=posted, form=form)


def only(posted: MultiDict[str, str], names: list[str], parts: Mapping[str, str]) -> MultiDict[str, str]:
    """The posted values of these fields, with those that say which controls were there."""
    kept = {*names, *(f"{name}__shown" for name in names)}
    starts = tuple(start for name, start in parts.items() if name in names)
    return MultiDict([(k, v) for k, v in posted.items(multi=True) if k in kept or k.startswith(starts)])


def conflict_rows(rt: RecordType, conflict: Conflict, actor: Actor) -> list[dict[str, Any]] | None:
    """The clashing fields in words: before, theirs, yours."""
    rows = (conflict.details or {}).get("fields")
    if not rows:
        return None
    names = {f.name: f.label for f in list_spec.all_fields(rt)}
    sides = ("before", "theirs", "yours")
    words = value_words(rt, [(row["field"], row[side]) for row in rows for side in sides], actor)
    return [{"label": names.get(row["field"], row["field"]), **{side: words(row["field"], row[side]) for side in sides}} for row in rows]
