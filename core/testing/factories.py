"""Records for tests: `record_factory("contacts.contact")(fullname="Ana")` makes one through the same verb as the pages.

What a record needs and the test doesn't say is made up: texts with a running number, and whole records for required references.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from .world import told_by


class Factory:
    """Makes records of one type, as the user `by` or as whom a call says with `_by`."""

    def __init__(self, app: Any, record_type: str, by: str, numbers: Any) -> None:
        self.app, self.name, self.by, self.numbers = app, record_type, by, numbers

    def __call__(self, *, _by: str | None = None, **values: Any) -> Any:
        """A new record. Values are given as REST takes them, or as Python has them; inside `work()` it joins that unit of work."""
        from flask import has_app_context

        from core.access.actors import actor_of
        from core.addons.runtime import runtime
        from core.db import unit_of_work
        from core.identity.services import find_user
        from core.records.services import create_record

        with ExitStack() as stack:
            if not has_app_context():
                stack.enter_context(self.app.app_context())
            user = find_user(_by or self.by)
            actor = actor_of(user.id) if user else None
            if user is None or actor is None:
                raise LookupError(f"there is no user {_by or self.by!r} who may act")
            stack.enter_context(unit_of_work(user.id))
            rt = runtime().record_types[self.name]
            return create_record(rt, self._complete(rt, values, actor), actor)

    def many(self, number: int, **values: Any) -> list[Any]:
        """Several records that differ only in what is made up."""
        return [self(**values) for _ in range(number)]

    def _complete(self, rt: Any, values: Mapping[str, Any], actor: Any) -> dict[str, Any]:
        from core.addons.runtime import runtime
        from core.fields import Reading
        from core.records.services import type_of, writable_fields

        reading = Reading(actor=actor, source="json")
        usual = told_by(runtime().addons[rt.plugin], "USUAL", {}) if rt.plugin in runtime().addons else {}
        given = {**usual.get(rt.name, {}), **values}
        known = {field.name: field for field in writable_fields(rt, type_of(rt, values))}
        parse = {name: field.kind.parse for name, field in known.items()} | {p.name: p.parse for p in rt.json_parts if p.parse}
        if unknown := set(given) - set(parse):
            raise TypeError(f"{rt.name} has no field {', '.join(sorted(unknown))}; it has {', '.join(parse)}")
        out = {name: parse[name](value, reading) for name, value in given.items()}
        for name, field in known.items():
            if name not in out and field.required and field.default_value(actor) is None:
                out[name] = self._made_up(field, actor)
        return out

    def _made_up(self, field: Any, actor: Any) -> Any:
        from core.fields import Ref, Refs

        number = next(self.numbers)
        if isinstance(field.kind, Ref):
            if field.kind.target == "core.user":
                return [actor.user_id] if isinstance(field.kind, Refs) else actor.user_id
            made = Factory(self.app, field.kind.target, self.by, self.numbers)()
            return [made.id] if isinstance(field.kind, Refs) else made.id
        return sample(field, number)


def sample(field: Any, number: int) -> Any:
    """A believable value for a field that is no reference; `number` makes it differ from others."""
    from core.fields import kinds

    kind = field.kind
    if choices := kind.choices():
        return choices[0][0]
    if isinstance(kind, kinds.Email):
        return f"person{number}@example.com"
    if isinstance(kind, kinds.Url):
        return f"https://example.com/{number}"
    if isinstance(kind, kinds.Integer):
        return number
    if isinstance(kind, kinds.Number):
        return Decimal(number)
    if isinstance(kind, kinds.Date):
        return date(2026, 1, 15)
    if isinstance(kind, kinds.Html):
        return f"<p>{field.name} {number}</p>"
    return f"{field.name.capitalize()} {number}"


@pytest.fixture
def record_factory(app: Any) -> Callable[..., Factory]:
    """`record_factory("companies.company", by="user1")` gives a function that makes such records, by default as `admin`."""
    numbers = count(1)
    return lambda record_type, *, by="admin": Factory(app, getattr(record_type, "name", record_type), by, numbers)
