"""People: users, groups, profiles, passwords, sessions, API tokens and the pages to sign in with.

Users are never deleted, only disabled. Knows no company and no rule: what a permission opens stands in `core.access` and the plugins.
"""

from .languages import site_language
from .models import User
from .services import create_user, find_profiles, find_user, set_password, update_user

__all__ = [
    "User", "create_user", "find_profiles", "find_user", "set_password", "site_language", "update_user",
]  # fmt: skip
