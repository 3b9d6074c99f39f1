"""Tables of people. Ids of users are never used twice; a user is disabled, never deleted (docs/access.md)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import JsonList, plugin_base, search_column, sort_column, utcnow

Base = plugin_base("core")


class User(Base):
    """A person, or a program that calls in his name."""

    __table_args__ = (
        CheckConstraint("theme IN ('', 'light', 'dark')", name="theme"),
        CheckConstraint("density IN ('compact', 'comfortable')", name="density"),
        Index("ix_core_user_name_key_id", "name_key", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(100))
    login_key: Mapped[str] = mapped_column(String(200), unique=True)  # case folded: "Ana" and "ana" are one login
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = sort_column("name")
    email: Mapped[str] = mapped_column(String(254), default="")
    email_key: Mapped[str] = mapped_column(String(254), default="", index=True)
    search_text: Mapped[str] = search_column("name", "login", "email")
    password_hash: Mapped[str | None]  # None: cannot sign in with a password
    language: Mapped[str | None] = mapped_column(String(20))  # None: the browser's, else the site's
    timezone: Mapped[str | None] = mapped_column(String(60))  # None: the site's
    theme: Mapped[str] = mapped_column(String(10), default="")  # "": as the system
    density: Mapped[str] = mapped_column(String(20), default="compact")
    shortcuts: Mapped[bool] = mapped_column(default=True)  # single-key shortcuts can be turned off (WCAG 2.1.4)
    superadmin: Mapped[bool] = mapped_column(default=False)
    disabled: Mapped[bool] = mapped_column(default=False)
    classic_api: Mapped[bool] = mapped_column(default=False)
    api_password_hash: Mapped[str | None]
    api_addresses: Mapped[list[str]] = mapped_column(JsonList, default=list)  # networks; empty: from everywhere, if a password is asked
    api_without_password: Mapped[bool] = mapped_column(default=False)
    sessions_end_at: Mapped[datetime | None]  # sessions that began before are dead, whatever the session table says
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    disabled_at: Mapped[datetime | None]


class Profile(Base):
    """A named set of permission codes, with all that they imply."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    permissions: Mapped[list[str]] = mapped_column(JsonList, default=list)


class Group(Base):
    """A group of people. The one marked `everybody` is "All": it holds every user, can't be deleted, and is what an empty group means."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    everybody: Mapped[bool] = mapped_column(default=False)


class UserProfile(Base):
    """A pair: this user has this profile in this group. For the CRM every pair counts, whatever its group (docs/access.md)."""

    __table_args__ = (UniqueConstraint("user_id", "profile_id", "group_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("core_user.id"))
    profile_id: Mapped[int] = mapped_column(ForeignKey("core_profile.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("core_group.id"), index=True)  # None: All


class ApiToken(Base):
    """A key for programs: the user's rights, cut down to its scopes, until it expires. Only its SHA-256 is kept."""

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("core_user.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    prefix: Mapped[str] = mapped_column(String(20))  # its beginning, to tell one from another
    scopes: Mapped[list[str]] = mapped_column(JsonList, default=list)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
