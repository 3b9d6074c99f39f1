"""The search page, and the same as JSON for the palette. Both obey rights and Visibility; without CRM permission neither exists."""

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask, jsonify, render_template, request, url_for
from flask_babel import get_locale, get_timezone
from flask_babel import gettext as _

from core.fields import Writing
from core.records.search import search_all, search_files

from .guards import current_actor, requires

search = Blueprint("search", __name__)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One hit."""

    url: str
    title: str
    more: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """The hits of one record type, and where all of them are."""

    label: str
    icon: str
    url: str
    total: str
    all: str
    items: list[Item] = field(default_factory=list)


def register(app: Flask) -> None:
    """Put both addresses into an app."""
    app.register_blueprint(search)


def groups_for(q: str) -> list[Group]:
    """What is found for whoever asks, by record type; files last."""
    actor = current_actor()
    writing = Writing(locale=str(get_locale() or "en"), timezone=str(get_timezone() or "UTC"))
    out = []
    for found in search_all(actor, q, writing):
        rt, label = found.rt, str(found.rt.labels)
        items = [Item(url=url_for(f"{rt.blueprint}.show", id=hit.id), title=hit.title, more=hit.more) for hit in found.hits]
        whole = items[0].url if q.strip().startswith("#") else url_for(f"{rt.blueprint}.list", q=q)
        everything = _("All %(total)s in %(labels)s", total=found.total, labels=label)
        out.append(Group(label=label, icon=rt.icon, url=whole, total=found.total, all=everything, items=items))
    files = search_files(actor, q)
    if files:
        items = [Item(url=url_for("pages.download", id=f.id), title=f.name, more=f"{f.rt.label} · {f.record_title}") for f in files]
        label = _("Files")
        out.append(Group(label=label, icon="paperclip", url=url_for("search.page", q=q), total=str(len(items)), all=label, items=items))
    return out


def _asked() -> str:
    return " ".join(request.args.get("q", "").replace("\x00", "").split())[:200]


@search.get("/search")
@requires("CR")
def page() -> Any:
    """The page."""
    q = _asked()
    return render_template("search.html", page={"q": q, "groups": groups_for(q)}, crumbs=[])


@search.get("/search.json")
@requires("CR")
def as_json() -> Any:
    """The same for the palette; commands of the menu it adds by itself."""
    return jsonify(groups=groups_for(_asked()))
