"""Imports plugins, each in a guard of its own, and collects what they declare. The only place that imports them, and only by name.

A plugin that fails in any step is undone (hooks unregistered, tables out of the metadata, modules forgotten), takes its dependants along,
and everything else runs. Python keeps modules and tables per process, not per app: a plugin that another app of the process has loaded
from the same folder is used again; one of the same name from another folder replaces it (only tests have such).
"""

import importlib
import importlib.machinery
import importlib.util
import inspect
import logging
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from core import hookspecs
from core.db import db, plugin_base
from core.db.base import unload

from .contract import ContractBroken, check_blueprints, check_items, check_relationships, check_tables, misspelt_hooks
from .discovery import BUNDLED, discover
from .graph import arrange, fail_dependants
from .loaded import SLOW, Addons, Failure, Hooks, Plugin, PluginFailed
from .state import States

log = logging.getLogger(__name__)
_resident: dict[str, Plugin] = {}
"""Plugins whose modules and tables are in this process, by name."""
_hooks: dict[str, Hooks] = {}
"""Their hook functions, by the name of the module."""
_lock = threading.RLock()


def load(
    folders: Sequence[Path] = (), *, strict: bool = False, trace: bool = False, core: Sequence[Any] = (), bundled: Path | None = BUNDLED,
    installed: bool = True,
) -> Addons:  # fmt: skip
    """Find, check, order and load all plugins; `core` are modules or objects of the core that implement hooks as plugins do.

    Raises PluginFailed in strict mode, else never because of a plugin: what failed stands in `Addons.failed`.
    """
    pm = pluggy.PluginManager("cartera")
    pm.add_hookspecs(hookspecs.Declarations)
    pm.add_hookspecs(hookspecs.Events)
    for part in core:
        pm.register(part)
    addons = Addons(pm, trace=trace)
    States(addons)
    with _lock:
        plugins = discover(folders, addons.problems, bundled=bundled, installed=installed)
        order = arrange(plugins)
        _stop_if(strict, plugins)
        for plugin in order:
            if plugin.failure is None:
                with _guard(plugin):
                    _import(plugin, pm)
                _take_back(plugin, order, pm, strict)
        for plugin in order:
            if plugin.failure is None:
                with _guard(plugin):
                    _collect(plugin, order, pm)
                _take_back(plugin, order, pm, strict)
        plugins.sort(key=lambda p: (order.index(p) if p in order else len(order), p.name, str(p.path)))
        addons.settle(plugins, lambda hook: _core_items(pm, core, hook), hookspecs.DECLARATIONS)
    for problem in addons.problems:
        log.warning("%s", problem)
    for plugin in addons.failed:
        log.error("plugin %r (%s) does not run: %s", plugin.name, plugin.path, plugin.failure.reason)  # type: ignore[union-attr]
    return addons


def _import(plugin: Plugin, pm: pluggy.PluginManager) -> None:
    before = set(db.metadata.tables)
    here = _resident.get(plugin.name)
    if here is not None and (here.path != plugin.path or here.import_name not in sys.modules):
        forget(plugin.name)
    _resident[plugin.name] = plugin
    module = sys.modules.get(plugin.import_name)
    if module is None or not _comes_from(module, plugin.path):
        _drop_modules(plugin.import_name)
        importlib.invalidate_caches()
        module = _import_folder(plugin) if plugin.import_name.startswith("plugins.") else importlib.import_module(plugin.import_name)
        if not _comes_from(module, plugin.path):
            raise ContractBroken(f"{plugin.import_name} was imported from {module.__file__} instead of {plugin.path}")
        _hooks[plugin.import_name] = _hooks_in(module)
    elif plugin.import_name not in _hooks:  # somebody imported it before us, and a file of it may hide a hook of its name
        _hooks[plugin.import_name] = _hooks_in(_run_again(plugin))
    plugin.hooks = _hooks[plugin.import_name]
    pm.register(plugin.hooks, name=plugin.name)
    if (plugin.path / "hookspecs.py").is_file():
        pm.add_hookspecs(importlib.import_module(plugin.import_name + ".hookspecs"))
    _check_new_tables(plugin, before)


def _hooks_in(module: ModuleType) -> Hooks:
    return Hooks({n: f for n, f in vars(module).items() if inspect.isfunction(f) and getattr(f, "cartera_impl", None) is not None})


def _run_again(plugin: Plugin) -> ModuleType:
    """The plugin's `__init__.py` in a module that nobody else sees; its other files are not run again."""
    spec = _spec(plugin)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


def _spec(plugin: Plugin) -> importlib.machinery.ModuleSpec:
    file = plugin.path / "__init__.py"
    spec = importlib.util.spec_from_file_location(plugin.import_name, file, submodule_search_locations=[str(plugin.path)])
    if spec is None or spec.loader is None:
        raise ContractBroken(f"{plugin.path} can't be imported")
    return spec


def _import_folder(plugin: Plugin) -> ModuleType:
    """A folder, wherever it lies, as `plugins.<name>`: exactly the one that was found, not the first of that name on a path."""
    parent = importlib.import_module("plugins")
    spec = _spec(plugin)
    module = importlib.util.module_from_spec(spec)
    sys.modules[plugin.import_name] = module
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    setattr(parent, plugin.name, module)
    return module


