"""Three pages: guarded, guarded by its record, open."""

from flask import Blueprint

from core import load_or_404, requires

pages = Blueprint("open_route", __name__, url_prefix="/open_route")


@pages.get("/guarded")
@requires("CR")
def guarded():
    return "for readers"


@pages.get("/<int:id>")
def by_record(id: int):
    return load_or_404("companies.company", id, "view").name


@pages.get("/everybody")
def everybody():
    return "for all"
