"""What of core a plugin may import: the toolkit, and the names that these packages list in their `__all__`. All else may change any day."""

import ast
from collections.abc import Iterator
from importlib import import_module

FACE = {
    "core": "the toolkit: what most plugins need",
    "core.access": "rules and their conditions, actors, the reader's day",
    "core.activity": "notes on records",
    "core.custom_fields": "the fields that administrators add",
    "core.db": "columns, keys, statements, settings, and what migrations need",
    "core.documents": "PDF from HTML, cleaning of HTML, macros",
    "core.fields": "kinds of fields, and how values are read and written",
    "core.files": "files that hang on records",
    "core.history": "what was changed, and handing records over",
    "core.identity": "users and their language",
    "core.records": "lists, forms and files of records, for pages and rules of one's own",
    "core.testing": "the world that tests find",
    "core.testing.contracts": "what every record type and plugin has to keep, as tests",
    "core.web": "values as pages show them, and the steps of forms",
}
"""Package → what a plugin finds there."""


def private_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, what is imported) of all that a plugin's file takes from core and that is not public."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, a.name) for a in node.names if a.name.startswith("core.") and a.name not in FACE)
        elif isinstance(node, ast.ImportFrom) and not node.level and (module := node.module or "").partition(".")[0] == "core":
            public = import_module(module).__all__ if module in FACE else ()
            yield from ((node.lineno, f"{module}.{a.name}") for a in node.names if a.name not in public)