def _collect(plugin: Plugin, order: Sequence[Plugin], pm: pluggy.PluginManager) -> None:
    if problems := misspelt_hooks(plugin.hooks, pm):  # type: ignore[arg-type]
        raise ContractBroken("; ".join(problems))
    before = set(db.metadata.tables)
    for hook in hookspecs.DECLARATIONS:
        for impl in getattr(pm.hook, hook).get_hookimpls():
            if impl.plugin is plugin.hooks:
                with _doing(f"{hook}()"):
                    plugin.declared[hook] = check_items(plugin, hook, impl.function())
    _check_new_tables(plugin, before, all_of_them=True)
    check_blueprints(plugin, plugin.declared.get("blueprints", ()))
    check_relationships(plugin)
    plugin_base(plugin.name).registry.configure(cascade=True)


def _check_new_tables(plugin: Plugin, before: set[str], *, all_of_them: bool = False) -> None:
    new = [t for name, t in db.metadata.tables.items() if name not in before]
    if new or all_of_them:
        check_tables(plugin, new, _needs(plugin.name))


def _needs(name: str) -> set[str]:
    found: set[str] = set()
    todo = [name]
    while todo:
        plugin = _resident.get(todo.pop())
        new = set(plugin.depends if plugin else ()) - found
        found |= new
        todo += new
    return found


def _take_back(plugin: Plugin, order: list[Plugin], pm: pluggy.PluginManager, strict: bool) -> None:
    """Undo a plugin that has just failed and those that need it, dependants first."""
    if plugin.failure is None:
        return
    gone = [plugin, *fail_dependants(order)]
    for each in sorted(gone, key=order.index, reverse=True):
        if each.hooks is not None and pm.is_registered(each.hooks):
            pm.unregister(each.hooks)
        each.hooks = None
        each.declared.clear()
        forget(each.name)
    _stop_if(strict, [plugin])


def _stop_if(strict: bool, plugins: Sequence[Plugin]) -> None:
    failed = next((p for p in plugins if p.failure is not None), None) if strict else None
    if failed is not None:
        raise PluginFailed(failed.name, failed.failure)  # type: ignore[arg-type]


def forget(name: str) -> None:
    """Take a plugin out of this process, and first those that need it: modules, tables, mappers."""
    with _lock:
        for other in [p for p in _resident.values() if name in p.depends]:
            forget(other.name)
        plugin = _resident.pop(name, None)
        unload(name)
        _drop_modules(plugin.import_name if plugin else f"plugins.{name}")


def _drop_modules(import_name: str) -> None:
    _hooks.pop(import_name, None)
    for loaded in [m for m in sys.modules if m == import_name or m.startswith(import_name + ".")]:
        del sys.modules[loaded]
    package, _, leaf = import_name.rpartition(".")
    parent = sys.modules.get(package)
    if parent is not None and leaf in vars(parent):
        delattr(parent, leaf)


def _comes_from(module: ModuleType, path: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).resolve().parent == path.resolve()


def _core_items(pm: pluggy.PluginManager, core: Sequence[Any], hook: str) -> list[Any]:
    impls = {id(i.plugin): i for i in getattr(pm.hook, hook).get_hookimpls()}
    return [item for part in core if id(part) in impls for item in impls[id(part)].function()]


@contextmanager
def _doing(what: str) -> Iterator[None]:
    """Name the step in whatever it raises; a plugin that hangs in it is logged while it hangs."""
    timer = threading.Timer(SLOW, log.warning, (f"a plugin has been busy with {what} for more than {SLOW:.0f} s; the start waits for it",))
    timer.daemon = True
    timer.start()
    try:
        yield
    except BaseException as e:
        e.add_note(f"in {what}")
        raise
    finally:
        timer.cancel()


@contextmanager
def _guard(plugin: Plugin) -> Iterator[None]:
    """Whatever the plugin's code raises, sys.exit() included, becomes its failure."""
    try:
        with _doing(f"loading {plugin.name!r}"):
            yield
    except KeyboardInterrupt:
        raise
    except ContractBroken as e:
        plugin.failure = Failure(reason=str(e), cure="Correct the plugin, then restart.")
    except BaseException as e:  # noqa: BLE001 - a plugin may raise anything, and must not take the product along
        plugin.failure = explain_failure(plugin, e)


def explain_failure(plugin: Plugin, error: BaseException) -> Failure:
    """The failure that an exception of a plugin's code amounts to: without our own frames, with the probable cure."""
    tb = error.__traceback__
    while tb is not None and tb.tb_next is not None and not Path(tb.tb_frame.f_code.co_filename).is_relative_to(plugin.path):
        if not any(Path(f.filename).is_relative_to(plugin.path) for f in traceback.extract_tb(tb.tb_next)):
            break
        tb = tb.tb_next
    text = "".join(traceback.format_exception(type(error), error, tb))
    return Failure(reason=f"{type(error).__name__}: {error}".strip(), cure=_cure(plugin, error), traceback=text)


def _cure(plugin: Plugin, error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"Correct line {error.lineno} of {error.filename}."
    if isinstance(error, ModuleNotFoundError) and error.name:
        first, _, rest = error.name.partition(".")
        if first == "plugins" and rest:
            return f"Add {rest.partition('.')[0]!r} to `depends` in the manifest, and see that it is installed."
        if error.name.startswith(plugin.import_name + "."):
            return f"The plugin imports a file that is not there: {error.name.rpartition('.')[2]}.py."
        return f"Install what the plugin needs: pip install {first}"
    if isinstance(error, ImportError):
        return "The name is not there: correct the import, or see which version of the core or plugin has it."
    if isinstance(error, SystemExit):
        return "The plugin calls sys.exit(): it must raise an exception, or log and go on."
    if type(error).__module__.startswith("sqlalchemy"):
        return "A model is in error. Relationships name classes of other plugins by the class itself, never by a string."
    return "See the last line of the traceback that names a file of the plugin."
