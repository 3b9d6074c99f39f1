"""Reading columns past the ORM: what pages ask all day needs neither entities nor the bookkeeping of the session."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CursorResult, Executable

from .base import db


def read(stmt: Executable, values: Mapping[str, Any] | None = None) -> CursorResult[Any]:
    """The rows of a SELECT of columns, in the session's transaction; entities are not made of them: `db.session.execute` does that."""
    session = db.session()
    if session.info.get("write"):
        session.flush()
    return session.connection().execute(stmt, values)
