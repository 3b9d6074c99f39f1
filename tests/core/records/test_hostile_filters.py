"""Whatever stands in a list's address, each kind of field and each parameter of the list reads it or refuses it."""

import pytest
from werkzeug.datastructures import MultiDict

from core.addons.runtime import runtime
from core.db import db
from core.errors import Invalid
from core.fields import Reading
from core.records import list_spec, query
from core.testing.contracts.hostile import STRINGS


def parameters():
    """(record type, name of a parameter): those of the list itself, and one field of each kind, wherever there is one."""
    types = list(runtime().record_types.values())
    out = [(types[0], name) for name in ("q", "sort", "limit", "cursor", "columns")]
    tried = set()
    for rt in types:
        for f in (*rt.fields, *rt.filters):
            if getattr(f, "filter", True) and type(f.kind) not in tried:
                tried.add(type(f.kind))
                out.append((rt, f"{f.name}_from" if f.kind.filter == "range" else f.name))
    assert len(tried) >= 12
    return out


@pytest.mark.both_databases
def test_each_kind_of_filter_stands_every_string(world, work):
    broken = []
    with work("manager1") as actor:
        for rt, name in parameters():
            for text in STRINGS:
                reading = Reading(actor=actor, source="form", day_order="dmy")
                try:
                    spec = list_spec.parse_list(rt, actor, MultiDict({name: text, "limit": "5"}), reading=reading)
                    query.fetch_page(spec, [])
                    query.count(spec)
                except Invalid:
                    continue
                except Exception as error:  # whatever it is, it is the finding
                    broken.append((rt.name, name, text[:40], repr(error)[:200]))
                    db.session.rollback()
    assert broken == []
