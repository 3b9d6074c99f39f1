"""Fields that plugins add to a user (`user_fields`): companies adds the own company. Each names a record, chosen by a picker."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from core.access import NotFound, load
from core.addons.declarations import UserField
from core.addons.runtime import runtime
from core.db import db
from core.errors import Invalid
from core.fields.values import id_of
from core.identity.models import User
from core.web.guards import current_actor

from .addons import declared


@dataclass
class Extra:
    """One such field on the form: the value as typed, the chosen record's name, and where to look for others."""

    spec: UserField
    value: str = ""
    text: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def pick_url(self) -> str:
        return url_for(f"{_record_type(self.spec).blueprint}.pick_self")


def _record_type(spec: UserField) -> Any:
    return runtime().record_types[spec.record_type]


def _titles(spec: UserField, ids: Sequence[int]) -> dict[int, str]:
    rt = _record_type(spec)
    stmt = select(rt.model.id, getattr(rt.model, rt.title)).where(rt.model.id.in_(ids))
    return {row[0]: str(row[1]) for row in db.session.execute(stmt)} if ids else {}


def read_extras(user_ids: Sequence[int]) -> list[tuple[UserField, dict[int, str]]]:
    """For lists: each field with user id → name of the record."""
    found = []
    for spec in declared("user_fields"):
        values = {user_id: value for user_id, value in spec.read(user_ids).items() if value}
        titles = _titles(spec, list(set(values.values())))
        found.append((spec, {user_id: titles.get(value, "") for user_id, value in values.items()}))
    return found


def extras_of(user: User | None, *, submitted: bool | None = None) -> list[Extra]:
    """The fields for a form: as typed when it was sent, else as they are."""
    sent = request.method == "POST" if submitted is None else submitted
    found = []
    for spec in declared("user_fields"):
        value = request.form.get(spec.name, "").strip() if sent else (spec.read([user.id]).get(user.id) if user else None) or ""
        number = id_of(value)
        text = _titles(spec, [number]).get(number, "") if number else ""
        found.append(Extra(spec=spec, value=str(value), text=text))
    return found


def write_extras(user: User, extras: Sequence[Extra], *, confirmed: bool) -> None:
    """Give each value to its plugin. A record that is not there, or can't be seen, is refused in the same words.

    Raises Conflict where a plugin asks first, until that is `confirmed`.
    """
    for extra in extras:
        value = None
        if extra.value:
            try:
                value = load(_record_type(extra.spec), id_of(extra.value) or 0, current_actor()).id
            except NotFound as problem:
                extra.errors.append(_("Not found."))
                raise Invalid({extra.spec.name: _("%(field)s: not found.", field=str(extra.spec.label))}) from problem
        try:
            extra.spec.change(user, value, confirmed=confirmed)
        except Invalid as problem:
            extra.errors += [m for messages in problem.errors.values() for m in messages]
            raise
