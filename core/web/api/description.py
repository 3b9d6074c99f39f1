"""openapi.json: REST described from the declarations, as far as whoever asks may use it."""

from typing import Any

from flask import g, jsonify

from core.addons.runtime import runtime
from core.errors import NotFound
from core.records.openapi import describe

from .blueprint import route
from .reading import check_parameters
from .records import operations, shown_type


@route("/openapi.json", "GET")
def openapi() -> Any:
    """The description in OpenAPI 3.1, with the custom fields that there are now."""
    check_parameters()
    actor = g.actor
    types = {}
    for plural in runtime().parts["rest"]:
        try:
            types[plural] = shown_type(plural, actor)
        except NotFound:
            continue
    found = {plural: operations(rt, actor) for plural, rt in types.items()}
    extras = [spec for plugin, spec in runtime().addons.declared("user_fields") if runtime().parts["shown"](plugin, actor)]
    return jsonify(describe(types, found, people=actor.superadmin, user_fields=[spec.name for spec in extras]))
