"""`Field`, the unit of the engine: a name, a label, a kind, an SQL expression, and where it appears.

A relation is a Field with a picker; a custom field is a Field whose expression is a path into JSON. Nothing else knows the difference.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement

from core.access import for_reader

from .kinds import Kind
from .references import Ref, Refs, label_of, seen_only


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a record type.

    `list`, `form`, `api`, `filter`, `sort` say where it appears. `csv` is its column in the manual's layout; "" keeps it to the full one.
    `column` gives the SQL expression on a model (default: the attribute of that name), `order` the expression to sort by.
    `page_column` is what pages read in place of the value, where its words hang on more than the value (an invoice that is late);
    `seen_column(model, actor)` what files read, where it hangs on what the reader may see.
    `doubt(of)` says what looks wrong about a value and refuses nothing: it stands beside the value on forms and pages, and is a warning to
    whoever writes it. `of(name)` is the value of any field of the record; None where nothing looks wrong. It asks no database.
    `part_of` names the field that holds this one's value too, so that pages show it once.
    `tab_rows(model, record_id)` is the condition of the rows in the tab that a reference gives, where more than itself links them.
    `written=False` is for what is computed: it is shown and exported, and ignored on the way in.
    `plugin` names one without which the field says nothing, as that which computes it: while it is not there for the reader, pages leave
    the field out. Files and REST, whose columns stay what they are, keep it.
    """

    name: str
    label: Any
    kind: Kind
    required: bool = False
    list: bool = True
    form: bool = True
    api: bool = True
    filter: bool = True
    sort: bool = False
    search: bool = False
    written: bool = True
    csv: str = ""
    column: Callable[[Any], ColumnElement[Any]] | None = None
    order: Callable[[Any], ColumnElement[Any]] | None = None
    page_column: Callable[[Any], ColumnElement[Any]] | None = None
    seen_column: Callable[[Any, Any], ColumnElement[Any]] | None = None
    tab_rows: Callable[[Any, int], ColumnElement[bool]] | None = None
    default: Any = None
    doubt: Callable[[Callable[[str], Any]], Any] | None = None
    part_of: str = ""
    hint: Any = ""
    width: int = 3
    plugin: str = ""
    tab: bool = True
    tab_label: Any = ""
    custom_id: int | None = None
    type_ids: tuple[int, ...] | None = None
    """Of a custom field: the types of record that have it; None for all."""

    def expression(self, model: Any) -> ColumnElement[Any]:
        """The value, as SQL."""
        return self.column(model) if self.column else getattr(model, self.name)

    def shown_expression(self, model: Any) -> ColumnElement[Any]:
        """What pages read, as SQL: the value, unless the field says otherwise."""
        return self.page_column(model) if self.page_column else self.expression(model)

    def seen_expression(self, model: Any, actor: Any) -> ColumnElement[Any]:
        """What files and REST read, as SQL: the value as far as `actor` may know it. A reference that pages mask has no id either."""
        if self.seen_column:
            return self.seen_column(model, actor)
        value = self.expression(model)
        return seen_only(self.kind.target, value, actor) if isinstance(self.kind, Ref) and self.kind.masked else value  # type: ignore[no-any-return]

    def in_tab(self, model: Any, record_id: Any) -> ColumnElement[bool]:
        """Of a reference: the condition of the rows that stand in the tab on the page of the record it points at."""
        return self.tab_rows(model, record_id) if self.tab_rows else self.expression(model) == record_id

    def order_expression(self, model: Any) -> ColumnElement[Any]:
        """What lists sort by: the stored key where there is one."""
        if self.order:
            return self.order(model)
        key = getattr(model, f"{self.name}_key", None)
        return key if key is not None else self.expression(model)

    @property
    def nullable_order(self) -> bool:
        """Whether the order may meet NULL, which sorts last everywhere."""
        return not self.required or self.custom_id is not None

    def label_expression(self, model: Any, actor: Any = None) -> ColumnElement[Any] | None:
        """Of a reference: the label of what it points at, read in the same statement; NULL where a masked one is out of `actor`'s sight."""
        if isinstance(self.kind, Ref) and not isinstance(self.kind, Refs):
            return label_of(self.kind.target, self.expression(model), actor if self.kind.masked else None)
        return None

    def list_columns(self, model: Any, n: int, actor: Any) -> Sequence[ColumnElement[Any]]:
        """What lists read of this field: its value as `c<n>` and, of a reference, its label as `l<n>`.

        The same objects each time, of a masked reference for the same reader: what is built on them can be kept.
        """
        if isinstance(self.kind, Ref) and self.kind.masked:
            return _masked_columns(actor, self, model, n)
        if (model, n) not in self._made:
            self._made[model, n] = self._columns(model, n, actor)
        return self._made[model, n]

    def _columns(self, model: Any, n: int, actor: Any) -> tuple[ColumnElement[Any], ...]:
        label = self.label_expression(model, actor)
        return (self.shown_expression(model).label(f"c{n}"), *(() if label is None else (label.label(f"l{n}"),)))

    @cached_property
    def _made(self) -> dict[Any, tuple[ColumnElement[Any], ...]]:
        return {}

    def default_value(self, actor: Any) -> Any:
        """What a new record has when nobody says otherwise."""
        return self.default(actor) if callable(self.default) else self.default


@for_reader
def _masked_columns(actor: Any, field: Field, model: Any, n: int) -> tuple[ColumnElement[Any], ...]:
    return field._columns(model, n, actor)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A filter that is no field: `condition(actor, model, value)` in SQL, `value` parsed by `kind`.

    `otherwise(model)` holds in lists while the filter is off (finished leads are left out), unless one of the filters `unless` is on.
    """

    name: str
    label: Any
    kind: Kind
    condition: Callable[[Any, Any, Any], ColumnElement[bool]]
    basic: bool = False
    otherwise: Callable[[Any], ColumnElement[bool]] | None = None
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Section:
    """A block of a form and of the record's page: field names in order."""

    name: str
    label: Any
    fields: tuple[str, ...]
