"""Column types that hold the same exact value on SQLite and PostgreSQL: money and quantities, instants, JSON."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.mutable import MutableDict, MutableList

MICRO = Decimal("0.000001")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LIMIT = 2**63


def utcnow() -> datetime:
    """The instant now, aware, in UTC."""
    return datetime.now(UTC)


class Micros(TypeDecorator[Decimal]):
    """Money, price, quantity or rate: Decimal in Python, BIGINT × 10⁶ in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = int((Decimal(value).quantize(MICRO, ROUND_HALF_UP)) * 1_000_000)
        if not -_LIMIT <= scaled < _LIMIT:
            raise ValueError(f"{value} does not fit into a money column")
        return scaled

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-6)


class UtcTime(TypeDecorator[datetime]):
    """An instant: aware UTC datetime in Python, BIGINT microseconds since 1970 in the database, so that it sorts alike everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time has no place in the database: give it a time zone")
        return (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=int(value))


_json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
JsonDict = MutableDict.as_mutable(_json)
JsonList = MutableList.as_mutable(JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"))
