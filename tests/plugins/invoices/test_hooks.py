"""The hooks by which other plugins take part when an invoice is issued; they need not depend on invoices."""

import inspect

import pytest

from core.addons import loader
from core.addons.runtime import runtime

pytestmark = pytest.mark.usefixtures("world", "asked")
GUEST = """
from core import Invalid, hookimpl

TOLD = []


@hookimpl(optionalhook=True)
def invoice_issuing(invoice):
    TOLD.append(("issuing", invoice.bill_id))
    if invoice.reference == "refused":
        raise Invalid({"reference": "Give the order's number."})


@hookimpl(optionalhook=True)
def invoice_issued(invoice):
    TOLD.append(("issued", invoice.bill_id))
"""


@pytest.fixture
def app_settings(tmp_path):
    folder = tmp_path / "guest"
    folder.mkdir()
    (folder / "manifest.toml").write_text('name = "guest"\ntitle = "Guest"\nversion = "1.0"\ncore = ">=1.0,<2"\n')
    (folder / "__init__.py").write_text(GUEST)
    yield {"addons": (folder,)}
    loader.forget("guest")


@pytest.fixture
def told(app):
    from plugins.guest import TOLD

    TOLD.clear()
    return TOLD


def test_an_invoice_is_told_of_once_when_it_is_issued(rest, told):
    api = rest()
    draft = api.make(status="draft")
    api.make(invoice_type="Received", bill_id="PROV-1")
    assert told == []
    number = api.change(draft["id"], status="pending")["bill_id"]
    assert told == [("issuing", number), ("issued", number)]
    api.change(draft["id"], reference="A-1")
    api.change(draft["id"], status="paid")
    assert len(told) == 2
    direct = api.make()["bill_id"]
    assert told[2:] == [("issuing", direct), ("issued", direct)]


@pytest.mark.both_databases
def test_who_refuses_an_invoice_leaves_it_a_draft_and_its_number_unused(rest, told):
    api = rest()
    draft = api.make(status="draft", reference="refused")
    assert api.change(draft["id"], 422, status="pending")["errors"] == {"reference": ["Give the order's number."]}
    assert api.make(422, reference="refused")["errors"] == {"reference": ["Give the order's number."]}
    assert [name for name, _number in told] == ["issuing", "issuing"]
    assert (api.read(draft["id"])["status"], api.read(draft["id"])["bill_id"]) == ("draft", None)
    assert api.make()["bill_id"] == told[0][1]


def test_each_hook_says_since_when_and_shows_its_use(app):
    from plugins.invoices import hookspecs

    with app.app_context():
        names = [name for name in vars(hookspecs) if name.startswith("invoice_")]
        assert names == ["invoice_issuing", "invoice_issued"]
        for name in names:
            assert hasattr(runtime().addons.pm.hook, name)
            words = inspect.getdoc(getattr(hookspecs, name))
            assert "Since " in words
            assert f"def {name}(invoice)" in words
