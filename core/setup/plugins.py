"""Setup → Plugins: enabled, hidden or disabled, in force within a second; what goes along is named, and asked, before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, literal, select, union_all

from core.access import Conflict
from core.addons import Plugin
from core.addons.runtime import runtime
from core.addons.state import DEFAULT, DISABLED, ENABLED, HIDDEN, SwitchedSince, UnknownPlugin
from core.db import db, fold, utcnow
from core.identity.profiles import all_groups
from core.identity.session_store import count_signed_in
from core.visibility import cell_of, is_crm_hidden_by_default
from core.web.guards import current_actor, requires_superadmin

from .blueprints import setup
from .forms import PlainForm

STATES = frozenset({ENABLED, HIDDEN, DISABLED})


@dataclass(kw_only=True)
class Row:
    """A plugin as its row shows it."""

    plugin: Plugin
    state: str
    reason: str = ""
    seen_by: str = ""
    needs: list[str] = field(default_factory=list)
    needed_by: list[str] = field(default_factory=list)
    records: int | None = None

    @property
    def source(self) -> str:
        names = {"bundled": _("bundled"), "folder": _("addons folder"), "installed": _("package %(name)s", name=self.plugin.import_name)}
        return names.get(self.plugin.source, self.plugin.source)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked under a row before it is done: which plugins go along, or come back. `to` are the states, as "boat.enabled"."""

    name: str
    to: Sequence[str]
    title: str
    text: str
    keep: str
    verb: str
    bad: bool = False


@setup.get("/plugins")
@requires_superadmin
def plugins() -> Any:
    """The table; `q` looks into title, name and summary. `disable` names a plugin about which has to be asked first, `enabled` one that was
    just enabled, and `back` those that had been disabled with it and are offered, each with the state that it had ("boat.hidden").
    """
    addons, q = runtime().addons, request.args.get("q", "").strip()
    snapshot, counts = addons.snapshot(), _counts()
    along = [name for name in addons.needed_by(request.args.get("disable", "")) if snapshot.runs(name)]
    groups = [(g.id, g.name) for g in all_groups() if not g.everybody]
    rows = []
    for plugin in (*addons, *addons.failed):
        about = " ".join((plugin.title, plugin.name, plugin.summary))
        if q and fold(q) not in fold(about):
            continue
        if plugin.failure is not None:
            rows.append(Row(plugin=plugin, state="failed", needs=_titles(plugin.depends)))
            continue
        rows.append(
            Row(
                plugin=plugin, state=snapshot.state(plugin.name), reason=snapshot.reasons.get(plugin.name, ""),
                seen_by=_seen_by(plugin, snapshot, groups),
                needs=_titles(plugin.depends), needed_by=_titles([p.name for p in addons if plugin.name in p.depends]),
                records=counts.get(plugin.name),
            )
        )  # fmt: skip
    numbers = {state: sum(row.state == state for row in rows) for state in (ENABLED, HIDDEN, DISABLED, "failed")}
    return render_template(
        "setup/plugins.html",
        rows=rows,
        numbers=numbers,
        question=_question(addons[request.args["disable"]], along, counts) if along else _offer(counts),
        q=q,
        problems=addons.problems,
        crm_hidden=is_crm_hidden_by_default(),
    )


def _titles(names: Any) -> list[str]:
    addons = runtime().addons
    known = {plugin.name: plugin.title for plugin in addons.plugins}
    return [known.get(name, name) for name in names]


def _seen_by(plugin: Plugin, snapshot: Any, groups: list[tuple[int, str]]) -> str:
    """In words, for whom it is in sight."""
    if snapshot.state(plugin.name) == DISABLED:
        return "–"
    if snapshot.state(plugin.name) == HIDDEN:
        return _("Superadmins")
    chain = (f"plugin:{plugin.name}", f"section:{plugin.manifest.section if plugin.manifest else 'crm'}")
    everybody = cell_of(chain, None) != "hidden"
    others = [name for group_id, name in groups if cell_of(chain, group_id) == ("hidden" if everybody else "shown")]
    if everybody:
        return _("All but %(groups)s", groups=", ".join(others)) if others else _("All")
    return ", ".join(others) or _("Superadmins")


def _counts() -> dict[str, int]:
    """Records per plugin, trash left out, in one statement; plugins whose tables are not there yet have none."""
    addons = runtime().addons
    snapshot = addons.snapshot()
    parts = [
        select(literal(name).label("plugin"), func.count().label("n")).select_from(rt.model).where(rt.model.trashed_at.is_(None))
        for name, rt in addons.declared("record_types")
        if name != "core" and not snapshot.reasons.get(name)
    ]
    found: dict[str, int] = {}
    if parts:
        for name, n in db.session.execute(union_all(*parts)):
            found[name] = found.get(name, 0) + n
    return found


@setup.post("/plugins/<name>")
@requires_superadmin
def plugin_state(name: str) -> Any:
    """Switch a plugin to `state`. Where others need it, that is asked, and the question's form sent to `plugin_states`."""
    state = request.values.get("state", "")
    if not PlainForm().validate() or state not in STATES:
        abort(400)
    addons = runtime().addons
    back = addons.states.went_with(name) if state != DISABLED else {}
    return _switched({name: state}, back=[f"{each}.{before}" for each, before in back.items()])


