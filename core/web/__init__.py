"""The look of every page: layout, menu, templates, static files, error pages, security headers, languages.

Knows nothing of companies and invoices; what stands on a page comes from the record engine and from plugins.
"""

from typing import TYPE_CHECKING

from core.lazy import lazy

if TYPE_CHECKING:
    from core.web.errors import problem
    from core.web.guards import begins_reading
    from core.web.jinja import current_formats, day, days, money, number, percent, today
    from core.web.once import made_before, remember_sent, sent_before, works_once
    from core.web.pieces import stamp, status, tag, who
    from core.web.records.forms import (
        asked_values,
        build_form,
        create_from_form,
        form_crumbs,
        load_to_edit,
        refuse_new,
        render_form,
        show_changed,
        show_made,
        update_from_form,
    )
    from core.web.records.reading import reading_now, writing_now

__getattr__ = lazy(
    __name__,
    {
        "core.web.errors": ("problem",),
        "core.web.guards": ("begins_reading",),
        "core.web.jinja": ("current_formats", "day", "days", "money", "number", "percent", "today"),
        "core.web.once": ("made_before", "remember_sent", "sent_before", "works_once"),
        "core.web.pieces": ("stamp", "status", "tag", "who"),
        "core.web.records.forms": (
            "asked_values",
            "build_form",
            "create_from_form",
            "form_crumbs",
            "load_to_edit",
            "refuse_new",
            "render_form",
            "show_changed",
            "show_made",
            "update_from_form",
        ),
        "core.web.records.reading": ("reading_now", "writing_now"),
    },
)
__all__ = [
    "asked_values", "begins_reading", "build_form", "create_from_form", "current_formats", "day", "days", "form_crumbs", "load_to_edit",
    "made_before", "money", "number", "percent", "problem", "reading_now", "refuse_new", "remember_sent", "render_form", "sent_before",
    "show_changed", "show_made", "stamp", "status", "tag", "today", "update_from_form", "who", "works_once", "writing_now",
]  # fmt: skip
