"""The core does not know the trade: no name and no text of `core/` speaks of what a bundled plugin is about.

    python -m tools.thin

Read are the names and strings of Python files, and templates, scripts and styles. Comments, docstrings and examples in them may name
companies and invoices: they tell a reader what the machinery is for. What core needs of plugins it asks through a hook (core/hookspecs.py).
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = "what a plugin or record type keeps to, not what a customer signs"
VERB = "the verb: where a link, a key or a path leads"
ALLOWED = {
    ("core/addons/", "contract"): KEPT,
    ("core/testing/", "contract"): KEPT,
    ("core/addons/contract.py", "lead"): VERB,
    ("core/db/migrate.py", "lead"): VERB,
    ("core/records/rows_html.py", "lead"): VERB,
    ("core/testing/contracts/", "lead"): VERB,
    ("core/web/static/keys.js", "lead"): VERB,
}
"""(file or folder, word) → why it may stand there."""
SPLIT = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
COMMENTS = {
    ".html": re.compile(r"\{#.*?#\}", re.S),
    ".js": re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.S),
    ".css": re.compile(r"/\*.*?\*/", re.S),
    ".tmpl": re.compile(r"^\s*#.*$", re.M),
}


def words_of(plugins: Path) -> dict[str, str]:
    """Each word of the trade, singular and plural → its singular. A plugin is called after what it is about."""
    found = {}
    for manifest in sorted(plugins.glob("*/manifest.toml")):
        many = manifest.parent.name
        one = re.sub("ie$", "y", many.removesuffix("s"))
        found |= {many: one, one: one}
    return found


def spoken(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of all that a file says to the machine or to its users."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        kept = COMMENTS[path.suffix].sub(lambda comment: "\n" * comment.group().count("\n"), text)
        yield from enumerate(kept.splitlines(), 1)
        return
    tree = ast.parse(text, str(path))
    # What stands alone, as docstrings do, is said to the reader only.
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 1)
        for name, value in ast.iter_fields(node):
            if isinstance(value, str) and not (isinstance(node, ast.Constant) and (name != "value" or id(node) in told)):
                yield line, value


def breaches(root: Path) -> Iterator[str]:
    """A line for each place in core that names something of a plugin."""
    words = words_of(root / "plugins")
    for path in sorted((root / "core").rglob("*")):
        inside = path.relative_to(root).as_posix()
        if path.suffix not in {".py", *COMMENTS} or "/vendor/" in inside:
            continue
        for line, text in spoken(path):
            for word in {part.lower() for part in SPLIT.findall(text)} & words.keys():
                if not any(inside.startswith(place) and words[word] == allowed for place, allowed in ALLOWED):
                    yield f"{inside}:{line}: {word!r} is a plugin's matter: ask it through a hook, or let the plugin declare it"


def main(root: Path = ROOT) -> int:
    found = list(breaches(root))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
