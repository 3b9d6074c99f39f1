"""Leads: prospects, the stages that they go through, the pipeline, tags and types; leads that arrive by the classic API.

Other plugins use `models.Lead` and the services `move_lead`, `take_lead`.
"""

from flask_babel import lazy_gettext as _l

from core import Action, ApiOperation, ClassicOperation, Entry, ListColumn, TokenScope, hookimpl


@hookimpl
def models():
    from .models import Lead, LeadMove, LeadTag, LeadType

    return [LeadType, LeadTag, Lead, LeadMove]


@hookimpl
def blueprints():
    from .views import pages

    return [pages]


@hookimpl
def record_types():
    from .records import LEAD, TAG, TYPE

    return [LEAD, TYPE, TAG]


@hookimpl
def menu_entries():
    return [
        Entry(_l("Leads"), name="leads", record_type="leads.lead", weight=50, icon="target-arrow", key="l"),
        Entry(_l("Search Leads"), name="lead_search", record_type="leads.lead", parent="leads", weight=10),
        Entry(_l("Search statistics"), name="lead_statistics", endpoint="leads_lead.statistics", parent="leads", weight=20),
        Entry(_l("Lead pipeline"), name="lead_pipeline", endpoint="leads.pipeline", parent="leads", weight=30, key="p"),
        Entry(_l("Types of Leads"), name="lead_types", record_type="leads.type", parent="leads", weight=50),
        Entry(_l("Manage tags"), name="lead_tags", record_type="leads.tag", parent="leads", weight=60),
    ]


@hookimpl
def record_actions():
    from .services import may_take

    return [
        Action("leads.lead", _l("Take ownership"), name="take", endpoint="leads.take", needs="view", icon="user-check", visible=may_take),
        Action("leads.type", _l("Custom fields"), name="fields", endpoint="leads.type_fields", method="GET", needs="view", icon="forms"),
    ]


@hookimpl
def record_panels():
    from .panels import PANELS

    return PANELS


@hookimpl
def list_columns():
    from .columns import how_many, how_much, open_leads, tags_of

    return [
        ListColumn("companies.company", _l("Leads"), name="leads", values=open_leads, show=how_many, numeric=True, weight=30),
        ListColumn("companies.company", _l("Est. sales"), name="lead_sales", values=open_leads, show=how_much, numeric=True, weight=31),
        ListColumn("leads.lead", _l("Tags"), name="tags", values=tags_of, weight=10),
    ]


@hookimpl
def statistics():
    from .statistics import STATISTICS

    return STATISTICS


@hookimpl
def dashboard_cards():
    from .panels import CARDS

    return CARDS


@hookimpl
def setup_tabs():
    from .setup_pages import TABS

    return TABS


@hookimpl
def api_operations():
    from .services import move_by_rest, take_by_rest

    return [
        ApiOperation("leads.lead", "move", run=move_by_rest, summary="Move a lead to another stage"),
        ApiOperation("leads.lead", "take", run=take_by_rest, needs="view", summary="Become the owner of a lead"),
    ]


@hookimpl
def classic_operations():
    from .classic import create_lead

    return [ClassicOperation("create_lead", run=create_lead, scope="leads:create")]


@hookimpl
def token_scopes():
    return [TokenScope("leads:create", label=_l("Only make leads"))]


@hookimpl
def user_disabling(user_id, heir_id):
    from .services import hand_over

    hand_over(user_id, heir_id)


@hookimpl
def demo_data():
    from .demo import make

    return [make]
