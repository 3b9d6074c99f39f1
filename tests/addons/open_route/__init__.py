"""A plugin with one page that asks nobody for anything."""

from core.hookspecs import hookimpl


@hookimpl
def blueprints():
    from .views import pages

    return [pages]
