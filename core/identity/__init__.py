"""People: users, groups, profiles, passwords, sessions, API tokens and the pages to sign in with.

Users are never deleted, only disabled. Knows no company and no rule: what a permission opens stands in `core.access` and the plugins.
"""
