"""Fixtures of the small app."""

from tests.core.identity.small_app import app, ctx, people, sign_in  # noqa: F401
