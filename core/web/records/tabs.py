"""The tabs that every record has: activity, files, history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import Integer, bindparam, func, select

from core.access import Actor, allowed, for_reader, is_allowed
from core.activity import Note
from core.activity.services import ICONS, KINDS, Noted, count_notes, notes_on
from core.addons.declarations import Tab
from core.addons.runtime import runtime
from core.custom_fields.services import former_labels
from core.db import db, read
from core.files.models import File
from core.history import HistoryEntry
from core.identity.models import User
from core.records import list_spec
from core.records.attached import FILE, NOTE
from core.records.catalogue import record_type
from core.records.pages import hanging_on, is_closed
from core.records.record_type import RecordType
from core.records.rendering import render_markup
from core.records.words import value_words

from .forms import back_fields


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of history in words."""

    at: Any
    who: str
    action: str
    icon: str
    changes: Sequence[tuple[Any, Any, Any]]
    note: str = ""
    back_url: str = ""
    """The form in which what it changed stands as it was before."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """What a tab could not take, kept in `g.refused` for the page that answers: why, and what was typed."""

    errors: Sequence[str]
    typed: Mapping[str, str]


NOTHING_REFUSED = Refused(errors=(), typed={})

ACTIONS = {
    "create": _l("created it"),
    "update": _l("changed"),
    "delete": _l("moved it to the trash"),
    "restore": _l("took it out of the trash"),
}
ACTION_ICONS = {"create": "plus", "update": "pencil", "delete": "trash", "restore": "arrow-back-up"}


def builtin_tabs(rt: RecordType) -> Sequence[Tab]:
    """Activity, files and history of a record type: the same objects each time, for statements on them are kept."""
    return _builtin_tabs(rt.name)


@lru_cache(maxsize=256)
def _builtin_tabs(name: str) -> Sequence[Tab]:
    files = select(func.count()).select_from(File)
    return (
        Tab(name, _l("Activity"), name="activity", view=_activity, weight=80, count=lambda i, actor: _count(name, i, actor)),
        Tab(
            name, _l("Files"), name="files", view=_files, weight=85,
            count=lambda i, actor: files.where(File.record_type == name, File.record_id == i, File.replaced_at.is_(None)),
        ),
        Tab(name, _l("History"), name="history", view=_history, weight=90),
    )  # fmt: skip


def _type_of(record: Any) -> RecordType:
    from core.history.listener import record_type_of

    return record_type(record_type_of(type(record)))


def _may_edit(rt: RecordType, record: Any, actor: Any) -> bool:
    return is_allowed(rt, record.id, actor, "edit")["edit"] and not actor.read_only and not is_closed(rt, record, actor)


LATEST = 5


def _noted(rt: RecordType, record_id: Any, actor: Any) -> list[Noted]:
    """Where notes on a record stand: on itself, and on what hangs on it as far as the actor sees that."""
    out = [Noted(record_type=rt.name, where=Note.record_id == record_id)]
    for child in hanging_on(rt, actor):
        model = child.rt.model
        seen = [child.field.in_tab(model, record_id), model.trashed_at.is_(None), allowed(child.rt, "view", actor)]
        title = select(getattr(model, child.rt.title)).where(model.id == Note.record_id).correlate(Note).scalar_subquery()
        out.append(Noted(record_type=child.rt.name, where=Note.record_id.in_(select(model.id).where(*seen)), title=title))
    return out


def _count(name: str, record_id: Any, actor: Any) -> Any:
    return count_notes(_noted(record_type(name), record_id, actor))


@for_reader
def _newest(actor: Actor, rt: RecordType, limit: int) -> Any:
    return notes_on(_noted(rt, bindparam("record_id", type_=Integer), actor), limit=limit)


def _activity(record: Any, actor: Any) -> Markup:
    rt = _type_of(record)
    return _notes(rt, record, actor, may_edit=_may_edit(rt, record, actor), limit=50)


def latest_activity(rt: RecordType, record: Any, actor: Actor, *, may_edit: bool) -> Markup:
    """The last notes on a record with the composer, for its overview."""
    return _notes(rt, record, actor, may_edit=may_edit, limit=LATEST, all_url=url_for(f"{rt.blueprint}.show", id=record.id, tab="activity"))


def _notes(rt: RecordType, record: Any, actor: Actor, *, may_edit: bool, limit: int, all_url: str = "") -> Markup:
    return render_markup(
        "record/_activity.html",
        notes=read(_newest(actor, rt, limit), {"record_id": record.id}).all(),
        rt=rt, record=record,
        others={child.rt.name: (f"{child.rt.blueprint}.show", child.rt.label) for child in hanging_on(rt, actor)},
        icons=ICONS,
        kinds=KINDS,
        may_edit=may_edit,
        url=url_for("pages.add_note", type_name=rt.name, id=record.id),
        all_url=all_url,
        refused=g.get("refused", NOTHING_REFUSED),
    )


def _files(record: Any, actor: Any) -> Markup:
    rt = _type_of(record)
    rows = db.session.execute(
        select(File, User.name)
        .outerjoin(User, User.id == File.created_by_id)
        .where(File.record_type == rt.name, File.record_id == record.id, File.replaced_at.is_(None))
        .order_by(File.id.desc())
    ).all()
    return render_markup(
        "record/_files.html",
        files=rows,
        may_edit=_may_edit(rt, record, actor),
        url=url_for("pages.add_file", type_name=rt.name, id=record.id),
        max_size=runtime().settings.max_upload,
        refused=g.get("refused", NOTHING_REFUSED),
    )


def _history(record: Any, actor: Any) -> Markup:
    rt = _type_of(record)
    return render_markup("record/_history.html", page={"entries": history_entries(rt, record, actor), "next_url": None})


def history_entries(rt: RecordType, record: Any, actor: Any, *, limit: int = 100) -> list[Entry]:
    """The history of a record in words, newest first; what is masked on its page is masked here."""
    rows = db.session.execute(
        select(HistoryEntry, User.name)
        .outerjoin(User, User.id == HistoryEntry.actor_id)
        .where(HistoryEntry.record_type == rt.name, HistoryEntry.record_id == record.id)
        .order_by(HistoryEntry.id.desc())
        .limit(limit)
    ).all()
    names: dict[str, Any] = {f.name: f.label for f in list_spec.all_fields(rt)}
    names |= {NOTE: _("Note"), FILE: _("File")}
    names |= former_labels({n for entry, _name in rows for n in entry.changes} - set(names))
    words = value_words(rt, [(name, v) for entry, _name in rows for name, pair in entry.changes.items() for v in pair], actor)
    out, may_edit = [], _may_edit(rt, record, actor)
    for entry, who in rows:
        goes_back = may_edit and entry.action == "update" and back_fields(rt, record, actor, entry.changes)
        back = url_for(f"{rt.blueprint}.edit", id=record.id, back=entry.id) if goes_back else ""
        shown = (
            []
            if entry.action in ("create", "delete", "restore")
            else [(names.get(n, n), words(n, pair[0]), words(n, pair[1])) for n, pair in entry.changes.items()]
        )
        action = str(ACTIONS.get(entry.action, entry.action))
        out.append(
            Entry(
                at=entry.at, who=who or _("The system"), action=action, icon=ACTION_ICONS.get(entry.action, "pencil"), changes=shown,
                back_url=back,
            )
        )
    return out
