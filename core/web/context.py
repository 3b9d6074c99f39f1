"""What every page's template finds: who asks, the menu, what can be created, messages of the last action."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, get_flashed_messages, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from core.access import Actor, for_reader
from core.addons.declarations import Entry
from core.addons.runtime import Cartera, runtime
from core.records import once
from core.records.search import searched_types
from core.setup.signin import current_look
from core.visibility.services import is_shown

from .guards import ANONYMOUS
from .menu import Menu, MenuSection, Place


@dataclass(frozen=True, kw_only=True)
class Toast:
    """A message at the foot of the page; `undo_url` takes the action back."""

    text: str
    category: str
    undo_url: str = ""
    undo_token: str = ""


@dataclass(frozen=True, kw_only=True)
class Shell:
    """What frames each page, the same for all pages of one place in the menu: the menu, what can be created, keys and commands."""

    side: Markup
    create: Markup
    palette: Markup
    find: str


@dataclass(frozen=True, kw_only=True)
class CreateItem:
    """A line of the New menu."""

    label: Any
    url: str
    icon: str
    key: str


def toasts() -> list[Toast]:
    """The messages that wait for this page: `flash(text, "ok undo:/address")` has an Undo."""
    out = []
    for category, text in get_flashed_messages(with_categories=True):
        kind, _, undo = str(category).partition(" undo:")
        out.append(Toast(text=text, category=kind if kind in ("ok", "bad", "warn") else "ok", undo_url=undo))
    return out


def init_context(app: Flask, cartera: Cartera) -> None:
    """Prepare the menu once, and give each page its context."""
    addons = cartera.addons
    entries = addons.declared("menu_entries")

    def url_of(entry: Entry) -> str | None:
        endpoint = entry.endpoint
        if entry.record_type:
            rt = cartera.record_types.get(entry.record_type)
            endpoint = f"{rt.blueprint}.list" if rt else None
        if not endpoint or endpoint not in app.view_functions:
            return None
        with app.test_request_context():
            return url_for(endpoint)

    with app.app_context():
        menu = Menu(entries, url_of)
    cartera.parts["menu"] = menu

    def shown_for(actor: Any) -> Any:
        snapshot = addons.snapshot()

        def shown(plugin: str, section: str, name: str) -> bool:
            if plugin == "core":
                return True
            return snapshot.visible(plugin, actor) and (actor.superadmin or is_shown(actor, plugin, section, name))

        return shown

    cartera.parts["shown_for"] = shown_for

    @app.context_processor
    def page_context() -> dict[str, Any]:
        """Made once per request: a page is put together from a template per panel, and each has this context."""
        actor = g.get("actor") or ANONYMOUS
        signed_in = actor.user_id is not None
        if not signed_in:
            return {"actor": None, "toasts": toasts() if request else [], "look": current_look()}
        known = g.get("page_context")
        if known is None or known["actor"] is not actor:
            known = g.page_context = {
                "actor": actor, "look": current_look(), "toasts": toasts(),
                "shell": lambda plain: shell_html(actor, str(get_locale()), menu.place("" if plain else request.path)),
                "jobs_url": "/jobs/running", "view_as": None,
            }  # fmt: skip
        return known

    cartera.parts["shared_context"] = shared_context
    app.jinja_env.globals["create_items"] = create_items
    app.jinja_env.globals["one_time_id"] = once.new_key


def shared_context() -> dict[str, Any]:
    """What each template finds: asked once per reader and language, for a page has a template per panel (core.records.rendering)."""
    asked = g.get("actor"), get_locale()
    known = g.get("shared_context")
    if known is None or known[0] != asked:
        context: dict[str, Any] = {}
        current_app.update_template_context(context)
        known = g.shared_context = asked, context
    return known[1]  # type: ignore[no-any-return]


@for_reader
def shell_html(actor: Actor, locale: str, place: Place) -> Shell:
    """The frame of the pages at one place of the menu, for whoever sees the same of it in the same language."""
    cartera = runtime()
    sections = cartera.parts["menu"].sections(actor, cartera.parts["shown_for"](actor), place.path)
    found = [str(rt.labels).lower() for rt in searched_types(actor) if rt.is_main]
    return draw_shell(sections, create_items(cartera, actor), plain=not place.path, found=found[:3])


def draw_shell(sections: Sequence[MenuSection], items: Sequence[CreateItem], *, plain: bool = False, found: Sequence[str] = ()) -> Shell:
    """The frame as HTML; `plain` leaves out which entry is current, as on error pages. `found` are kinds that the search finds."""
    macros: Any = current_app.jinja_env.get_template("_shell.html").make_module({"figures_url": "/menu/figures"})
    find = _("Search %(kinds)s…", kinds=", ".join(found)) if found else _("Search")
    return Shell(side=macros.side(sections, plain), create=macros.create_menu(items), palette=macros.palette(sections, items), find=find)


def create_items(cartera: Cartera, actor: Any) -> list[CreateItem]:
    """What the actor may create of what stands at an address of its own, whoever brings it, in the order of the plugins."""
    if actor.read_only:
        return []
    shown = cartera.parts["shown"]
    return [
        CreateItem(label=rt.label, url=url_for(f"{rt.blueprint}.new"), icon=rt.icon, key=rt.new_key)
        for rt in cartera.record_types.values()
        if rt.is_main and actor.has(rt.access.permission) and shown(rt.plugin, actor) and rt.access.create(actor)
    ]
