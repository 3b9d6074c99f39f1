"""Asking once what each of many records needs to know.

A record is prepared, or refused to be deleted, one at a time, and something may have to be looked up for it: the manager of a contract's
company, what draws on a company. It is asked through `answer`; who has many records says so by `asked_together`, and each look-up is then
made of all of them by one statement, as soon as it is made of one.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from core.access import Actor
from core.db import db

LookUp = Callable[[Collection[int], Actor], Mapping[int, Any]]
"""Ids of records → what is to be known of each; those of which there is nothing are left out."""


class _Together:
    def __init__(self, ids: Collection[int]):
        self.ids = frozenset(ids)
        self.known: dict[LookUp, dict[int, Any]] = {}

    def answer(self, look_up: LookUp, record_id: int, actor: Actor) -> Any:
        answers = self.known.setdefault(look_up, {})
        if record_id not in answers:
            wanted = sorted(self.ids) if record_id in self.ids else [record_id]
            found = look_up(wanted, actor)
            answers.update({i: found.get(i) for i in wanted})
        return answers[record_id]


def answer(look_up: LookUp, record_id: int, actor: Actor) -> Any:
    """What a look-up, a function that is always the same one, says of a record; None where it says nothing."""
    together: _Together | None = db.session().info.get("asked_together")
    return together.answer(look_up, record_id, actor) if together else look_up([record_id], actor).get(record_id)


@contextmanager
def asked_together(ids: Collection[int]) -> Iterator[None]:
    """While inside, what is asked of one of these records is asked of all of them, and remembered. Nothing of theirs may change inside."""
    info = db.session().info
    before = info.get("asked_together")
    info["asked_together"] = _Together(ids)
    try:
        yield
    finally:
        info["asked_together"] = before


__all__ = ["LookUp", "answer", "asked_together"]
