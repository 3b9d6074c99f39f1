"""What Visibility hides is a plain 404 for those from whom it is hidden: asked before each page of a plugin, once the asker is known.

A page belongs to the plugin that owns its address, and to the menu entry with the longest address above it. REST asks for itself.
"""

from flask import abort, current_app, request

from core.addons.runtime import runtime
from core.visibility import is_shown
from core.web.guards import current_actor


def refuse_hidden() -> None:
    """A `before_request` function."""
    actor = current_actor()
    if actor.superadmin or actor.user_id is None or request.endpoint is None:
        return
    cartera, gate = runtime(), current_app.extensions.get("cartera_gate")
    plugin = gate.owner(current_app, request) if gate is not None else None
    if plugin is None:
        return
    line = cartera.parts["menu"].current(request.path) if "menu" in cartera.parts else None
    entry = line.name if line is not None and line.plugin == plugin else ""
    if not is_shown(actor, plugin, cartera.addons[plugin].manifest.section, entry):
        abort(404)
