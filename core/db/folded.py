"""A text column as searches see it, without case and accents, where no folded text lies beside it: file names, labels, custom fields.

SQLite calls `fold` itself; PostgreSQL does the same with functions of its own, without an extension.
"""

from typing import Any

from sqlalchemy import ColumnElement, String, and_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from .text import fold, fold_once

FUNCTION = "cartera_fold"


class Folded(FunctionElement[str]):
    """The folded text of a column or an expression."""

    type = String()
    inherit_cache = True
    name = FUNCTION


def holds(column: Any, text: str) -> ColumnElement[bool]:
    """The column holds this text, whatever its case and accents; `%` and `_` are letters like others."""
    return Folded(column).contains(fold(text), autoescape=True)


def holds_words(column: Any, words: Any) -> ColumnElement[bool]:
    """The column holds each of these words."""
    return and_(*(holds(column, word) for word in words))


def register(connection: Any) -> None:
    """Give a SQLite connection the function."""
    connection.create_function(FUNCTION, 1, lambda text: None if text is None else fold_once(str(text)), deterministic=True)


@compiles(Folded, "sqlite")
def _sqlite(element: Folded, compiler: Any, **kw: Any) -> str:
    return f"{FUNCTION}({compiler.process(element.clauses, **kw)})"


@compiles(Folded, "postgresql")
def _postgresql(element: Folded, compiler: Any, **kw: Any) -> str:
    text = f"lower(normalize({compiler.process(element.clauses, **kw)}, NFKD))"
    plain = f"regexp_replace({text}, '[\u0300-\u034e\u0350-\u036f]+', '', 'g')"
    return f"regexp_replace(replace(replace({plain}, 'ß', 'ss'), 'ς', 'σ'), '\\s+', ' ', 'g')"
