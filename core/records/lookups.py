"""How people and groups are referred to: they are no records of the trade, and everybody who sees the CRM may name them."""

from sqlalchemy import func

from core.fields import Lookup
from core.identity.models import Group, User


def core_lookups() -> list[Lookup]:
    """The lookups of core: "core.user" by login, e-mail or name, "core.group" by name."""
    return [
        Lookup(
            name="core.user", model=User, label=lambda m: func.coalesce(m.name, m.login), match=lambda m: (m.login,),
            visible=lambda actor, m: m.disabled.is_(False), more=lambda m: m.login, order=lambda m: m.name,
        ),
        Lookup(
            name="core.group", model=Group, label=lambda m: m.name, match=lambda m: (m.name,),
            visible=lambda actor, m: m.id.is_not(None), order=lambda m: m.name,
        ),
    ]  # fmt: skip
