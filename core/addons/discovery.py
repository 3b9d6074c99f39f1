"""Where plugins are found: the bundled folder, the folders in CARTERA_ADDONS, installed distributions. Nothing is imported here.

Two of one name: neither runs and both paths are shown, except that a bundled plugin keeps its name (an accident must not replace it).
"""

import importlib.metadata
import importlib.util
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from .loaded import Failure, Plugin
from .manifest import FILE, BadManifest, read_manifest

BUNDLED = Path(__file__).resolve().parents[2] / "plugins"
GROUP = "cartera.plugins"
_NOT_PLUGINS = {"tests", "migrations", "docs"}


def discover(folders: Sequence[Path], problems: list[str], *, bundled: Path | None = BUNDLED, installed: bool = True) -> list[Plugin]:
    """All plugins, with their manifests read; what is wrong with one stands in its `failure`. Folders that are missing go to `problems`."""
    found: list[Plugin] = []
    if bundled is not None:
        found += _folder(bundled, "bundled", problems)
    for folder in dict.fromkeys(Path(f).resolve() for f in folders):
        found += _folder(folder, "folder", problems)
    if installed:
        found += _installed(problems)
    found = list({(p.path, p.name): p for p in found}.values())
    _refuse_doubles(found)
    return found


def _folder(folder: Path, source: str, problems: list[str]) -> list[Plugin]:
    if (folder / FILE).is_file():  # the path of one plugin instead of a folder of them
        return [_read(folder, source)]
    try:
        inside = sorted(p for p in folder.iterdir() if p.is_dir() and p.name[0] not in "._" and p.name not in _NOT_PLUGINS)
    except OSError as e:
        if source != "bundled":
            problems.append(f"the addons folder {folder} can't be read ({e.strerror}): make it, or take it out of CARTERA_ADDONS")
        return []
    return [_read(p, source) for p in inside if (p / FILE).is_file() or (p / "__init__.py").is_file()]


def _read(path: Path, source: str, import_name: str = "", name: str = "") -> Plugin:
    plugin = Plugin(name=name or path.name, path=path, source=source, import_name=import_name or f"plugins.{path.name}")
    try:
        plugin.manifest = read_manifest(path)
    except BadManifest as e:
        plugin.failure = Failure(reason=str(e), cure="The manifest is in error; nothing of the plugin was run.")
        return plugin
    wanted, plugin.name = plugin.name, plugin.manifest.name
    if wanted != plugin.name:
        where = "entry point" if name else "folder"
        reason = f"the {where} is called {wanted!r} but the manifest says {plugin.name!r}"
        plugin.failure = Failure(reason=reason, cure="Give both the same name.")
    elif not (path / "__init__.py").is_file():
        plugin.failure = Failure(reason=f"{path} has no __init__.py", cure="A plugin is a Python package: add the file with its hooks.")
    return plugin


def _installed(problems: list[str]) -> list[Plugin]:
    found = []
    for point in sorted(importlib.metadata.entry_points(group=GROUP), key=lambda e: (e.name, e.value)):
        path = _locate(point)
        if path is None:
            problems.append(f"the installed plugin {point.name!r} ({point.value}) has no folder: install it again, unzipped")
        else:
            found.append(_read(path, "installed", import_name=point.module, name=point.name))
    return found


def _locate(point: importlib.metadata.EntryPoint) -> Path | None:
    """The folder of an entry point's package, without importing it."""
    parts = point.module.split(".")
    if point.dist is not None and (path := Path(str(point.dist.locate_file("/".join(parts))))).is_dir():
        return path
    if parts[0] in sys.modules and sys.modules[parts[0]].__spec__ is None:
        return None
    spec = importlib.util.find_spec(parts[0])  # an editable installation: the top package only, so that no code runs
    for base in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(base, *parts[1:])).is_dir():
            return path
    return None


def _refuse_doubles(found: list[Plugin]) -> None:
    by_name = defaultdict(list)
    for plugin in found:
        by_name[plugin.name].append(plugin)
    for name, same in by_name.items():
        if len(same) == 1:
            continue
        keeps = [p for p in same if p.source == "bundled"]
        for plugin in same:
            if plugin not in keeps:
                others = " and ".join(str(p.path) for p in (keeps or same) if p is not plugin)
                cure = "The bundled plugin keeps its name: give yours another." if keeps else "Neither runs: rename or remove one of them."
                plugin.failure = Failure(reason=f"the name {name!r} of {plugin.path} is already used by {others}", cure=cure)
