"""The whole plugin contract. Three families: declarations (asked once at start), facts about people, and events.

Implement a hook in the plugin's `__init__.py` with `@hookimpl`; import inside the function, so that `__init__.py` reads as a table of
contents. An implementation may take fewer arguments than stand here. A declaration returns a list.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import click
    from flask import Blueprint, Flask

    from core.access import Rule
    from core.addons.declarations import (
        Action,
        ApiOperation,
        Card,
        Change,
        ClassicOperation,
        Entry,
        Fact,
        JobKind,
        ListColumn,
        Macro,
        Panel,
        PeriodicJob,
        Permission,
        SetupTab,
        Statistic,
        Tab,
        TokenScope,
        UserField,
    )

hookspec = pluggy.HookspecMarker("cartera")
hookimpl = pluggy.HookimplMarker("cartera")

DECLARATIONS = (
    "models", "blueprints", "record_types", "access_rules", "permissions", "menu_entries", "record_tabs", "record_actions", "record_panels",
    "record_facts", "list_columns", "macros", "statistics", "dashboard_cards", "setup_tabs", "api_operations", "classic_operations",
    "token_scopes", "field_kinds", "job_kinds", "periodic_jobs", "commands", "user_fields", "demo_data",
)  # fmt: skip
EVENTS = (
    "actor_facts", "record_saving", "record_saved", "user_disabling", "mail_received", "plugin_state_changed", "startup",
)  # fmt: skip


class Declarations:
    """Asked once per plugin at start; what they return is tagged with the plugin and left out while it is hidden or disabled."""

    @hookspec
    def models(self) -> "Sequence[type]":  # type: ignore[empty-body]
        """The plugin's model classes, built on `plugin_base(name)`. Since 1.0.

        ::

            @hookimpl
            def models():
                from .models import Birthday
                return [Birthday]
        """

    @hookspec
    def blueprints(self) -> "Sequence[Blueprint]":  # type: ignore[empty-body]
        """Blueprints with pages that only this plugin has, named `name` or `name_…`, below its `url_prefixes`. Since 1.0.

        ::

            @hookimpl
            def blueprints():
                from .views import pages
                return [pages]
        """

    @hookspec
    def record_types(self) -> "Sequence[Any]":  # type: ignore[empty-body]
        """Record types: each brings list, page, form, CSV, REST, search, history and trash. Since 1.0.

        ::

            @hookimpl
            def record_types():
                from .records import BIRTHDAY
                return [BIRTHDAY]
        """

    @hookspec
    def access_rules(self) -> "Sequence[Rule]":  # type: ignore[empty-body]
        """Rules on *other* plugins' record types; they may only restrict. A type's own rules stand in its `access`. Since 1.0.

        A predicate follows from the actor and the row alone, as SQL: no settings, no clock, no query of its own, for statements that
        hold it are kept for their reader.

        ::

            @hookimpl
            def access_rules():
                from .access import EMBARGO
                return [EMBARGO]
        """

    @hookspec
    def permissions(self) -> "Sequence[Permission]":  # type: ignore[empty-body]
        """Permission codes that profiles can hold besides CR, CW and CM. Since 1.0.

        ::

            @hookimpl
            def permissions():
                return [Permission("HD", label="Helpdesk", implies=("CR",))]
        """

    @hookspec
    def menu_entries(self) -> "Sequence[Entry]":  # type: ignore[empty-body]
        """Lines of the side menu, in order of their weight. Since 1.0.

        ::

            @hookimpl
            def menu_entries():
                return [Entry("Birthdays", record_type="birthdays.birthday", weight=60)]
        """

    @hookspec
    def record_tabs(self) -> "Sequence[Tab]":  # type: ignore[empty-body]
        """Tabs on other record types' pages. A `ref` field gives one by itself. Since 1.0.

        ::

            @hookimpl
            def record_tabs():
                from .views import tickets_tab
                return [Tab("companies.company", "Tickets", name="tickets", view=tickets_tab)]
        """

    @hookspec
    def record_actions(self) -> "Sequence[Action]":  # type: ignore[empty-body]
        """Buttons on records, own or foreign. Since 1.0.

        ::

            @hookimpl
            def record_actions():
                return [Action("contracts.contract", "Generate invoice", name="invoice", endpoint="invoices.from_contract")]
        """

    @hookspec
    def record_panels(self) -> "Sequence[Panel]":  # type: ignore[empty-body]
        """Blocks on records' pages. Since 1.0.

        ::

            @hookimpl
            def record_panels():
                from .views import last_tickets
                return [Panel("companies.company", name="tickets", view=last_tickets)]
        """

    @hookspec
    def record_facts(self) -> "Sequence[Fact]":  # type: ignore[empty-body]
        """Figures in the strip under a record's title. Since 1.0.

        ::

            @hookimpl
            def record_facts():
                from .views import open_tickets
                return [Fact("companies.company", "Open tickets", name="tickets", value=open_tickets)]
        """

    @hookspec
    def list_columns(self) -> "Sequence[ListColumn]":  # type: ignore[empty-body]
        """Columns in other record types' lists; one statement for the whole page. Since 1.0.

        ::

            @hookimpl
            def list_columns():
                from .columns import ticket_counts
                return [ListColumn("companies.company", "Tickets", name="tickets", values=ticket_counts, numeric=True)]
        """

    @hookspec
    def macros(self) -> "Sequence[Macro]":  # type: ignore[empty-body]
        """Macros for document templates. Since 1.0.

        ::

            @hookimpl
            def macros():
                return [Macro("contracts.contract", "sla_hours", label="SLA in hours", value=sla_hours)]
        """

    @hookspec
    def statistics(self) -> "Sequence[Statistic]":  # type: ignore[empty-body]
        """Tables on record types' statistics pages. Since 1.0.

        ::

            @hookimpl
            def statistics():
                return [Statistic("companies.company", name="tickets", title="Tickets", columns=["Company", "Tickets"], rows=per_company)]
        """

    @hookspec
    def dashboard_cards(self) -> "Sequence[Card]":  # type: ignore[empty-body]
        """Cards on the dashboard. Since 1.0.

        ::

            @hookimpl
            def dashboard_cards():
                return [Card("tickets", title="My tickets", view=my_tickets)]
        """

    @hookspec
    def setup_tabs(self) -> "Sequence[SetupTab]":  # type: ignore[empty-body]
        """Tabs of Setup → CRM setup. Since 1.0.

        ::

            @hookimpl
            def setup_tabs():
                return [SetupTab("helpdesk", label="Helpdesk", endpoint="helpdesk.setup")]
        """

    @hookspec
    def api_operations(self) -> "Sequence[ApiOperation]":  # type: ignore[empty-body]
        """Operations of the REST interface besides list, get, post, patch and delete. Since 1.0.

        ::

            @hookimpl
            def api_operations():
                return [ApiOperation("helpdesk.ticket", "close", run=close_by_rest)]
        """

    @hookspec
    def classic_operations(self) -> "Sequence[ClassicOperation]":  # type: ignore[empty-body]
        """Operations of the classic API 1.0 for forms and scripts that already exist. Since 1.0.

        ::

            @hookimpl
            def classic_operations():
                return [ClassicOperation("create_ticket", run=create_ticket)]
        """

    @hookspec
    def token_scopes(self) -> "Sequence[TokenScope]":  # type: ignore[empty-body]
        """What API tokens may be good for besides reading and changing. Since 1.0.

        ::

            @hookimpl
            def token_scopes():
                return [TokenScope("tickets:create", label="Only make tickets")]
        """

    @hookspec
    def field_kinds(self) -> "Sequence[Any]":  # type: ignore[empty-body]
        """Kinds of custom fields besides the seven of the manual: name, label, and what makes a kind of a definition. Since 1.0.

        ::

            @hookimpl
            def field_kinds():
                from .kinds import Iban
                return [("iban", "IBAN", lambda definition: Iban())]
        """

    @hookspec
    def job_kinds(self) -> "Sequence[JobKind]":  # type: ignore[empty-body]
        """Kinds of background work. Since 1.0.

        ::

            @hookimpl
            def job_kinds():
                return [JobKind("helpdesk.digest", run=send_digest)]
        """

    @hookspec
    def periodic_jobs(self) -> "Sequence[PeriodicJob]":  # type: ignore[empty-body]
        """Work that comes back by itself. Since 1.0.

        ::

            @hookimpl
            def periodic_jobs():
                return [PeriodicJob("helpdesk.escalate", run=escalate, every=300)]
        """

    @hookspec
    def commands(self) -> "Sequence[click.Command]":  # type: ignore[empty-body]
        """Commands of `cartera …`. Since 1.0.

        ::

            @hookimpl
            def commands():
                from .cli import tickets
                return [tickets]
        """

    @hookspec
    def user_fields(self) -> "Sequence[UserField]":  # type: ignore[empty-body]
        """Fields that the plugin adds to a user: form, REST, CLI. Companies adds the own company. Since 1.0.

        ::

            @hookimpl
            def user_fields():
                return [UserField("desk_id", label="Desk", record_type="helpdesk.desk", read=desks_of, write=set_desk)]
        """

    @hookspec
    def demo_data(self) -> "Sequence[Any]":  # type: ignore[empty-body]
        """Functions `make(actor)` that fill an empty installation with the plugin's part of the demo's story. Since 1.0.

        ::

            @hookimpl
            def demo_data():
                from .demo import make
                return [make]
        """


class Events:
    """Called at the moment, on enabled plugins only."""

    @hookspec
    def actor_facts(self, user_ids: "Sequence[int]") -> "Mapping[int, Mapping[str, Any]]":  # type: ignore[empty-body]
        """What a plugin knows of users that rules ask for: user id → facts, merged into `Actor.facts`. Since 1.0.

        ::

            @hookimpl
            def actor_facts(user_ids):
                return {user_id: {"desk_id": desk} for user_id, desk in desks_of(user_ids).items()}
        """

    @hookspec
    def record_saving(self, change: "Change") -> None:
        """Inside the transaction, before it ends. Raise `Invalid` with field messages to refuse the change. Since 1.0.

        ::

            @hookimpl
            def record_saving(change):
                if change.record_type == "contracts.contract":
                    check_sla(change.record)
        """

    @hookspec
    def record_saved(self, change: "Change") -> None:
        """After the commit. A failure is logged and breaks nothing. Since 1.0.

        ::

            @hookimpl
            def record_saved(change):
                if change.action == "create":
                    tell_the_desk(change.record)
        """

    @hookspec
    def user_disabling(self, user_id: int, heir_id: int | None, confirmed: bool) -> None:
        """In the transaction that disables a user: hand what he owns and manages to the heir, if one was named. Since 1.0.

        Where others lose sight of it by that, raise the Conflict that says who, until it is `confirmed`.

        ::

            @hookimpl
            def user_disabling(user_id, heir_id, confirmed):
                if heir_id is not None:
                    hand_over_tickets(user_id, heir_id)
        """

    @hookspec(firstresult=True)
    def mail_received(self, message: Any) -> bool | None:
        """A message of the mailbox. Return True when it was taken; the first that takes it ends the round. Since 1.0.

        ::

            @hookimpl
            def mail_received(message):
                return attach_to_ticket(message)
        """

    @hookspec
    def plugin_state_changed(self, name: str, old: str, new: str) -> None:
        """A plugin was enabled, hidden or disabled; in the process that did it, after the commit. Since 1.0.

        Told to the plugins that run now, a new one itself among them: while it was disabled nobody told it of changes. Copied columns have
        caught up by then.

        ::

            @hookimpl
            def plugin_state_changed(name, old, new):
                forget_cached_desks()
        """

    @hookspec
    def startup(self, app: "Flask") -> None:
        """The app is complete. No query may be made here and no thread begun: `cartera serve` forks afterwards. Since 1.0.

        ::

            @hookimpl
            def startup(app):
                app.jinja_env.tests["overdue"] = is_overdue
        """
