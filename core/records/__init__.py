"""The record engine: one declaration (`RecordType`) for the nouns, functions that take it for everything that they have in common.

list_query, form, create/update/delete, CSV out and in, REST, search, pickers. The generic views call these in order; a plugin's own
view calls the same pieces. No piece knows a custom field: it is a Field like any other.
"""

from typing import TYPE_CHECKING

from core.lazy import lazy

if TYPE_CHECKING:
    from core.records.ahead import answer
    from core.records.as_json import one_json
    from core.records.csv_layout import guard, same_text, unguard
    from core.records.csv_out import More, export_response
    from core.records.forms import Form, read_form
    from core.records.list_spec import TEXT_CAP, ListSpec, parse_list, text_condition
    from core.records.lists import chips
    from core.records.pages import hanging_on
    from core.records.query import COUNT_CAP, Driven, after_cursor, base_conditions, is_nullable, order_by, raw_key
    from core.records.same_email import first_of_email, others_of_email
    from core.records.services import missing, writable_fields
    from core.records.statistics import asked_once, found_by
    from core.records.words import written

__getattr__ = lazy(
    __name__,
    {
        "core.records.ahead": ("answer",),
        "core.records.as_json": ("one_json",),
        "core.records.csv_layout": ("guard", "same_text", "unguard"),
        "core.records.csv_out": ("More", "export_response"),
        "core.records.forms": ("Form", "read_form"),
        "core.records.list_spec": ("TEXT_CAP", "ListSpec", "parse_list", "text_condition"),
        "core.records.lists": ("chips",),
        "core.records.pages": ("hanging_on",),
        "core.records.query": ("COUNT_CAP", "Driven", "after_cursor", "base_conditions", "is_nullable", "order_by", "raw_key"),
        "core.records.same_email": ("first_of_email", "others_of_email"),
        "core.records.services": ("missing", "writable_fields"),
        "core.records.statistics": ("asked_once", "found_by"),
        "core.records.words": ("written",),
    },
)
__all__ = [
    "COUNT_CAP", "TEXT_CAP", "Driven", "Form", "ListSpec", "More", "after_cursor", "answer", "asked_once", "base_conditions", "chips",
    "export_response", "first_of_email", "found_by", "guard", "hanging_on", "is_nullable", "missing", "one_json", "order_by",
    "others_of_email", "parse_list", "raw_key", "read_form", "same_text", "text_condition", "unguard", "writable_fields", "written",
]  # fmt: skip
