"""Settings that administrators edit: a key and a JSON value each. Defaults stand with whoever declares the setting."""

from typing import Any

from sqlalchemy import JSON, String, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from .base import db, plugin_base


class Option(plugin_base("core")):
    """One setting of the installation, as `invoices.currency` → "EUR"."""

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))


def get_option(key: str, default: Any = None) -> Any:
    """The value of a setting, or `default` while nobody has set it."""
    found = db.session.execute(select(Option.value).where(Option.key == key)).first()
    return default if found is None else found.value


def get_options(prefix: str) -> dict[str, Any]:
    """All settings whose key begins with `prefix`, by key, in one statement."""
    rows = db.session.execute(select(Option.key, Option.value).where(Option.key.startswith(prefix, autoescape=True)))
    return {row.key: row.value for row in rows}


def set_option(key: str, value: Any) -> None:
    """Set a setting in this unit of work."""
    option = db.session.get(Option, key)
    if option is None:
        db.session.add(Option(key=key, value=value))
    else:
        option.value = value
    db.session.flush()
