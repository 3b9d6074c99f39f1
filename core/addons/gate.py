"""Nothing of a disabled plugin answers: whatever would be a page, a redirect (308), a 405, an OPTIONS or a static file is a plain 404.

The address is asked before any view, hook or right: routing fails before a blueprint is known, and a first segment is not enough
(/contracts/5/invoice is invoices'). The request is turned into one whose address matched nothing: it then takes exactly the way of an
address that never existed, whatever the web layer does with those, byte for byte.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask, Request, g, request, request_started
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import MapAdapter, RequestRedirect

from .loaded import Addons
from .prefixes import owner_of, segments

API = ["api", "v1"]


class Gate:
    """The gate of one app. `actor()` gives who asks (or None): called for addresses of hidden plugins only."""

    def __init__(self, app: Flask, addons: Addons, actor: Callable[[], Any]):
        self.addons, self.actor = addons, actor
        self.prefixes = {prefix: plugin.name for plugin in addons for prefix in plugin.manifest.url_prefixes}  # type: ignore[union-attr]
        app.extensions["cartera_gate"] = self
        # Not before_request: its functions are chosen by the blueprint that matched, and a disabled plugin's own would run.
        request_started.connect(self.check, app)
        app.teardown_request(lambda error: addons.states.unpin())

    def check(self, app: Flask, **_: Any) -> None:
        """Pin the states for this request, and turn it away when the owner of its address is off for whoever asks."""
        g.addons = snapshot = self.addons.states.pin()
        owner = self.owner(app, request)
        if owner is None or snapshot.state(owner) == "enabled":
            return
        if not snapshot.runs(owner) or not snapshot.visible(owner, self.actor()):
            request.url_rule, request.view_args, request.routing_exception = None, None, NotFound()

    def owner(self, app: Flask, asked: Request) -> str | None:
        """The plugin that the address belongs to, or None: the core, or nobody."""
        endpoint = asked.endpoint or self._would_be(app, asked)
        if endpoint is not None and (owner := self.addons.owner(endpoint.partition(".")[0])) and "." in endpoint:
            return owner
        parts = segments(asked.path)
        if parts[: len(API)] == API:
            parts = parts[len(API) :]
        # Also when a page of the core matched: it may serve a plugin's address, as /companies/fields/. The core's own are RESERVED.
        return owner_of("/" + "/".join(parts), self.prefixes)

    def _would_be(self, app: Flask, asked: Request) -> str | None:
        """The endpoint behind what is a redirect or a wrong method now."""
        adapter = app.create_url_adapter(asked)
        error: HTTPException | None = asked.routing_exception
        path = asked.path
        for _hop in range(4):
            if adapter is None:
                return None
            if isinstance(error, RequestRedirect):
                path = unquote(urlsplit(error.new_url).path)
                root = asked.script_root.rstrip("/")
                path = path.removeprefix(root) if root else path
            found = _match(adapter, path)
            if isinstance(found, str):
                return found
            if not isinstance(found, RequestRedirect):
                return None
            error = found
        return None


def _match(adapter: MapAdapter, path: str) -> str | HTTPException | None:
    """What a path leads to by any of the methods that it takes."""
    error: HTTPException | None = None
    for method in adapter.allowed_methods(path) or ["GET"]:
        try:
            endpoint, _values = adapter.match(path, method=method)
        except HTTPException as e:
            error = e
        else:
            return str(endpoint)
    return error
