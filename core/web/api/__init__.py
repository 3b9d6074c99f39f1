"""REST: /api/v1/<plural> for every record type, users and profiles for superadmins, openapi.json. Bearer tokens, never the session.

`register(app)` puts it into an app. Every answer obeys the token's scopes, its user's rights, the state of plugins and Visibility; errors
are problems by RFC 9457.
"""

from typing import Any

from flask import Flask

from core.addons.runtime import Cartera

from .plurals import plurals


def register(app: Flask) -> None:
    """Give an app its REST interface, once its record types are known, after `init_request`. Raises ValueError for a plural used twice."""
    from core.web.request import csrf

    from . import attached, auth, description, people, records  # noqa: F401 - each adds its views
    from .blueprint import api

    cartera: Cartera = app.extensions["cartera"]
    cartera.parts["rest"] = plurals(cartera.record_types.values())
    csrf.exempt(api)
    app.register_blueprint(api)


def asker() -> Any:
    """Who asks, for an address of REST: the actor of the token, or None. The gate of plugins asks it before any view."""
    from .auth import caller

    found = caller()
    return found.actor if found else None
