"""A plugin of the tests: one record type with every kind of field, one below its address, operations of both interfaces."""

from core import hookimpl


@hookimpl
def models():
    from .models import Gadget, Maker, Screw

    return [Gadget, Maker, Screw]


@hookimpl
def record_types():
    from .records import GADGET, MAKER

    return [MAKER, GADGET]


@hookimpl
def api_operations():
    from .operations import REST

    return REST


@hookimpl
def classic_operations():
    from .operations import CLASSIC

    return CLASSIC


@hookimpl
def user_fields():
    from .operations import USER_FIELDS

    return USER_FIELDS
