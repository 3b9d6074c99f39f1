"""The one SQL expression of rights: "a row of `companies_sight` lets the actor in". Rights stand in every statement, often several times.

Put together from SQLAlchemy's own pieces it would be some thirty objects each time, which takes longer than running the statement.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, UnaryExpression, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import coercions, operators, roles
from sqlalchemy.sql.visitors import InternalTraversal

from .models import Sight

TABLE = Sight.__tablename__
ANY = 0
"""Any reason will do."""


class SightRow(ColumnElement[bool]):
    """The company with the id `key` (a column or a number) has a row of one of `ways`: (audience, reasons as bits of `why`, or ANY)."""

    # What tells two of them apart; audiences are parameters and don't.
    _traverse_internals = [
        ("key", InternalTraversal.dp_clauseelement),
        ("audiences", InternalTraversal.dp_clauseelement_list),
        ("reasons", InternalTraversal.dp_plain_obj),
    ]
    type = Boolean()

    def __init__(self, key: Any, ways: Sequence[tuple[int, int]]):
        self.key = coercions.expect(roles.ExpressionElementRole, key)
        self.audiences = [bindparam(None, audience, Integer, unique=True) for audience, _bits in ways]
        self.reasons = tuple(bits for _audience, bits in ways)

    @property
    def _from_objects(self) -> list[Any]:
        return []  # as of any EXISTS: its key belongs to the statement around it

    def self_group(self, against: Any = None) -> Any:
        return self

    def _negate(self) -> Any:
        return UnaryExpression(self, operator=operators.inv, type_=self.type)


@compiles(SightRow)
def _compile(element: SightRow, compiler: Any, **kw: Any) -> str:
    audiences = [compiler.process(audience, **kw) for audience in element.audiences]
    if any(element.reasons):
        pairs = zip(audiences, element.reasons, strict=True)
        ways = " OR ".join(f"seen.audience = {a}" + (f" AND (seen.why & {bits}) <> 0" if bits else "") for a, bits in pairs)
    else:
        ways = f"seen.audience IN ({', '.join(audiences)})"
    key = compiler.process(element.key, **kw)
    return f"EXISTS (SELECT 1 FROM {TABLE} AS seen WHERE seen.company_id = {key} AND ({ways}))"  # noqa: S608 - no values: those are bound
