"""Many records at once, by the rules that hold for one: loading them for plugins that ask, putting them into the trash."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select

from core.db import among, db

from .record_type import RecordType


def loader(rt: RecordType, ids: Sequence[int]) -> Callable[[int], Any]:
    """Gives a record by its id; the first that is asked for brings all of `ids`, by one statement."""
    found: dict[int, Any] = {}

    def load(record_id: int) -> Any:
        if not found:
            found.update({record.id: record for record in db.session.scalars(select(rt.model).where(among(rt.model.id, ids)))})
        return found[record_id]

    return load


__all__ = ["loader"]