@setup.post("/plugins/")
@requires_superadmin
def plugin_states() -> Any:
    """Switch several plugins in one step, to each `to`: "boat.enabled", or "boat.disabled.enabled" where it has to be disabled till now.

    So what was disabled together comes back, and a step is undone; "boat.enabled.default" leaves its state to its manifest again.
    """
    asked, expected = {}, {}
    for name, *seen, to in (each.split(".") for each in request.values.getlist("to") if "." in each):
        if len(seen) > 1 or not STATES.issuperset(seen) or to not in ({*STATES, DEFAULT} if seen else STATES):
            abort(400)
        asked[name] = to
        if seen:
            expected[name] = seen[0]
    if not PlainForm().validate() or not asked or len(request.values.getlist("to")) != len(asked):
        abort(400)
    return _switched(asked, expected=expected)


def _switched(asked: Mapping[str, str], *, expected: Mapping[str, str] | None = None, back: Sequence[str] = ()) -> Any:
    """Do it, and say what was done, with its undo; `back` are then offered."""
    addons = runtime().addons
    try:
        changed = addons.states.set_states(asked, current_actor().user_id, expected=expected)
    except UnknownPlugin:
        abort(404)
    except SwitchedSince as refused:
        flash(refused.message, "bad")
        return redirect(url_for("setup.plugins"))
    except Conflict:
        # The question has an address of its own: it can be reloaded, and come back to
        runs, off = addons.snapshot().runs, (DISABLED, DEFAULT)
        asks = (n for n, to in asked.items() if to in off and any(runs(m) and m not in asked for m in addons.needed_by(n)))
        name = next(asks, next(iter(asked)))
        return redirect(url_for("setup.plugins", disable=name, _anchor=f"plugin-{name}"))
    if changed:
        words = {ENABLED: _("enabled"), HIDDEN: _("hidden"), DISABLED: _("disabled")}
        text = ", ".join(_("%(plugin)s %(state)s", plugin=addons[each.name].title, state=words[each.new]) for each in changed)
        undo = url_for("setup.plugin_states", to=[f"{each.name}.{each.new}.{each.undo}" for each in changed])
        flash(_("%(changes)s, in force now", changes=text), f"ok undo:{undo}")
    if back:
        name = next(iter(asked))
        return redirect(url_for("setup.plugins", enabled=name, back=back, _anchor=f"plugin-{name}"))
    return redirect(url_for("setup.plugins"))


def _offer(counts: dict[str, int]) -> Question | None:
    """What had been disabled with a plugin that was enabled just now, as far as it is off still: to be as it was before."""
    addons, name = runtime().addons, request.args.get("enabled", "")
    snapshot = addons.snapshot()
    before = dict(each.rpartition(".")[::2] for each in request.args.getlist("back"))
    back = {n: before[n] for n in addons.needed_by(name) if before.get(n) in (ENABLED, HIDDEN) and not snapshot.runs(n)}
    if not back or not snapshot.runs(name):
        return None
    there = {n: _with_records(n, counts) for n in back}
    names = [_("%(plugin)s – hidden before", plugin=there[n]) if was == HIDDEN else there[n] for n, was in back.items()]
    if HIDDEN in back.values():
        verb = _("Bring back as it was")
    else:
        verb = _("Enable %(plugin)s", plugin=addons[next(iter(back))].title) if len(back) == 1 else _("Enable all %(n)d", n=len(back))
    return Question(
        name=name, to=[f"{n}.{DISABLED}.{was}" for n, was in back.items()], verb=verb, keep=_("Leave it off"),
        title=_("Enable what was disabled with %(plugin)s?", plugin=addons[name].title),
        text=_("Still off: %(names)s. Its data is as it was.", names=", ".join(names)),
    )  # fmt: skip


def _with_records(name: str, counts: dict[str, int]) -> str:
    n = counts.get(name, 0)
    return _("%(plugin)s (%(records)s)", plugin=runtime().addons[name].title, records=ngettext("%(num)d record", "%(num)d records", n))


def _question(plugin: Plugin, along: list[str], counts: dict[str, int]) -> Question:
    people = count_signed_in(runtime().parts["runtime_engine"], now=utcnow())
    names = ", ".join(_with_records(name, counts) for name in (plugin.name, *along))
    n = len(along) + 1
    return Question(
        name=plugin.name,
        to=[f"{name}.{DISABLED}" for name in (plugin.name, *along)],
        bad=True,
        title=_("Disable %(plugin)s and what depends on it?", plugin=plugin.title),
        text=ngettext("Off within a second for %(num)d person at work:", "Off within a second for %(num)d people at work:", people)
        + " "
        + names
        + ". "
        + _("Addresses answer 404, tabs and macros go. Tables and data stay; enabling brings everything back."),
        keep=_("Keep both") if n == 2 else _("Keep all %(n)d", n=n),
        verb=_("Disable both") if n == 2 else _("Disable all %(n)d", n=n),
    )
