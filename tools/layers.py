"""Who may import whom: contracts for import-linter, made from the manifests.

    python -m tools.layers            check
    python -m tools.layers --show     print the contracts

1. core imports no plugin.
2. Inside core imports go downwards only.
3. Of the plugins that its manifest depends on, a plugin imports models, services and access; of others nothing.
4. Of core it imports the public face: the names in `__all__` of the packages in core/addons/face.py.
5. Flask's current_app, g, request and session are for the web layer alone.
"""

import ast
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from core.addons.face import private_names

ROOT = Path(__file__).resolve().parents[1]
# From the top down; the packages of one layer may import each other. Those that don't exist are left out.
LAYERS = (
    ("wsgi", "cli", "testing", "app"),
    ("web", "setup"),
    ("records",),
    ("custom_fields", "files", "activity", "history", "visibility"),
    ("fields",),
    ("access",),
    ("mail", "alerts", "documents"),
    ("jobs",),
    ("identity",),
    ("addons", "hookspecs"),
    ("db",),
    ("config", "errors"),
)
FACE = {"models", "services", "access"}
BRIDGES = {
    Path("core/addons/runtime.py"),  # runtime() is the one way to the application from below the web layer
    Path("core/addons/gate.py"),  # asked before anything of the web layer runs
}
WEB_NAMES = {"current_app", "g", "request", "session"}


def children(folder: Path) -> set[str]:
    """Names of the modules and packages directly in a package."""
    if not folder.is_dir():
        return set()
    names = {p.stem for p in folder.glob("*.py")} | {p.parent.name for p in folder.glob("*/__init__.py")}
    return names - {"__init__"}


def manifests(plugins: Path) -> dict[str, set[str]]:
    """Plugin → the plugins it depends on, by its manifest. Raises ValueError naming a manifest that can't be read."""
    found = {}
    for path in sorted(plugins.glob("*/manifest.toml")):
        if not (path.parent / "__init__.py").exists():
            continue
        try:
            depends = tomllib.loads(path.read_text(encoding="utf-8")).get("depends", [])
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"{path}: {error}") from error
        # "companies" or "companies>=1.0"
        found[path.parent.name] = {"".join(c if c.isalnum() or c == "_" else " " for c in name).split()[0] for name in depends}
    return found


def config(root: Path) -> str:
    """The import-linter configuration for what exists below `root` now."""
    plugins = manifests(root / "plugins")
    packages = ["core"] + (["plugins"] if (root / "plugins/__init__.py").exists() else [])
    out = ["[importlinter]", "root_packages =", *_lines(packages), "exclude_type_checking_imports = True", ""]
    here = children(root / "core")
    layers = [" : ".join(name for name in layer if name in here) for layer in LAYERS]
    out += _contract("downwards", "core: downwards only", "layers", containers=["core"], layers=[layer for layer in layers if layer])
    if len(packages) == 2:
        out += _contract("core", "core imports no plugin", "forbidden", source_modules=["core"], forbidden_modules=["plugins"])
    for name, depends in plugins.items():
        others = set(plugins) - {name}
        hidden = [f"plugins.{other}" for other in sorted(others - depends)]
        for other in sorted(others & depends):
            hidden += [f"plugins.{other}.{child}" for child in sorted(children(root / "plugins" / other) - FACE)]
        if hidden:
            out += _contract(
                name, f"{name}: core and the public face of {', '.join(sorted(depends)) or 'nobody'}", "forbidden",
                source_modules=[f"plugins.{name}"], forbidden_modules=hidden, allow_indirect_imports=["True"],
            )  # fmt: skip
        if faces := sorted(others & depends):
            out += _contract(
                f"{name}-names", f"{name}: nothing from the __init__ of {', '.join(faces)}", "forbidden",
                source_modules=[f"plugins.{name}", *(f"plugins.{name}.{child}" for child in sorted(children(root / "plugins" / name)))],
                forbidden_modules=[f"plugins.{other}" for other in faces], as_packages=["False"], allow_indirect_imports=["True"],
            )  # fmt: skip
    return "\n".join(out)


def _contract(identifier: str, name: str, kind: str, **lists: list[str]) -> list[str]:
    out = [f"[importlinter:contract:{identifier}]", f"name = {name}", f"type = {kind}"]
    for key, values in lists.items():
        out += [f"{key} = {values[0]}"] if values in (["True"], ["False"]) else [f"{key} =", *_lines(values)]
    return [*out, ""]


def _lines(values: list[str]) -> list[str]:
    return [f"    {value}" for value in values]


def is_web(path: Path) -> bool:
    """Whether a file (relative to the root) belongs to the web layer, where Flask's globals may be used."""
    parts = path.parts
    web_package = parts[:2] in (("core", "web"), ("core", "setup"), ("core", "testing"))
    return web_package or path in BRIDGES or path.stem in ("views", "setup_pages") or "views" in parts


def globals_outside_web(root: Path) -> Iterator[str]:
    """Imports of Flask's context variables below the web layer."""
    for folder in ("core", "plugins"):
        for path in sorted((root / folder).rglob("*.py")):
            inside = path.relative_to(root)
            text = path.read_text(encoding="utf-8")
            if is_web(inside) or "flask" not in text:
                continue
            for node in ast.walk(ast.parse(text, str(path))):
                if isinstance(node, ast.ImportFrom) and node.module == "flask":
                    for name in sorted(WEB_NAMES & {alias.name for alias in node.names}):
                        yield f"{inside}:{node.lineno}: flask.{name} is for the web layer (core/web, core/setup, views.py)"


def inside_of_core(root: Path) -> Iterator[str]:
    """Imports of plugins from core that are not of its public face."""
    for path in sorted((root / "plugins").rglob("*.py")):
        for line, name in private_names(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            yield f"{path.relative_to(root)}:{line}: {name} is not public: see core/addons/face.py"


def main(arguments: list[str], root: Path = ROOT) -> int:
    if not (root / "core/__init__.py").exists():
        print("No core/ yet")
        return 0
    if "--show" in arguments:
        print(config(root))
        return 0
    wrong = [*globals_outside_web(root), *inside_of_core(root)]
    print("\n".join(wrong), end="\n" if wrong else "")
    with tempfile.TemporaryDirectory(prefix="cartera-layers-") as folder:
        path = Path(folder, "importlinter.ini")
        path.write_text(config(root))
        command = [Path(sys.executable).with_name("lint-imports"), path, "--no-cache"]
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "160"}
        )
    if done.returncode:
        print(done.stdout.partition("Broken contracts\n")[2].strip("-\n") or done.stdout + done.stderr)
    return 1 if wrong or done.returncode else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
