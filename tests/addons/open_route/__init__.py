"""A plugin with one page that asks nobody for anything."""

from core import hookimpl


@hookimpl
def blueprints():
    from .views import pages

    return [pages]
