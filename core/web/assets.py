"""Static files: addresses that carry a hash of the content, so that browsers keep them for a year, and compressed forms made beforehand.

`asset("cartera.css")` gives `/static/cartera.css?v=…`. Files of a plugin: `asset("board.js", "leads")`, from its blueprint's static folder.
"""

import hashlib
import os
from pathlib import Path

from flask import Flask, Response, abort, request, send_file
from werkzeug.security import safe_join

from .guards import public

FOLDER = Path(__file__).parent / "static"
YEAR = 365 * 24 * 3600

# What a page may need besides the common scripts: app.js loads a part once an element that asks for it is on the page.
PARTS: dict[str, tuple[str, ...]] = {
    "pick": ("vendor/tom-select.bootstrap5.min.css", "vendor/tom-select.complete.min.js", "pickers.js"),
    "charts": ("vendor/chart.umd.min.js", "charts.js"),
    "kanban": ("vendor/Sortable.min.js", "kanban.js"),
    "editor": ("vendor/jodit.min.css", "csp-style.js", "vendor/jodit.min.js", "editor.js"),
    "lines": ("vendor/Sortable.min.js", "lines.js"),
}


class Assets:
    """Addresses of one app's static files, each hashed once per process (again when the file changes, in debug mode)."""

    def __init__(self, app: Flask):
        self.app = app
        self.known: dict[tuple[str, str | None], tuple[str, int]] = {}

    def __call__(self, name: str, plugin: str | None = None) -> str:
        """The address of a static file. A file that isn't there gives its plain address (404 when asked for)."""
        found = self.known.get((name, plugin))
        if found and not self.app.debug:
            return found[0]
        folder, prefix = self.place(plugin)
        path = folder / name
        stamp = path.stat().st_mtime_ns if path.is_file() else 0
        if not found or found[1] != stamp:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12] if stamp else ""
            found = (f"{prefix}/{name}?v={digest}" if digest else f"{prefix}/{name}", stamp)
            self.known[name, plugin] = found
        return found[0]

    def place(self, plugin: str | None) -> tuple[Path, str]:
        """The folder with the files and the address under which they are served."""
        if plugin is None:
            return FOLDER, "/static"
        blueprint = self.app.blueprints[plugin]
        return Path(blueprint.static_folder or ""), f"{blueprint.url_prefix or ''}{blueprint.static_url_path or '/static'}"

    def parts(self) -> dict[str, list[str]]:
        """For each part of PARTS the addresses to load, in order."""
        return {part: [self(name) for name in names] for part, names in PARTS.items()}


def send_static(filename: str) -> Response:
    """A file of core/web/static; the .gz beside it to browsers that take it."""
    path = safe_join(str(FOLDER), filename)
    if path is None or filename.rsplit("/", 1)[-1].startswith(".") or not os.path.isfile(path):
        abort(404)
    packed = request.accept_encodings["gzip"] > 0 and os.path.isfile(path + ".gz")
    kind = None if not packed else _mimetype(filename)
    response = send_file(path + ".gz" if packed else path, mimetype=kind, conditional=True, max_age=YEAR if "v" in request.args else 3600)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
        response.content_length = os.path.getsize(path + ".gz")
    response.vary.add("Accept-Encoding")
    if "v" in request.args:
        response.cache_control.public = True
        response.cache_control.immutable = True
        response.cache_control.no_cache = None
    return response


@public
def favicon() -> Response:
    """The icon where browsers look for one by themselves: beside a PDF, or anything else that is no page of ours."""
    return send_static("icon.svg")


def _mimetype(filename: str) -> str:
    suffix = filename.rsplit(".", 1)[-1]
    return {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}.get(suffix, "text/plain")


def init_assets(app: Flask) -> Assets:
    """Serve core's static files under /static and give templates `asset(name)`. Call once, from `create_app`."""
    if "static" in app.view_functions:  # Flask's own, when the app was made with a static folder
        app.view_functions["static"] = send_static
    else:
        app.add_url_rule("/static/<path:filename>", "static", send_static)
    app.add_url_rule("/favicon.ico", "favicon", favicon)
    assets = Assets(app)
    app.jinja_env.globals["asset"] = assets
    return assets
