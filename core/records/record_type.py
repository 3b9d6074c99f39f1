"""`RecordType`: what a sort of record is, as frozen data. The engine's functions take it; nobody subclasses it.

No behaviour flags: where a declaration would want an `if`, write the view, or one of the four functions below.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.access import Access, Actor, Rule
from core.fields import Field, Filter, Reading, Section


@dataclass(frozen=True, kw_only=True)
class CustomFields:
    """That a record type has custom fields, at which address they are defined, and by which attribute the record's type is told.

    `type_attribute` is None when all records share the same fields (companies, contacts); for contracts and leads it is `type_id`, and
    `type_name` the record type of those types.
    """

    url: str
    type_attribute: str | None = None
    type_name: str | None = None


@dataclass(frozen=True, kw_only=True)
class JsonPart:
    """What REST says of a record besides its fields, as an invoice's lines and taxes: `RecordType.to_json` gives it, `schema` describes it.

    With `parse(raw, reading)` a body may hold it too: the value goes under this name to `prepare`, and from there to the model's attribute.
    `parse` raises Invalid; keys of its errors are put behind the name, as `lines.0.quantity`.
    """

    name: str
    schema: Mapping[str, Any]
    parse: Callable[[Any, Reading], Any] | None = None


def _same(values: dict[str, Any], record: Any, actor: Actor) -> dict[str, Any]:
    return values


def _nothing(*args: Any) -> None:
    return None


def _no_warnings(rows: Sequence[tuple[Mapping[str, Any], Any]], actor: Actor) -> Sequence[Sequence[tuple[str, Any]]]:
    return [()] * len(rows)


@dataclass(frozen=True, kw_only=True)
class RecordType:
    """A sort of record.

    `name` is `<plugin>.<thing>`; `title` the field that names a record; `list` the columns shown at first; `access` its rules.
    `prepare(values, record, actor)` completes and checks what is about to be written (record is None for a new one); imports call it for
    each row, so what it looks up it asks through records/ahead.py. It raises Invalid with messages per field.
    `written(ids, actor)` runs after rows were written, in the same transaction, for one row or a thousand.
    `deleting(record, actor)` may refuse with Conflict, `restoring(record, actor)` with Conflict or
    Invalid, as when a name was taken meanwhile. `drive(spec)` may choose how lists find their rows (see records/query.py).
    `closed(record, actor)` raises Conflict while nobody may change anything about a record, notes and files included (a lock).
    `foot(spec)` gives what stands below a list, as its sums, or None; it is asked while the list's rows can be counted.
    `asks(values, record, actor)` gives the Conflict that a change raises until it is confirmed (a loss of sight), or None.
    `warns(rows, actor)` takes (values, record or None) pairs and gives, for each, warnings as (field, message): they refuse nothing.
    `csv_warns(rows, actor)` takes, of each row of a file, the raw cells of columns that are read as a check only (`written=False`) by their
    header, and the values; it gives warnings as (column, message).
    `to_json(ids, actor)` gives REST the `json_parts` of the records of a page: id → part's name → JSON.
    """

    name: str
    model: Any
    label: Any
    labels: Any
    title: str
    fields: Sequence[Field]
    list: Sequence[str]
    access: Access
    form: Sequence[Section] = ()
    filters: Sequence[Filter] = ()
    url: str = ""
    icon: str = "file"
    sort: str = ""
    subtitle: str = ""
    new_key: str = ""
    """Second letter of the keyboard shortcut `n …` that makes a new one, as the New menu shows it; none is needed to stand there."""
    rest: bool = True
    importable: bool = True
    custom: CustomFields | None = None
    csv: Sequence[str] = ()
    """Columns of the manual's CSV layout in strict order: names of CSV columns; empty: the list of fields that have one."""
    csv_left_out: Sequence[str] = ()
    """Those of `csv` that the manual's list of fields lacks: a file without a header may come in that shape, too."""
    csv_warns: Callable[[Sequence[tuple[Mapping[str, str], Mapping[str, Any]]], Actor], Sequence[Sequence[tuple[str, Any]]]] = _no_warnings
    meets: Sequence[str | tuple[str, ...]] = ()
    """By what a row of a file meets a record, unless somebody chooses: any of these fields, or several together; empty: the title."""
    templates: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[dict[str, Any], Any, Actor], dict[str, Any]] = _same
    written: Callable[[Sequence[int], Actor], None] = _nothing
    deleting: Callable[[Any, Actor], None] = _nothing
    restoring: Callable[[Any, Actor], None] = _nothing
    closed: Callable[[Any, Actor], None] = _nothing
    foot: Callable[[Any], Any] = _nothing
    drive: Callable[[Any], Any] | None = None
    asks: Callable[[Mapping[str, Any], Any, Actor], Exception | None] = _nothing
    warns: Callable[[Sequence[tuple[Mapping[str, Any], Any]], Actor], Sequence[Sequence[tuple[str, Any]]]] = _no_warnings
    json_parts: Sequence[JsonPart] = ()
    to_json: Callable[[Sequence[int], Actor], Mapping[int, Mapping[str, Any]]] | None = None
    foreign_rules: Sequence[Rule] = ()
    plugin: str = ""

    def __post_init__(self) -> None:
        plugin, _, thing = self.name.partition(".")
        if not plugin.isidentifier() or not thing.isidentifier():
            raise ValueError(f"record type {self.name!r}: the name is <plugin>.<thing>, as helpdesk.ticket")
        object.__setattr__(self, "plugin", plugin)
        object.__setattr__(self, "url", self.url or f"/{plugin}")
        object.__setattr__(self, "sort", self.sort or self.title)
        known = {f.name for f in self.fields}
        for place, names in (("list", self.list), ("title", [self.title]), ("form", [n for s in self.form for n in s.fields])):
            for name in names:
                if name not in known:
                    raise ValueError(f"record type {self.name}: {place} names the field {name!r}, which is not among its fields")
        if len(known) != len(self.fields):
            raise ValueError(f"record type {self.name}: two fields have one name")

    @property
    def blueprint(self) -> str:
        """The name of the blueprint of its generic pages, as companies_company."""
        return self.name.replace(".", "_")

    @property
    def is_main(self) -> bool:
        """Whether it stands at an address of its own, as /companies/: work is done with it. Lists that others draw on, as
        /companies/roles/, stand below one."""
        return self.url.count("/") == 1

    def field(self, name: str) -> Field:
        """A declared field. Raises KeyError for one that is not declared."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise KeyError(name)

    def title_of(self, record: Any) -> str:
        """What a record is called on pages: its title, or its number while it has none."""
        return str(getattr(record, self.title, None) or f"#{record.id}")

    def doubts(self, record: Any, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What looks wrong about a record's values by field, once `values` have been written to it; `record` is None for a new one."""
        given = values or {}

        def of(name: str) -> Any:
            return given[name] if name in given else getattr(record, name, None)

        return {f.name: said for f in self.fields if f.doubt is not None and (said := f.doubt(of)) is not None}

    def warnings(self, rows: Sequence[tuple[Mapping[str, Any], Any]], actor: Actor) -> list[list[tuple[str, Any]]]:
        """What is taken but looks wrong, for each (values, record or None): doubts that the change brings, and what `warns` says."""
        out = []
        for (values, record), more in zip(rows, self.warns(rows, actor), strict=True):
            before = self.doubts(record) if record is not None else {}
            found = self.doubts(record, values).items()
            out.append([*((name, said) for name, said in found if before.get(name) != said), *more])
        return out

    def with_rules(self, rules: Sequence[Rule]) -> "RecordType":
        """The same type with restrictions that other plugins put on it."""
        return replace(self, foreign_rules=tuple(rules))
