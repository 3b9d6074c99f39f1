"""The side menu: put together once from the plugins' entries, cut down per request to what this user sees, with what is current marked.

`Menu` is made when the app is complete; `sections(…)` costs a walk over some thirty prepared lines, and is kept as HTML (context.py).
Figures beside entries are asked after the page (`figures`), at most once a minute per user: app.js keeps them.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.addons.declarations import Entry

Shown = Callable[[str, str, str], bool]
"""(plugin, section, name of the entry) → whether it is in sight for the user who asks: state of the plugin, Visibility."""


@dataclass(frozen=True, kw_only=True)
class MenuItem:
    """A line of the menu as base.html draws it. `open` shows the lines below it; `badge` is the name under which its figure comes."""

    label: str
    url: str
    icon: str = ""
    current: bool = False
    open: bool = False
    children: Sequence["MenuItem"] = ()
    badge: str = ""
    key: str = ""
    count: str = ""
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class MenuSection:
    """Lines under a heading; `end` stands at the foot."""

    label: str
    items: Sequence[MenuItem]
    end: bool = False


@dataclass(kw_only=True)
class Line:
    """An entry as it is prepared at start: with its plugin, its address and the lines below it."""

    plugin: str
    entry: Entry
    name: str
    url: str
    below: list["Line"] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A page's place in the menu: the menu looks the same on all pages of one `kept_key` (core.access.kept)."""

    path: str
    kept_key: Hashable


HOME = "/"
SETUP_LABEL = _l("Setup")


class Menu:
    """All entries of one app. `url_of(entry)` gives an entry's address, or None when it has none of its own (its first line's then)."""

    def __init__(self, entries: Iterable[tuple[str, Entry]], url_of: Callable[[Entry], str | None]):
        lines = [Line(plugin=p, entry=e, name=name_of(p, e), url=url_of(e) or "") for p, e in entries]
        lines.sort(key=lambda line: line.entry.weight)
        by_name = {line.name: line for line in reversed(lines)}
        self.tops: list[Line] = []
        for line in lines:
            above = by_name.get(line.entry.parent or "")
            # An entry whose parent is missing (its plugin isn't there) stands by itself rather than being lost.
            (above.below if above and above is not line else self.tops).append(line)
        self.lines = lines

    def place(self, path: str) -> "Place":
        """Where a page stands in the menu."""
        current = self.current(path)
        return Place(path=path, kept_key=(current.name if current else "", path == HOME, path.startswith("/setup/")))

    def sections(self, actor: Any, shown: Shown, path: str) -> list[MenuSection]:
        """What `actor` sees of it on the page at `path`. The dashboard comes first, Setup (superadmins only) last."""
        current = self.current(path)
        crm = [item for line in self.tops if line.entry.section == "crm" and (item := self._item(line, actor, shown, current))]
        dashboard = MenuItem(label=_("Dashboard"), url=HOME, icon="layout-dashboard", current=path == HOME, key="d")
        found = [MenuSection(label="", items=[dashboard])]
        if crm:
            found.append(MenuSection(label=_("CRM"), items=crm))
        if actor.superadmin:
            below = [item for line in self.tops if line.entry.section == "setup" and (item := self._item(line, actor, shown, current))]
            inside = path.startswith("/setup/")
            setup = MenuItem(
                label=str(SETUP_LABEL), url="/setup/", icon="settings", key="s", children=below, open=inside,
                current=inside and not any(item.current or item.open for item in below),
            )  # fmt: skip
            found.append(MenuSection(label="", items=[setup], end=True))
        return found

    def _item(self, line: Line, actor: Any, shown: Shown, current: Line | None) -> MenuItem | None:
        entry = line.entry
        if not self._visible(line, actor, shown):
            return None
        below = [item for child in line.below if (item := self._item(child, actor, shown, current))]
        url = line.url or (below[0].url if below else "")
        if not url:
            return None
        inside = any(item.current or item.open for item in below)
        here = line is current and not inside
        return MenuItem(
            label=str(entry.label), url=url, icon=entry.icon, key=entry.key, children=below, badge=line.name if entry.badge else "",
            current=here, open=bool(below) and (here or inside),
        )  # fmt: skip

    @staticmethod
    def _visible(line: Line, actor: Any, shown: Shown) -> bool:
        entry = line.entry
        if entry.section == "setup" and not actor.superadmin:
            return False
        if entry.permission and not actor.has(entry.permission):
            return False
        return shown(line.plugin, entry.section, line.name)

    def current(self, path: str) -> Line | None:
        """The entry to which a page belongs: the one with the longest address above it, the deepest of those that share one."""
        best: Line | None = None
        for line in self.lines:
            base = line.url.rstrip("/")
            if base and (path == base or path.startswith(base + "/")) and (best is None or len(base) >= len(best.url.rstrip("/"))):
                if best is None or len(base) > len(best.url.rstrip("/")) or line in best.below:
                    best = line
        return best

    def figures(self, actor: Any, shown: Shown) -> dict[str, dict[str, Any]]:
        """The figure beside each entry that has one, by the entry's name: number, words for it, whether it is late."""
        found = {}
        for line in self.lines:
            if line.entry.badge and self._visible(line, actor, shown):
                figure = line.entry.badge(actor)
                if figure is not None:
                    count, words, late = figure
                    found[line.name] = {"n": count, "words": str(words), "late": bool(late)}
        return found


def name_of(plugin: str, entry: Entry) -> str:
    """The name under which Visibility and `parent` know an entry: its own, else its record type or endpoint."""
    return entry.name or entry.record_type or entry.endpoint or f"{plugin}.{entry.label}"
