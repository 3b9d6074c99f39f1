"""`create_app`: the only place where everything meets. Each app has its own plugins, engines and caches; nothing is global but classes."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine
from werkzeug.middleware.proxy_fix import ProxyFix

from core.access.kept import Kept
from core.addons import loader
from core.addons.gate import Gate
from core.addons.runtime import Cartera
from core.config import Settings
from core.db import db
from core.db.engine import prepare
from core.db.runtime import runtime_engine
from core.db.versioned import Versioned
from core.records import catalogue
from core.records.lookups import core_lookups

log = logging.getLogger(__name__)
FORM_BYTES = 8_000_000
"""What the fields of a form may have besides its files."""


def create_app(config: Mapping[str, Any] | None = None, *, addons: Sequence[Path] = (), testing: bool = False) -> Flask:
    """The whole product as a Flask app.

    `config` holds settings by name (core/config.py), else the environment decides; `addons` are folders of plugins besides those of the
    settings. No query is made here: the database may be empty or away. Raises BadSetting; in strict mode PluginFailed.
    """
    settings = Settings.load(config)
    app = Flask("core", static_folder=None, template_folder="web/templates")
    app.testing = testing
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings.database_url),
        MAX_CONTENT_LENGTH=settings.max_upload + FORM_BYTES,  # a file that just fits comes in a form, which is some bytes more
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        MAX_FORM_PARTS=5000,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies)  # type: ignore[method-assign]
    cartera = Cartera(settings=settings, addons=None)
    app.extensions["cartera"] = cartera
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    _load_core_models()
    loaded = loader.load([*settings.addons, *addons], strict=settings.strict, trace=settings.trace_hooks, core=_core_parts())
    cartera.addons = loaded
    parts = cartera.parts
    parts["versioned"] = Versioned()
    parts["kept"] = Kept()
    parts["runtime_engine"] = runtime_engine(settings.runtime_url)
    types, lookups = catalogue.build(_items(loaded, "record_types"), _items(loaded, "access_rules"), core_lookups())
    cartera.record_types = types
    parts["lookups"] = lookups
    parts["field_kinds"] = catalogue.field_kinds(_items(loaded, "field_kinds"))
    _wire_web(app, cartera)
    with app.app_context():
        loaded.call("startup", app=app)
    return app


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 30}, "pool_size": 10, "max_overflow": 20}
    return {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 10}


def _load_core_models() -> None:
    """Map the tables of core, install the history listener."""
    import core.activity.models
    import core.custom_fields.models
    import core.files.models
    import core.identity.models
    import core.jobs.models
    import core.records.import_models
    import core.records.models
    import core.visibility.models  # noqa: F401
    from core.history.listener import install

    install()


def _core_parts() -> list[Any]:
    """What core itself declares through the same hooks as plugins."""
    from core import core_hooks

    return [core_hooks]


def _items(loaded: Any, hook: str) -> list[Any]:
    return [item for _plugin, item in loaded.declared(hook)]


def _wire_web(app: Flask, cartera: Cartera) -> None:
    """Everything that pages need, in the order in which it is asked."""
    from core.setup import blueprints as setup_blueprints
    from core.setup import signin
    from core.visibility.services import is_shown
    from core.web import api, classic, context, converters, errors, headers, pages, request, search
    from core.web.assets import init_assets
    from core.web.i18n import CORE, init_i18n
    from core.web.jinja import init_jinja
    from core.web.records import fields, views

    addons = cartera.addons
    converters.init_converters(app)

    def shown(plugin: str, actor: Any) -> bool:
        return addons.snapshot().visible(plugin, actor) and (actor.superadmin or is_shown(actor, plugin))

    cartera.parts["shown"] = shown
    Gate(app, addons, request.who_asks)
    cartera.parts["limiter"] = signin.install(app, cartera.parts["runtime_engine"])
    folders = [CORE, *(plugin.path / "translations" for plugin in addons if plugin.loaded)]
    init_i18n(
        app,
        locale=signin.current_language,
        timezone=request.current_timezone,
        folders=lambda: folders,
        default=cartera.settings.default_language,
    )
    assets = init_assets(app)
    init_jinja(app, assets)
    errors.init_errors(app)
    headers.init_headers(app)
    request.init_request(app, cartera)
    for _plugin, pages_of_plugin in addons.declared("blueprints"):
        app.register_blueprint(pages_of_plugin)
    for rt in cartera.record_types.values():
        app.register_blueprint(views.blueprint(rt))
        if rt.custom:
            app.register_blueprint(fields.blueprint(rt))
    setup_blueprints.register(app)
    pages.register(app)
    search.register(app)
    api.register(app)
    classic.register(app)
    context.init_context(app, cartera)


def let_go(app: Flask) -> None:
    """Close all connections of an app that nobody uses just now: before a fork, which must not share them, or before files are replaced."""
    parts = app.extensions["cartera"].parts
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    parts["runtime_engine"].dispose()
    if queue := parts.pop("queue", None):
        queue.close()


def engine_for(url: str) -> Any:
    """An engine set up like the app's, for tools that need one of their own."""
    engine = create_engine(url)
    prepare(engine)
    return engine
