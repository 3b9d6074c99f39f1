"""Imports in the background: checking large files, writing many rows, taking them back; with progress, in the language of whoever asked.

Each step finds by the import's own state whether it is still to be done, so that a job which was killed and runs again does nothing twice.
"""

from typing import Any

from flask_babel import lazy_gettext as _l

from core.addons.declarations import JobKind

JOB_KINDS: list[Any] = []
__all__ = ["JOB_KINDS", "JobKind", "_l"]
