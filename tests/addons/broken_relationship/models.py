"""One table, one relationship to nowhere."""

from typing import Any

from sqlalchemy.orm import relationship

from core.db import Mapped, mapped_column, plugin_base


class Broken(plugin_base("broken_relationship")):
    id: Mapped[int] = mapped_column(primary_key=True)
    other: Mapped[Any] = relationship("NoSuchModel")
