"""What signing in leaves behind: sessions that ended, limits that ran out."""

from core.addons.runtime import runtime
from core.db import utcnow
from core.identity.session_store import sweep


def sweep_sessions() -> None:
    """Remove sessions that are over and limits that no longer count."""
    parts = runtime().parts
    sweep(parts["runtime_engine"], now=utcnow())
    parts["limiter"].storage.sweep()
