"""Fixtures of the small app."""

from tests.core.identity.small_app import app, cheap_hashes, ctx, people, sign_in  # noqa: F401
