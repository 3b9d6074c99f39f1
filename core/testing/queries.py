"""Counting statements, so that a page which asks the database once per row fails its test.

with count_queries() as q:
    client.get("/companies/")
assert q.count <= 8, q
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# What begins and ends a transaction is no question to the database.
_FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class Queries:
    """The statements that ran, in order. Its text lists them, those that ran more than once first."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.statements)

    @property
    def repeated(self) -> dict[str, int]:
        """The statements that ran more than once, and how often."""
        return {text: n for text, n in Counter(self.statements).items() if n > 1}

    def __str__(self) -> str:
        lines = [f"{n} times: {text}" for text, n in self.repeated.items()]
        lines += [f"{number}. {text}" for number, text in enumerate(self.statements, 1)]
        return f"{self.count} statements\n" + "\n".join(lines)

    __repr__ = __str__

    def _add(self, statement: str) -> None:
        text = " ".join(statement.split())
        if not text.upper().startswith(_FRAME):
            self.statements.append(text)


@contextmanager
def count_queries(engine: Any = None) -> Iterator[Queries]:
    """Record the statements that run meanwhile, in any thread, on `engine` or else on every database of this process."""
    from sqlalchemy import Engine, event

    found = Queries()

    def record(_connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
        found._add(statement)

    target = Engine if engine is None else engine
    event.listen(target, "before_cursor_execute", record)
    try:
        yield found
    finally:
        event.remove(target, "before_cursor_execute", record)
