"""Helpdesk: a plugin by somebody else, in a folder of its own. It uses every hook, and is the example to copy from.

Tickets hang on companies; desks take them; whoever sits at a desk sees its tickets by `actor_facts`.
"""

from core import Entry, JobKind, PeriodicJob, Permission, SetupTab, TokenScope, UserField, hookimpl


@hookimpl
def models():
    from .models import Desk, Seat, Ticket

    return [Desk, Ticket, Seat]


@hookimpl
def blueprints():
    from .views import pages

    return [pages]


@hookimpl
def record_types():
    from .records import DESK, TICKET

    return [TICKET, DESK]


@hookimpl
def access_rules():
    from .access import NOT_WHILE_URGENT

    return [NOT_WHILE_URGENT]


@hookimpl
def permissions():
    return [Permission("HD", label="Helpdesk", implies=("CR",))]


@hookimpl
def menu_entries():
    from .places import urgent_tickets

    return [
        Entry("Helpdesk", name="helpdesk", record_type="helpdesk.ticket", weight=60, icon="lifebuoy", badge=urgent_tickets),
        Entry("Desks", name="helpdesk_desks", record_type="helpdesk.desk", parent="helpdesk", permission="CM"),
    ]


@hookimpl
def record_tabs():
    from .places import TABS

    return TABS


@hookimpl
def record_actions():
    from .places import ACTIONS

    return ACTIONS


@hookimpl
def record_panels():
    from .places import PANELS

    return PANELS


@hookimpl
def record_facts():
    from .places import FACTS

    return FACTS


@hookimpl
def list_columns():
    from .places import COLUMNS

    return COLUMNS


@hookimpl
def macros():
    from .places import MACROS

    return MACROS


@hookimpl
def statistics():
    from .places import STATISTICS

    return STATISTICS


@hookimpl
def dashboard_cards():
    from .places import CARDS

    return CARDS


@hookimpl
def setup_tabs():
    return [SetupTab("helpdesk", label="Helpdesk", endpoint="helpdesk.setup", weight=70)]


@hookimpl
def api_operations():
    from .interfaces import API

    return API


@hookimpl
def classic_operations():
    from .interfaces import CLASSIC

    return CLASSIC


@hookimpl
def token_scopes():
    return [TokenScope("helpdesk:create", label="Only make tickets")]


@hookimpl
def field_kinds():
    from .interfaces import stars

    return [("stars", "Stars, one to five", stars)]


@hookimpl
def job_kinds():
    from .services import close_stale

    return [JobKind("helpdesk.close_stale", run=close_stale, label="Close tickets that wait for nobody")]


@hookimpl
def periodic_jobs():
    from .services import escalate

    return [PeriodicJob("helpdesk.escalate", run=escalate, every=300)]


@hookimpl
def commands():
    from .interfaces import tickets

    return [tickets]


@hookimpl
def user_fields():
    from .services import desks_of, sit_down

    return [UserField("desk_id", label="Desk", record_type="helpdesk.desk", read=desks_of, write=sit_down)]


@hookimpl
def demo_data():
    from .demo import make

    return [make]


@hookimpl
def actor_facts(user_ids):
    from .services import desks_of

    return {user_id: {"desk_id": desk_id} for user_id, desk_id in desks_of(user_ids).items()}


@hookimpl
def record_saving(change):
    if change.record_type == "helpdesk.ticket":
        from .services import check_ticket

        check_ticket(change)


@hookimpl
def record_saved(change):
    if change.record_type == "helpdesk.ticket":
        from .services import tell_the_desk

        tell_the_desk(change)


@hookimpl
def user_disabling(user_id, heir_id):
    from .services import leave_desk

    leave_desk(user_id, heir_id)


@hookimpl
def mail_received(message):
    from .services import ticket_from_mail

    return ticket_from_mail(message)


@hookimpl
def plugin_state_changed(name, old, new):
    from .services import STATES_SEEN

    STATES_SEEN.append((name, old, new))


@hookimpl
def startup(app):
    from .models import OPEN

    app.jinja_env.tests["open_ticket"] = lambda ticket: ticket.state in OPEN
