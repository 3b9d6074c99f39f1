"""The tables of numbering: one counter per series, every number that an issued invoice ever had, and what became of deleted ones.

A number stays in `invoices_number` for ever, so nothing can have it twice, whatever happens to its invoice.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core import plugin_base, utcnow

from .pattern import MAX_NUMBER

Base = plugin_base("invoices")
AUTOMATIC, TYPED, SKIPPED = "automatic", "typed", "skipped"


class Series(Base):
    """The counter of a series: every position from `first` to `next` - 1 has its row in `invoices_number`."""

    key: Mapped[str] = mapped_column(String(MAX_NUMBER), primary_key=True)
    first: Mapped[int] = mapped_column(BigInteger)
    next: Mapped[int] = mapped_column(BigInteger)


class Number(Base):
    """A number of an issued invoice, or one that is to be skipped. `key` is what makes two numbers the same (pattern.compare_key)."""

    __table_args__ = (
        CheckConstraint(f"given IN ('{AUTOMATIC}', '{TYPED}', '{SKIPPED}')", name="given"),
        Index("ix_invoices_number_series_position", "series", "position"),
    )

    key: Mapped[str] = mapped_column(String(4 * MAX_NUMBER), primary_key=True)
    number: Mapped[str] = mapped_column(String(MAX_NUMBER))
    series: Mapped[str | None] = mapped_column(String(MAX_NUMBER))  # None: a typed number of no series
    position: Mapped[int | None] = mapped_column(BigInteger)
    day: Mapped[date | None]  # the invoice's date; None: skipped
    given: Mapped[str] = mapped_column(String(10))


class Tombstone(Base):
    """What is left of a deleted invoice: its number, and who deleted it, when and why."""

    key: Mapped[str] = mapped_column(ForeignKey("invoices_number.key"), primary_key=True)
    number: Mapped[str] = mapped_column(String(MAX_NUMBER))
    series: Mapped[str | None] = mapped_column(String(MAX_NUMBER))
    buried_by_id: Mapped[int | None] = mapped_column(ForeignKey("core_user.id"))  # None: the system
    buried_at: Mapped[datetime] = mapped_column(default=utcnow)
    reason: Mapped[str] = mapped_column(default="")
