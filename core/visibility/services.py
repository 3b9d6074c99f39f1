"""How cells of Setup → Visibility become what a person sees.

An entry follows its plugin, a plugin its section. For each of a person's groups the nearest cell of that chain counts; one group that
shows is enough. Where no group says anything, the cells for all count; where none does, it is shown. Superadmins see everything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from core.access import Actor
from core.addons.runtime import runtime
from core.db import db

from .models import Visibility

State = Literal["shown", "hidden"]
Cells = Mapping[tuple[str, int | None], str]
"""(subject, group id or None for all) → "shown" or "hidden"."""
CRM = "section:crm"
CACHE = "visibility"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Something that can be hidden. `chain` is its own subject, then those whose setting it follows, up to the section."""

    subject: str
    label: Any
    chain: tuple[str, ...]
    kind: Literal["section", "plugin", "entry"]
    plugin: str = ""


def settings_by_cell() -> Cells:
    """All cells that say something: kept per process, read anew once they changed."""
    return runtime().parts["versioned"].get(CACHE, "cells", _read)  # type: ignore[no-any-return]


def _read() -> Cells:
    rows = db.session.execute(select(Visibility.subject, Visibility.group_id, Visibility.state))
    return {(row.subject, row.group_id): row.state for row in rows}


def is_shown(actor: Actor, plugin: str, section: str = "crm", entry: str = "") -> bool:
    """Whether a plugin, or an entry of it, is in sight for this actor. States of plugins are another matter (core.addons.state)."""
    if actor.superadmin or not (cells := settings_by_cell()):  # mostly nothing is hidden
        return True
    chain = (*((f"entry:{entry}",) if entry else ()), *((f"plugin:{plugin}",) if plugin else ()), f"section:{section}")
    return _resolve(cells, chain, actor.groups) != "hidden"


def is_hidden(actor: Actor, subject: str) -> bool:
    """Whether a subject is out of sight for this actor: "section:crm", "plugin:leads", "entry:<name>"."""
    if actor.superadmin:
        return False
    cells = settings_by_cell()
    if not cells:
        return False
    chain = next((place.chain for place in places() if place.subject == subject), (subject,))
    return _resolve(cells, chain, actor.groups) == "hidden"


def hidden_subjects(actor: Actor) -> frozenset[str]:
    """All subjects that are out of sight for this actor."""
    if actor.superadmin:
        return frozenset()
    cells = settings_by_cell()
    if not cells:
        return frozenset()
    return frozenset(place.subject for place in places() if _resolve(cells, place.chain, actor.groups) == "hidden")


def _resolve(cells: Cells, chain: Iterable[str], groups: Iterable[int]) -> str:
    chain = tuple(chain)
    said = {state for group in groups if (state := _nearest(cells, chain, group))}
    if said:
        return "shown" if "shown" in said else "hidden"
    return _nearest(cells, chain, None) or "shown"


def _nearest(cells: Cells, chain: Iterable[str], group: int | None) -> str | None:
    return next((state for subject in chain if (state := cells.get((subject, group)))), None)


def cell_of(chain: Iterable[str], group_id: int | None) -> str:
    """What a chain of subjects comes to for one group, or (None) for those whose groups say nothing."""
    cells, chain = settings_by_cell(), tuple(chain)
    return (_nearest(cells, chain, group_id) if group_id is not None else None) or _nearest(cells, chain, None) or "shown"


def places() -> list[Place]:
    """What can be hidden: the section, then each of its plugins with the plugin's entries, in the order of the menu."""
    addons = runtime().addons
    found = [Place(subject=CRM, label=_l("CRM"), chain=(CRM,), kind="section")]
    entries: dict[str, list[Any]] = {}
    declared = addons.declared("menu_entries")
    headings = {entry.parent for _plugin, entry in declared if entry.parent}  # the plugin's own row stands for them
    for plugin, entry in declared:
        if entry.name not in headings:
            entries.setdefault(plugin, []).append(entry)
    for plugin in addons:
        if plugin.manifest.section != "crm":
            continue
        subject = f"plugin:{plugin.name}"
        found.append(Place(subject=subject, label=plugin.title, chain=(subject, CRM), kind="plugin", plugin=plugin.name))
        for entry in sorted(entries.get(plugin.name, ()), key=lambda e: e.weight):
            if entry.section == "crm":
                own = f"entry:{entry.name or entry.record_type or entry.endpoint or f'{plugin.name}.{entry.label}'}"
                found.append(Place(subject=own, label=entry.label, chain=(own, subject, CRM), kind="entry", plugin=plugin.name))
    return found


def set_visibility(subject: str, group_id: int | None, state: State | None) -> str | None:
    """Write one cell; None empties it, so that it follows what stands above it. Gives what it said before."""
    before = settings_by_cell().get((subject, group_id))
    same_group = Visibility.group_id.is_(None) if group_id is None else Visibility.group_id == group_id
    db.session.execute(delete(Visibility).where(Visibility.subject == subject, same_group))
    if state is not None:
        db.session.add(Visibility(subject=subject, group_id=group_id, state=state))
    db.session.flush()
    runtime().parts["versioned"].changed(CACHE)
    return before


def next_state(state: str | None) -> State | None:
    """What a click on a cell makes of it: as above → shown → hidden → as above."""
    following: dict[str | None, State | None] = {None: "shown", "shown": "hidden", "hidden": None}
    return following[state]


def is_crm_hidden_by_default() -> bool:
    """Whether the entry stands that hides the CRM from everybody but superadmins and the groups that show it."""
    return settings_by_cell().get((CRM, None)) == "hidden"


def hide_crm_by_default(hidden: bool) -> None:
    """Set or remove the entry that hides the CRM by default, as the product did up to version 104."""
    set_visibility(CRM, None, "hidden" if hidden else None)
