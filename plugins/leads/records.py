"""The nouns of leads: the lead with its fields, columns and filters, types, tags."""

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select, true
from sqlalchemy import not_ as negate

from core import CustomFields, Filter, RecordType, Section, refuse_while_used, utcnow
from core import fields as f
from core.fields import kinds
from core.identity import User, site_language
from plugins.companies.access import pickable
from plugins.companies.models import Company

from . import services
from .access import LEAD_ACCESS, SHARED, has_owner
from .driver import drive
from .models import TAGGED, Lead, LeadTag, LeadType
from .stages import OPEN, SHAPES, stages

COLOURS = (
    ("blue", _l("Blue")),
    ("grey", _l("Grey")),
    ("green", _l("Green")),
    ("yellow", _l("Yellow")),
    ("orange", _l("Orange")),
    ("red", _l("Red")),
)


def _company_order(model: Any) -> Any:
    return select(Company.name_key).where(Company.id == model.company_id).correlate_except(Company).scalar_subquery()


def _owner_order(model: Any) -> Any:
    return select(User.name_key).where(User.id == model.owner_id).correlate_except(User).scalar_subquery()


def _unowned(actor: Any, model: Any, value: Any) -> ColumnElement[bool]:
    return negate(has_owner(model))


def _created_last(actor: Any, model: Any, value: Any) -> ColumnElement[bool]:
    return model.created_at >= utcnow() - timedelta(days=int(value))  # type: ignore[no-any-return]


TYPE = RecordType(
    name="leads.type",
    model=LeadType,
    label=_l("Type of lead"),
    labels=_l("Types of Leads"),
    title="name",
    url="/leads/types",
    icon="category",
    importable=False,
    fields=[f.text("name", _l("Name"), required=True), f.multiline("description", _l("Description"), list=True)],
    list=["name", "description"],
    access=SHARED,
    deleting=refuse_while_used,
)

def _to_call(actor: Any, model: Any, value: Any) -> ColumnElement[bool]:
    return services.needs_a_call(model)


TAG = RecordType(
    name="leads.tag",
    model=LeadTag,
    label=_l("Tag"),
    labels=_l("Tags of leads"),
    title="name",
    url="/leads/tags",
    icon="tag",
    importable=False,
    fields=[
        f.text("name", _l("Name"), required=True, max_length=60),
        f.choice("colour", _l("Colour"), COLOURS, default="grey"),
        f.multiline("description", _l("Description"), list=True),
    ],
    list=["name", "colour", "description"],
    access=SHARED,
    prepare=services.prepare_tag,
    deleting=services.refuse_used_tag,
    restoring=services.refuse_taken_tag,
)

LEAD = RecordType(
    name="leads.lead",
    new_key="l",
    model=Lead,
    label=_l("Lead"),
    labels=_l("Leads"),
    title="fullname",
    subtitle="company",
    icon="target-arrow",
    sort="fullname",
    templates={"list": "leads/list.html", "statistics": "leads/statistics.html"},
    fields=[
        f.integer("id", _l("No."), form=False, written=False, filter=False),
        f.text("fullname", _l("Full name"), required=True, search=True, csv="fullname"),
        f.email("email", _l("E-mail"), required=True, search=True, csv="email"),
        f.text("company", _l("Company"), search=True, csv="company", hint=_l("The prospect's, as text.")),
        f.country("country", _l("Country"), csv="country"),
        f.amount("estimated_sale", _l("Estimated sale"), minimum=0, csv="estimated_sale", default=0),
        f.choice("progress", _l("Stage"), stages, shape=SHAPES, csv="progress", default=0),
        f.phone("phone", _l("Phone"), csv="phone"),
        f.phone("mobile", _l("Mobile"), csv="mobile"),
        f.text("position", _l("Position"), csv="position", list=True, filter=False, sort=False),
        f.ref("owner_id", "core.user", _l("Owner"), csv="owner", tab=False, sort=True, order=_owner_order),
        f.language("language", _l("Language"), csv="language", list=False, default=lambda actor: site_language()),
        f.multiline("description", _l("Description"), csv="description"),
        f.ref("type_id", "leads.type", _l("Type of lead"), few=True, csv="id_lead_type", tab=False, link=False),
        f.ref(
            "company_id",
            "companies.company",
            _l("Managed by"),
            csv="id_company",
            pickable=pickable,
            link=False,
            sort=True,
            order=_company_order,
            tab_label=_l("Leads"),
        ),
        f.integer("campaign_id", _l("Campaign"), minimum=0, csv="id_campaign", list=False, filter=False, sort=False),
        f.refs("tag_ids", "leads.tag", _l("Tags"), link_table=TAGGED, owner="lead_id", target_column="tag_id", few=True, csv="tags"),
        f.date("estimated_close_date", _l("Estimated close"), list=True),
        f.date("alarm", _l("Next step on"), list=True),
        f.multiline("executive_overview", _l("Executive overview")),
        f.instant("changed_at", _l("Last change"), form=False, written=False),
        f.instant("created_at", _l("Created"), form=False, written=False),
        f.text("incomplete", _l("Incomplete"), form=False, written=False, list=False, filter=False, sort=False),
        f.ref("duplicate_of_id", "leads.lead", _l("Possible duplicate of"), form=False, written=False, list=False, filter=False, tab=False),
    ],
    list=["fullname", "company", "progress", "estimated_sale", "owner_id", "estimated_close_date", "country", "changed_at"],
    form=[
        Section(
            name="lead", label=_l("Lead"), fields=("fullname", "email", "company", "position", "phone", "mobile", "country", "language")
        ),
        Section(
            name="sale", label=_l("Sale"), fields=("progress", "estimated_sale", "estimated_close_date", "alarm", "type_id", "tag_ids")
        ),
        Section(name="people", label=_l("Who works on it"), fields=("owner_id", "company_id", "campaign_id")),
        Section(name="texts", label=_l("Texts"), fields=("description", "executive_overview")),
    ],
    filters=[
        Filter(
            name="finished",
            label=_l("Finished too"),
            kind=kinds.Flag(),
            condition=lambda actor, model, value: true(),
            basic=True,
            otherwise=lambda model: model.progress.in_(OPEN),
            unless=("progress",),
        ),
        Filter(name="unowned", label=_l("Without owner"), kind=kinds.Flag(), condition=_unowned, basic=True),
        Filter(name="to_call", label=_l("To call: silent, or its next step due"), kind=kinds.Flag(), condition=_to_call),
        Filter(
            name="created_last", label=_l("Created in the last days"), kind=kinds.Integer(minimum=1, maximum=3650), condition=_created_last
        ),
    ],
    csv=(
        "fullname",
        "email",
        "company",
        "country",
        "estimated_sale",
        "progress",
        "phone",
        "mobile",
        "position",
        "owner",
        "language",
        "description",
        "id_lead_type",
        "id_company",
        "id_campaign",
        "tags",
    ),
    access=LEAD_ACCESS,
    drive=drive,
    custom=CustomFields(url="/leads/types/<int:type_id>/fields", type_attribute="type_id", type_name="leads.type"),
    meets=(("email", "fullname"),),
    to_json=services.to_json,
    prepare=services.prepare,
    warns=services.warns,
)
