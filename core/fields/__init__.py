"""Fields and kinds: how a value is read, written, shown, filtered and sorted, the same in forms, files and REST.

Record types are written with the short names here: `f.text("name", required=True)`, `f.ref("company_id", "companies.company")`.
"""

from collections.abc import Sequence
from typing import Any

from . import kinds
from .countries import country_code, country_name
from .field import Field, Filter, Section
from .format import amount_text, long_date_text, month_text, plain_number_text
from .kinds import Kind, clean_text
from .references import Lookup, Ref, Refs, label_of, labels
from .values import Invalid, Reading, Writing, id_of

__all__ = [
    "Field", "Filter", "Invalid", "Kind", "Lookup", "Reading", "Ref", "Refs", "Section", "Writing", "amount", "amount_text", "choice",
    "clean_text", "country", "country_code", "country_name", "date", "email", "flag", "html", "id_of", "instant", "integer", "kinds",
    "label_of", "labels", "language", "long_date_text", "month_text", "multiline", "number", "phone", "plain_number_text", "ref", "refs",
    "text", "url",
]  # fmt: skip


def _label(name: str, label: Any) -> Any:
    return label if label is not None else name.removesuffix("_id").replace("_", " ").capitalize()


def _field(kind: Kind, name: str, label: Any, options: dict[str, Any], **usual: Any) -> Field:
    return Field(name=name, label=_label(name, label), kind=kind, **{**usual, **options})


def text(name: str, label: Any = None, *, max_length: int = 255, **options: Any) -> Field:
    """A line of text."""
    return _field(kinds.Text(max_length=max_length), name, label, options, sort=True, width=4)


def multiline(name: str, label: Any = None, **options: Any) -> Field:
    """Text of several lines."""
    return _field(kinds.Multiline(), name, label, options, list=False, filter=False, width=12)


def html(name: str, label: Any = None, *, template: bool = False, **options: Any) -> Field:
    """Formatted text with an editor; in a `template` addresses may begin with a macro."""
    return _field(kinds.Html(template=template), name, label, options, list=False, filter=False, width=12)


def email(name: str, label: Any = None, **options: Any) -> Field:
    """An e-mail address."""
    return _field(kinds.Email(), name, label, options, sort=True, width=4)


def url(name: str, label: Any = None, **options: Any) -> Field:
    """A web address."""
    return _field(kinds.Url(), name, label, options, filter=False, width=4)


def phone(name: str, label: Any = None, **options: Any) -> Field:
    """A telephone number."""
    return _field(kinds.Phone(), name, label, options, filter=False, width=3)


def integer(
    name: str, label: Any = None, *, minimum: int | None = None, maximum: int | None = None, days: bool = False, **options: Any
) -> Field:
    """A whole number, or a number of `days`."""
    limits: dict[str, Any] = {"minimum": minimum} if minimum is not None else {}
    if maximum is not None:
        limits["maximum"] = maximum
    return _field(kinds.Days(**limits) if days else kinds.Integer(**limits), name, label, options, sort=True)


def number(name: str, label: Any = None, *, places: int = 6, minimum: Any = None, maximum: Any = None, **options: Any) -> Field:
    """A number with decimals, exact."""
    limits: dict[str, Any] = {} if maximum is None else {"maximum": maximum}
    return _field(kinds.Number(places=places, minimum=minimum, **limits), name, label, options, sort=True)


def amount(name: str, label: Any = None, *, minimum: Any = None, **options: Any) -> Field:
    """Money, exact."""
    return _field(kinds.Amount(minimum=minimum), name, label, options, sort=True)


def date(name: str, label: Any = None, **options: Any) -> Field:
    """A calendar date."""
    return _field(kinds.Date(), name, label, options, sort=True)


def instant(name: str, label: Any = None, **options: Any) -> Field:
    """A moment in time."""
    return _field(kinds.Instant(), name, label, options, sort=True)


def flag(name: str, label: Any = None, **options: Any) -> Field:
    """Yes or no."""
    return _field(kinds.Flag(), name, label, options)


def choice(name: str, label: Any = None, options: Sequence[tuple[Any, Any]] | Any = (), *, shape: Any = None, **more: Any) -> Field:
    """One of fixed values; `options` are (value, label) pairs or a function that gives them."""
    return _field(kinds.Choice(options=options, shape=shape), name, label, more, sort=True)


def country(name: str, label: Any = None, **options: Any) -> Field:
    """A country."""
    return _field(kinds.Country(), name, label, options, sort=True)


def language(name: str, label: Any = None, **options: Any) -> Field:
    """A language."""
    return _field(kinds.Language(), name, label, options)


def ref(
    name: str, target: str, label: Any = None, *, pickable: Any = None, few: bool = False, link: bool = True, masked: Any = "",
    **options: Any,
) -> Field:
    """A reference to one record of `target`. Gives a tab on the target's page unless `tab=False`.

    `masked` are the words for a target that the reader can't see, where not even its name may be told.
    """
    kind = Ref(target=target, pickable=pickable, few=few, link=link, masked=masked, widget="select" if few else "picker")
    return _field(kind, name, label, options, width=4)


def refs(
    name: str, target: str, label: Any = None, *, link_table: Any, owner: str, target_column: str, few: bool = False, **options: Any
) -> Field:
    """References to several records, kept in `link_table(owner, target_column)`."""
    kind = Refs(
        target=target, link_table=link_table, owner_column=owner, target_column=target_column, few=few,
        widget="multiselect" if few else "multipicker",
    )  # fmt: skip
    return _field(kind, name, label, options, list=False, tab=False, width=6)
