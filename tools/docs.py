"""`make docs`: write the tables of README.md, docs/plugins.md and docs/coverage.md anew from the code that they describe.

    python -m tools.docs [--check]

A table stands between `<!-- table: NAME -->` and `<!-- end -->`. `--check` writes nothing and names the files whose tables are old.
"""

import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FILES = ("README.md", "docs/plugins.md", "docs/coverage.md")
TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.S)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _first_sentence(text: str | None) -> str:
    first = " ".join(re.split(r"\n\n|(?<=[.:]) Since ", inspect.cleandoc(text or ""))[0].split())
    return re.sub(r" \(docs/[\w-]+\.md\)", "", first)


def settings() -> str:
    """Every setting of core/config.py."""
    from core.config import Settings

    return _table(
        ("setting", "meaning", "default"),
        [(f"`{f.metadata['env']}`", f.metadata["help"], _default(f.default)) for f in dataclasses.fields(Settings)],
    )


def _default(value: Any) -> str:
    if isinstance(value, bool):
        return "`1`" if value else "`0`"
    text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"`{text}`" if text else ""


def commands() -> str:
    """Every command of `cartera`, as click knows it."""
    import click

    from core.cli import main

    def walk(group: click.Group, path: str) -> Iterator[tuple[str, ...]]:
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if isinstance(command, click.Group):
                yield from walk(command, f"{path} {name}")
            elif command is not None:
                words = [_argument(p) for p in command.params if isinstance(p, click.Argument)]
                yield " ".join([f"`{path} {name}", *words]) + "`", _first_sentence(command.help)

    return _table(("command", "does"), list(walk(main, "cartera")))


def _argument(argument: Any) -> str:
    name = argument.make_metavar_name() if hasattr(argument, "make_metavar_name") else argument.human_readable_name
    return name if argument.required else f"[{name}]"


def hooks() -> str:
    """Every hook of core/hookspecs.py: arguments, what it returns, what it is for."""
    from core import hookspecs

    rows = []
    for family in (hookspecs.Declarations, hookspecs.Events):
        for name, function in vars(family).items():
            if name.startswith("_"):
                continue
            signature = inspect.signature(function)
            arguments = ", ".join(p for p in signature.parameters if p != "self")
            rows.append((f"`{name}({arguments})`", _returns(signature.return_annotation), _first_sentence(function.__doc__)))
    return _table(("hook", "gives", "what for"), rows)


def _returns(annotation: Any) -> str:
    text = "" if annotation is None else str(annotation)
    text = {"Sequence[Any]": "list", "Sequence[type]": "list of classes"}.get(text, text)
    text = re.sub(r"^Sequence\[(.*)\]$", r"list of \1", text).replace("list of click.Command", "list of click commands")
    return text if text.startswith("list") or not text else f"`{text}`"


def kinds() -> str:
    """The short names of kinds of fields."""
    from core import fields

    functions = [(n, found) for n in fields.__all__ if inspect.isfunction(found := getattr(fields, n))]
    named = [n for n, function in functions if inspect.signature(function).return_annotation is fields.Field]
    return _table(("field", "holds"), [(f"`f.{n}`", _first_sentence(getattr(fields, n).__doc__)) for n in named])


def toolkit() -> str:
    """The names that a plugin may import from `core`."""
    import core

    return _table(("name", "what it is"), [(f"`{n}`", _OWN.get(n) or _first_sentence(getattr(core, n).__doc__)) for n in core.__all__])


def face() -> str:
    """The packages of core besides the toolkit that a plugin may import from, with their public names."""
    from core.addons.face import FACE

    rows = [(f"`{name}`", about, " ".join(f"`{n}`" for n in import_module(name).__all__)) for name, about in FACE.items() if name != "core"]
    return _table(("package", "what for", "public names"), rows)


_OWN = {
    "Mapped": "SQLAlchemy's: the type of a model's attribute.",
    "mapped_column": "SQLAlchemy's: a column.",
    "hookimpl": "Marks a function of the plugin's `__init__.py` as a hook.",
    "Rule": "Who (`predicate`) may do `action` on one record type, and why in words (`reason`).",
    "db": "`db.session`, in the request's or job's unit of work.",
    "hookspec": "Marks a function of the plugin's `hookspecs.py` as a hook of its own, which others may implement.",
}


