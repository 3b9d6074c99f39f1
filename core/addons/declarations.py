"""What a plugin can declare: frozen objects with meaning (an entry, a tab, an action), never HTML.

The core collects them once at start, tags them with their plugin, and filters them by the plugin's state on each request.
Places name their target record type by string, as in `Tab("companies.company", "Contracts", …)`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Text = Any
"""A string, or a lazy translation of one."""


@dataclass(frozen=True)
class Entry:
    """A line of the side menu. Leads to `endpoint`, or to the list of `record_type`.

    `parent` is the name of the entry under which it stands; `section` is "crm" or "setup". `permission` is the code that it asks for.
    `badge(actor)` gives a figure as (number, words, late) or None, and is asked after the page.
    """

    label: Text
    name: str = field(default="", kw_only=True)
    endpoint: str | None = field(default=None, kw_only=True)
    record_type: str | None = field(default=None, kw_only=True)
    parent: str | None = field(default=None, kw_only=True)
    section: Literal["crm", "setup"] = field(default="crm", kw_only=True)
    permission: str | None = field(default="CR", kw_only=True)
    weight: int = field(default=50, kw_only=True)
    icon: str = field(default="", kw_only=True)
    key: str = field(default="", kw_only=True)
    """Second letter of the keyboard shortcut `g …`."""
    badge: Callable[[Any], Any] | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Tab:
    """A tab on the page of another record type's record. `view(record, actor)` gives the Markup inside (a template rendered by the plugin).

    `count(record_id, actor)` gives a SELECT of one number; `record_id` is a parameter of SQL there, for the counts of all tabs are asked
    in one statement, which is kept for the reader: nothing of clock, time zone or language may stand in it.
    """

    target: str
    label: Text
    name: str = field(kw_only=True)
    view: Callable[[Any, Any], Any] = field(kw_only=True)
    weight: int = field(default=50, kw_only=True)
    count: Callable[[Any, Any], Any] | None = field(default=None, kw_only=True)
    visible: Callable[[Any, Any], bool] | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Action:
    """A button on a record: `endpoint` is called with the record's id as `id`. `needs` is the action of the rules that it asks for."""

    target: str
    label: Text
    name: str = field(kw_only=True)
    endpoint: str = field(kw_only=True)
    method: Literal["GET", "POST"] = field(default="POST", kw_only=True)
    needs: str = field(default="edit", kw_only=True)
    icon: str = field(default="", kw_only=True)
    primary: bool = field(default=False, kw_only=True)
    confirm: Text = field(default="", kw_only=True)
    """What goes and what stays, asked before it is done; empty for what can be undone."""
    visible: Callable[[Any, Any], bool] | None = field(default=None, kw_only=True)
    weight: int = field(default=50, kw_only=True)


@dataclass(frozen=True)
class Panel:
    """A block on the overview or at the side of a record's page: `view(record, actor)` gives Markup, or "" to be left out."""

    target: str
    name: str = field(kw_only=True)
    view: Callable[[Any, Any], Any] = field(kw_only=True)
    place: Literal["main", "side", "top"] = field(default="main", kw_only=True)
    weight: int = field(default=50, kw_only=True)


@dataclass(frozen=True)
class Fact:
    """A figure in the strip under a record's title: `value(record, actor)` gives text or Markup, or None to be left out."""

    target: str
    label: Text
    name: str = field(kw_only=True)
    value: Callable[[Any, Any], Any] = field(kw_only=True)
    weight: int = field(default=50, kw_only=True)


@dataclass(frozen=True)
class ListColumn:
    """A column in the list of another record type. `values(ids, actor)` gives id → text or Markup in one statement for the whole page.

    Several columns may name the same function, which then runs once; `show` picks from what it gave for a row.
    """

    target: str
    label: Text
    name: str = field(kw_only=True)
    values: Callable[[Sequence[int], Any], Mapping[int, Any]] = field(kw_only=True)
    show: Callable[[Any], Any] | None = field(default=None, kw_only=True)
    numeric: bool = field(default=False, kw_only=True)
    weight: int = field(default=50, kw_only=True)


@dataclass(frozen=True)
class Macro:
    """A macro of document templates: `_name_` becomes `value(record, context)`, as text. `group` sorts it in the editor."""

    target: str
    name: str
    label: Text = field(kw_only=True)
    value: Callable[[Any, Any], str] = field(kw_only=True)
    group: Text = field(default="", kw_only=True)


