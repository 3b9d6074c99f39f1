"""One value becomes another on all records that have it, in few statements, with version and history as a save of each would leave them."""

from typing import Any

from sqlalchemy import select, update

from core.db import among, db

from .listener import note_created, record_type_of


def reassign(model: Any, name: str, before: int, after: int, *, keep: tuple[str, ...] = ()) -> list[int]:
    """Write `after` where the column `name` is `before`, as the heir for a user; gives the ids. The columns `keep` stay as they are."""
    table = model.__table__
    column = table.c[name]
    held = select(table.c.id, table.c.version).where(column == before).order_by(table.c.id).with_for_update()
    rows = db.session.execute(held).all()
    if not rows:
        return []
    kept = {key: table.c[key] for key in keep}
    ids = [row.id for row in rows]
    db.session.execute(update(table).where(among(table.c.id, ids)).values({name: after, "version": table.c.version + 1, **kept}))
    changes = [{"id": row.id, "version": row.version + 1, "changes": {name: [before, after]}} for row in rows]
    note_created(record_type_of(model), changes, db.session().info.get("actor_id"), action="update")
    return ids


__all__ = ["reassign"]