def pictures() -> str:
    """The first four pictures of the tour, once there is one."""
    tour = ROOT / "docs/tour.md"
    found = re.findall(r"!\[([^\]]*)\]\((pictures/[^)]+)\)", tour.read_text(encoding="utf-8")) if tour.exists() else []
    shown = [f"![{words}](docs/{path})" for words, path in found[:4]]
    if len(shown) < 2:
        return ""
    rows = [["", ""], ["---", "---"], shown[:2], *([shown[2:]] if len(shown) == 4 else [])]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Promise:
    """A promise of the manual, as a test of tests/manual/ names it."""

    section: str
    words: str
    page: str
    file: str
    test: str
    differently: str = ""


def read_promises() -> list[Promise]:
    """The promises that tests/manual/ tests, in the order of the files. Raises ValueError for a test that names none."""
    found = []
    for path in sorted((ROOT / "tests/manual").glob("test_*.py")):
        known: dict[str, Any] = {}
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign):
                known |= _constants(node)
            if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
                continue
            calls = [d for d in node.decorator_list if isinstance(d, ast.Call) and getattr(d.func, "id", "") == "promise"]
            if len(calls) != 1:
                raise ValueError(f"{path.name}: {node.name} needs one @promise(section, words, page=…)")
            section, words = map(ast.literal_eval, calls[0].args)
            more = {k.arg: known[k.value.id] if isinstance(k.value, ast.Name) else ast.literal_eval(k.value) for k in calls[0].keywords}
            found.append(Promise(section=section, words=words, file=path.name, test=node.name, **more))
    return found


def _constants(node: ast.Assign) -> dict[str, Any]:
    """The texts that a line at the top of a file gives names to."""
    pairs = [(node.targets[0], node.value)]
    if isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
        pairs = list(zip(node.targets[0].elts, node.value.elts, strict=True))
    return {name.id: value.value for name, value in pairs if isinstance(name, ast.Name) and isinstance(value, ast.Constant)}


def promises() -> str:
    """What the manual promises, with page and test: a table per section."""
    sections: dict[str, list[Promise]] = {}
    for promise in read_promises():
        sections.setdefault(promise.section.partition(" / ")[0], []).append(promise)
    head = ("about", "promise", "page", "test")
    return "".join(f"\n## {name}\n\n{_table(head, [_promise_row(p) for p in rows])}" for name, rows in sections.items()) + "\n"


def _promise_row(promise: Promise) -> tuple[str, ...]:
    words = promise.test.removeprefix("test_").replace("_", " ")
    return promise.section.partition(" / ")[2], promise.words, f"`{promise.page}`", f"[{words}](../tests/manual/{promise.file})"


def read_differently() -> str:
    """The promises that we read otherwise than the manual's letter, and why."""
    return _table(("section", "promise", "why"), [(p.section, p.words, p.differently) for p in read_promises() if p.differently])


TABLES = {
    "pictures": pictures,
    "settings": settings,
    "commands": commands,
    "hooks": hooks,
    "kinds": kinds,
    "toolkit": toolkit,
    "face": face,
    "promises": promises,
    "read_differently": read_differently,
}


def renewed(text: str) -> str:
    """A document with its tables as they should be. Raises KeyError for a table that nobody makes."""
    return TABLE.sub(lambda m: m[1] + TABLES[m[2]]() + m[3], text)


def main(arguments: list[str]) -> int:
    old = [name for name in FILES if (text := (ROOT / name).read_text(encoding="utf-8")) != renewed(text)]
    for name in old:
        print(f"{name}: its tables are not as the code has it" if "--check" in arguments else f"{name}: written")
        if "--check" not in arguments:
            (ROOT / name).write_text(renewed((ROOT / name).read_text(encoding="utf-8")), encoding="utf-8")
    return int(bool(old) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
