"""Walking an app's addresses: a sample for each rule of its URL map, and whose page a link leads to."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.routing.converters import NumberConverter


def sample_address(app: Any, rule: Any, known: Mapping[str, Any] | None = None) -> str:
    """An address of a rule: `known` values by argument, else 1 for numbers and a word for texts."""
    given = {}
    for name in rule.arguments - set(rule.defaults or ()):
        number = isinstance(rule._converters[name], NumberConverter)
        given[name] = (known or {}).get(name, 1 if number else "x")
    with app.test_request_context():
        _host, path = rule.build(given, append_unknown=False)
    return str(path)


def owner_of_link(app: Any, link: str) -> str | None:
    """The plugin whose page a link leads to; None for the core's, for what leads elsewhere and for what is no page."""
    parts = urlsplit(link)
    if parts.netloc or not parts.path.startswith("/"):
        return None
    adapter = app.url_map.bind("localhost")
    for method in ("GET", "POST"):
        try:
            endpoint, _values = adapter.match(parts.path, method=method)
            return app.extensions["cartera"].addons.owner(endpoint) if "." in endpoint else None  # type: ignore[no-any-return]
        except RequestRedirect as there:
            return owner_of_link(app, urlsplit(there.new_url).path)
        except HTTPException:
            continue
    return None
