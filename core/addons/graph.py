"""Which plugins may run, and in which order: versions, missing dependencies, cycles; then (depth, name), as Odoo does.

A plugin that is refused takes those along that need it, each with the chain as its reason.
"""

import graphlib
from collections.abc import Iterable

from packaging.specifiers import SpecifierSet

from .loaded import Failure, Plugin
from .manifest import CORE_VERSION
from .prefixes import clashes


def arrange(plugins: Iterable[Plugin], core_version: str = CORE_VERSION) -> list[Plugin]:
    """The plugins that may be loaded, dependencies first. Writes into the others' `failure` why not."""
    plugins = list(plugins)
    good = {p.name: p for p in plugins if p.failure is None}
    for plugin in good.values():
        manifest = plugin.manifest
        if not manifest.accepts_core(core_version):  # type: ignore[union-attr]
            plugin.failure = Failure(
                reason=f"{plugin.name} {plugin.version} is made for core {manifest.core}, this is {core_version}",  # type: ignore[union-attr]
                cure="Install a version of the plugin that fits, or widen `core` in its manifest once its tests pass.",
            )
    _names_that_clash(good)
    for plugin in good.values():
        if plugin.failure is None:
            _check_needs(plugin, good, plugins)
    _refuse_cycles(good)
    fail_dependants(plugins)
    depth: dict[str, int] = {}
    ready = {n: p for n, p in good.items() if p.failure is None}

    def deep(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((deep(d) for d in ready[name].depends), default=-1)
        return depth[name]

    order = sorted(ready.values(), key=lambda p: (deep(p.name), p.name))
    _addresses_that_clash(order)
    return [p for p in order if p.failure is None]


def fail_dependants(plugins: Iterable[Plugin]) -> list[Plugin]:
    """Pass failures on to those that need the failed ones; gives the plugins that this took along, in no order."""
    plugins = list(plugins)
    running = {p.name for p in plugins if p.failure is None}
    taken = []
    while True:
        failed = {p.name: p for p in plugins if p.failure is not None and p.name not in running}
        hit = [(p, d) for p in plugins if p.failure is None for d in p.depends if d in failed][:1]
        if not hit:
            return taken
        plugin, need = hit[0]
        first = failed[need].failure
        plugin.failure = Failure(
            reason=f"needs {need}, which failed: {first.reason}",  # type: ignore[union-attr]
            cure=f"Cure {need} first: {first.cure}" if first and first.cure else f"Cure {need} first.",
        )
        running.discard(plugin.name)
        taken.append(plugin)


def _check_needs(plugin: Plugin, good: dict[str, Plugin], plugins: list[Plugin]) -> None:
    for need, versions in plugin.manifest.depends.items():  # type: ignore[union-attr]
        if need not in good:
            if not any(p.name == need for p in plugins):
                plugin.failure = Failure(
                    reason=f"needs {need}, which is not there", cure=f"Install {need}, or put its folder into CARTERA_ADDONS."
                )
                return
        elif versions and not SpecifierSet(versions).contains(good[need].version, prereleases=True):
            plugin.failure = Failure(
                reason=f"needs {need} {versions}, but {good[need].version} is there", cure=f"Install a {need} that fits."
            )
            return


def _names_that_clash(good: dict[str, Plugin]) -> None:
    """Tables and blueprints tell their owner by prefix: no plugin may be called as another with `_…` behind."""
    for longer in good.values():
        for shorter in good.values():
            if longer.name.startswith(shorter.name + "_") and longer.failure is None:
                longer.failure = Failure(
                    reason=f"the name {longer.name!r} begins with that of plugin {shorter.name!r}, whose tables it would seem to own",
                    cure=f"Choose a name that does not begin with {shorter.name}_.",
                )


def _addresses_that_clash(order: list[Plugin]) -> None:
    """Each address has one owner; below another's address only whoever depends on it may have some."""
    taken: dict[str, str] = {}
    needs: dict[str, set[str]] = {}
    for plugin in sorted(order, key=lambda p: (p.source != "bundled", order.index(p))):
        needs[plugin.name] = set(plugin.depends).union(*(needs.get(d, set()) for d in plugin.depends))
        prefixes = plugin.manifest.url_prefixes  # type: ignore[union-attr]
        for prefix in prefixes:
            if owner := clashes(prefix, taken, needs[plugin.name] | {plugin.name}):
                plugin.failure = Failure(
                    reason=f"the address {prefix} belongs to {owner}", cure="Choose another in `url_prefixes`, or depend on that plugin."
                )
                break
        else:
            taken.update(dict.fromkeys(prefixes, plugin.name))
    fail_dependants(order)


def _refuse_cycles(good: dict[str, Plugin]) -> None:
    graph = {n: [d for d in p.depends if d in good and good[d].failure is None] for n, p in good.items() if p.failure is None}
    while True:
        try:
            graphlib.TopologicalSorter(graph).prepare()
        except graphlib.CycleError as e:
            ring = e.args[1]
            for name in ring:
                if good[name].failure is None:
                    good[name].failure = Failure(
                        reason=f"depends in a circle: {' → '.join(reversed(ring))}", cure="Take one of these out of a manifest's `depends`."
                    )
                graph.pop(name, None)
            graph = {n: [d for d in needs if d in graph] for n, needs in graph.items()}
        else:
            return
