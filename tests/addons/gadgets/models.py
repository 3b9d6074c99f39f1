from datetime import date
from decimal import Decimal

from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import relationship

from core import Mapped, Micros, Record, db, mapped_column, plugin_base, search_column, sort_column

Base = plugin_base("gadgets")


class Maker(Record, Base):
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = sort_column("name")
    search_text: Mapped[str] = search_column("name")


class Gadget(Record, Base):
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = sort_column("name")
    code: Mapped[str | None] = mapped_column(String(40), unique=True)
    notes: Mapped[str | None]
    price: Mapped[Decimal | None] = mapped_column(Micros)
    weight: Mapped[Decimal | None] = mapped_column(Micros)
    pieces: Mapped[int] = mapped_column(default=1)
    bought: Mapped[date | None]
    broken: Mapped[bool] = mapped_column(default=False)
    colour: Mapped[str | None] = mapped_column(String(20))
    country: Mapped[str | None] = mapped_column(String(100))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("core_user.id"))
    maker_id: Mapped[int | None] = mapped_column(ForeignKey("gadgets_maker.id"))
    locked: Mapped[bool] = mapped_column(default=False)
    secret: Mapped[str | None]
    search_text: Mapped[str] = search_column("name", "code")
    screws: Mapped[list["Screw"]] = relationship(cascade="all, delete-orphan", order_by="Screw.id")


class Screw(Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    gadget_id: Mapped[int] = mapped_column(ForeignKey("gadgets_gadget.id"), index=True)
    length: Mapped[Decimal] = mapped_column(Micros)


FAN = Table(
    "gadgets_fan", db.metadata,
    Column("gadget_id", Integer, ForeignKey("gadgets_gadget.id"), primary_key=True),
    Column("user_id", Integer, ForeignKey("core_user.id"), primary_key=True),
    info={"link": True},
)  # fmt: skip