@dataclass(frozen=True)
class Cell:
    """Words of a statistic that lead to what they count: to the list with these `filters` added, or to the page of record `id`.

    `rest`: the row adds up all that has no row of its own. It gets no bar, which would flatten all others.
    """

    words: Text
    filters: Mapping[str, Any] = field(default_factory=dict, kw_only=True)
    id: int | None = field(default=None, kw_only=True)
    rest: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class Statistic:
    """A table (and its chart) on a record type's statistics page. `rows(ids, actor)` takes a SELECT of visible ids, gives rows of cells.

    A cell is a number, text, or a `Cell` that leads on. `plugin` names another plugin without whose figures it says nothing: while that one
    is not there for the reader, the table is left out.
    """

    target: str
    name: str = field(kw_only=True)
    title: Text = field(kw_only=True)
    columns: Sequence[Text] = field(kw_only=True)
    plugin: str = field(default="", kw_only=True)
    rows: Callable[[Any, Any], Sequence[Sequence[Any]]] = field(kw_only=True)
    chart: Literal["bar", "hbar", "line", ""] = field(default="hbar", kw_only=True)
    weight: int = field(default=50, kw_only=True)


@dataclass(frozen=True)
class Card:
    """A card on the dashboard: `view(actor)` gives Markup, or "" when it has nothing to say."""

    name: str
    title: Text = field(kw_only=True)
    view: Callable[[Any], Any] = field(kw_only=True)
    wide: bool = field(default=False, kw_only=True)
    permission: str = field(default="CR", kw_only=True)
    weight: int = field(default=50, kw_only=True)


@dataclass(frozen=True)
class SetupTab:
    """A tab of Setup → CRM setup: `endpoint` shows and saves its form; only superadmins come there."""

    name: str
    label: Text = field(kw_only=True)
    endpoint: str = field(kw_only=True)
    weight: int = field(default=50, kw_only=True)


@dataclass(frozen=True)
class ApiOperation:
    """An operation of the REST interface besides the usual: POST /api/v1/<plural>/<id>/<name>. `run(record, body, actor)` gives JSON."""

    target: str
    name: str
    run: Callable[[Any, Mapping[str, Any], Any], Any] = field(kw_only=True)
    needs: str = field(default="edit", kw_only=True)
    summary: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class ClassicOperation:
    """An operation of the classic API 1.0 (`op=…`): `run(params, actor)` gives the plain text answer."""

    name: str
    run: Callable[[Sequence[str], Any], str] = field(kw_only=True)
    scope: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class JobKind:
    """A kind of background work: `run(progress, **args)` does it, inside one unit of work that also says "done".

    With `one_transaction=False` it opens its own units of work, each as short as can be: for whatever renders, sends or reads files. It
    may then be run again after a crash, and must find out what is done already.
    """

    name: str
    run: Callable[..., Any] = field(kw_only=True)
    label: Text = field(default="", kw_only=True)
    one_transaction: bool = field(default=True, kw_only=True)


@dataclass(frozen=True)
class PeriodicJob:
    """Work that comes back every `every` seconds, once for all workers together. `run()` opens its own units of work."""

    name: str
    run: Callable[[], Any] = field(kw_only=True)
    every: int = field(kw_only=True)


@dataclass(frozen=True)
class Permission:
    """A permission code that profiles can hold, and the codes that it implies."""

    code: str
    label: Text = field(kw_only=True)
    implies: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class TokenScope:
    """What an API token may be good for besides `read` and `write`, and an operation may ask for.

    In the token of an API user `<kind>:create`, as `tickets:create` (the last part of the address of their list), is the right to make such
    records whatever his profile, and nothing else.
    """

    name: str
    label: Text = field(kw_only=True)


@dataclass(frozen=True)
class UserField:
    """A field that a plugin adds to users (form, REST, CLI), as own company. `read(user_ids)` gives id → value; `write(user, value)`.

    `asks(user, value)` gives the Conflict that a change raises until it is confirmed (a loss of sight), or None.
    """

    name: str
    label: Text = field(kw_only=True)
    record_type: str = field(kw_only=True)
    read: Callable[[Sequence[int]], Mapping[int, Any]] = field(kw_only=True)
    write: Callable[[Any, Any], None] = field(kw_only=True)
    asks: Callable[[Any, Any], Exception | None] = field(default=lambda user, value: None, kw_only=True)

    def change(self, user: Any, value: Any, *, confirmed: bool) -> None:
        """Write the value for a user. Raises the Conflict of `asks` until it is confirmed, and Invalid for what can't be taken."""
        if not confirmed and (question := self.asks(user, value)) is not None:
            raise question
        self.write(user, value)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What `record_saving` and `record_saved` are told: which record, what was done, by whom, and the fields before and after."""

    record_type: str
    record: Any
    action: Literal["create", "update", "delete", "restore"]
    actor_id: int | None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


class ChangeOfMany(Change):
    """A change among many, as an import makes them: its record is loaded when a plugin looks at it, together with the others."""

    load: Callable[[], Any]

    def __init__(self, *, load: Callable[[], Any], **facts: Any):
        self.__dict__.update({"before": {}, "after": {}}, **facts, load=load)

    @property
    def record(self) -> Any:
        """The record that was changed."""
        return self.load()
