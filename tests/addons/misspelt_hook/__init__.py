"""A plugin with a typing error in a hook's name: it would otherwise be silently without a menu."""

from core import hookimpl


@hookimpl
def menu_entry():
    return []
