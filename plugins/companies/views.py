"""The blueprint of companies: no page of its own but the engine's; it brings the templates of the panels."""

from flask import Blueprint

pages = Blueprint("companies", __name__, url_prefix="/companies", template_folder="templates")
