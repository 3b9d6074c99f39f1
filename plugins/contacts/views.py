"""The blueprint of contacts: it has no pages of its own, only the templates of its panel."""

from flask import Blueprint

pages = Blueprint("contacts", __name__, template_folder="templates", url_prefix="/contacts")
