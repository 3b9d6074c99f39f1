"""What plugins keep of other records (core/db/copies.py) follows each change of them, also those made while the plugin was disabled."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.addons.runtime import runtime
from core.db import refresh_copies, unit_of_work
from core.db.copies import copies_of, write_order

from .record_type import RecordType


def keepers() -> Mapping[str, Sequence[tuple[str, Any]]]:
    """Column, as "companies_company.name" → (plugin, model) of all that keep a copy of it. Found once per app."""
    known: dict[str, list[tuple[str, Any]]] | None = runtime().parts.get("keepers")
    if known is None:
        known = runtime().parts["keepers"] = {}
        for plugin, model in runtime().addons.declared("models"):
            for source in dict.fromkeys(of for of, _column in copies_of(model)):
                known.setdefault(source, []).append((plugin, model))
    return known


def written(rt: RecordType, ids: Sequence[int], changed: Mapping[int, Collection[str]]) -> None:
    """Rows were written, in this transaction: their own order columns, and what others keep of them. `changed` is id → names of fields."""
    write_order(rt.model, ids)
    table = rt.model.__tablename__
    for source, keeping in keepers().items():
        owner, _dot, name = source.partition(".")
        if owner == table and (moved := [i for i, names in changed.items() if name in names]):
            snapshot = runtime().addons.snapshot()
            for plugin, model in keeping:
                if snapshot.runs(plugin):
                    refresh_copies(model, of=source, of_ids=moved)


def catch_up(plugin: str) -> None:
    """A plugin was disabled and is no more: what it keeps of others is written anew where they changed meanwhile."""
    with unit_of_work():
        for model in dict.fromkeys(m for keeping in keepers().values() for owner, m in keeping if owner == plugin):
            refresh_copies(model)
