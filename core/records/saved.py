"""Saved views: a list's filters, order and columns under a name ("Custom search" of the manual)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, or_, select

from core.access import Actor
from core.db import among, db, read
from core.errors import Invalid, NotFound
from core.fields.kinds import clean_text

from .models import SavedView
from .record_type import RecordType


@dataclass(frozen=True, kw_only=True)
class SavedTab:
    """A saved view as a tab over the list."""

    id: int
    label: str
    url: str
    count: str | None = None
    current: bool = False
    own: bool = True


def normal_query(text: str) -> str:
    """A list's query string without its page, in one order, so that two of them can be compared."""
    pairs = [(k, v) for k, v in parse_qsl(text.lstrip("?"), keep_blank_values=False) if k not in ("cursor", "limit", "view")]
    return urlencode(sorted(pairs))


_VIEWS = (
    select(SavedView.id, SavedView.name, SavedView.query, SavedView.user_id)
    .where(
        SavedView.record_type == bindparam("type"),
        or_(SavedView.user_id == bindparam("user"), among(SavedView.group_id, "groups")),
    )
    .order_by(SavedView.name)
)
"""Built once: it runs with each list."""


def saved_views(rt: RecordType, actor: Actor) -> list[Any]:
    """The actor's own views of a record type, and those shared with a group of his: rows of id, name, query, user_id."""
    return list(read(_VIEWS, {"type": rt.name, "user": actor.user_id, "groups": sorted(actor.groups)}))


def save_view(rt: RecordType, actor: Actor, name: Any, query: str) -> SavedView:
    """Keep a list under a name; the same name is replaced. Raises Invalid without a name."""
    label = clean_text(name, lines=False)
    if not label or len(label) > 80:
        raise Invalid({"name": _l("Give it a name of up to 80 characters.")})
    found = db.session.scalars(
        select(SavedView).where(SavedView.record_type == rt.name, SavedView.user_id == actor.user_id, SavedView.name == label)
    ).first()
    if found is None:
        found = SavedView(record_type=rt.name, user_id=actor.user_id, name=label, query="")
        db.session.add(found)
    found.query = normal_query(query)
    db.session.flush()
    return found


def delete_view(view_id: int, actor: Actor) -> SavedView:
    """Drop one's own view. Raises NotFound for somebody else's."""
    view = db.session.get(SavedView, view_id)
    if view is None or view.user_id != actor.user_id:
        raise NotFound
    db.session.delete(view)
    db.session.flush()
    return view


def tabs(rt: RecordType, actor: Actor, base: str, current: str) -> list[SavedTab]:
    """The tabs over the list: all, then the saved views."""
    now = normal_query(current)
    views = saved_views(rt, actor)
    out = [SavedTab(id=0, label=str(_l("All")), url=base, current=not now)]
    for view in views:
        out.append(
            SavedTab(
                id=view.id,
                label=view.name,
                url=f"{base}?{view.query}",
                current=bool(now) and now == view.query,
                own=view.user_id == actor.user_id,
            )
        )
    return out
