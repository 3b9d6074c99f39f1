"""A plugin whose model can't be mapped: in a shared registry it would break every query of everybody."""

from core.hookspecs import hookimpl


@hookimpl
def models():
    from .models import Broken

    return [Broken]
