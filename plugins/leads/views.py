"""Pages that only leads have: the pipeline, moving a card, taking over, the fields of a type."""

from typing import Any

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import Invalid, current_actor, load_or_404, record_type, requires, utcnow
from core.records import chips
from core.web import asked_values, build_form, problem, reading_now, refuse_new, render_form
from plugins.companies.access import own_company

from .cards import Cards
from .pipeline import ORDERS, board, heads
from .services import move_lead, take_lead
from .stages import LOST, NAMES, WON, stage_name, warning_days

pages = Blueprint("leads", __name__, template_folder="templates", static_folder="static", url_prefix="/leads")


@pages.app_template_global()
def pipeline_url() -> str:
    """The board of the leads that the list or the statistics are about: the same filters."""
    return url_for("leads.pipeline", **_kept(request.args))


def _kept(args: Any) -> dict[str, Any]:
    """What the address asks, without what only the list or only the board understands."""
    return {k: v for k, v in args.to_dict(flat=False).items() if k not in ("cursor", "order", "closed", "sort", "columns")}


@pages.get("/pipeline")
@requires("CR")
def pipeline() -> Any:
    """The filtered leads by stage."""
    actor, rt = current_actor(), record_type("leads.lead")
    closed = request.args.get("closed") == "1"
    order = request.args.get("order", "estimated_sale")
    order = order if order in ORDERS else "estimated_sale"
    args = request.args
    try:
        found = board(actor, args, reading_now(actor), closed=closed, order=order)
    except Invalid as refused:
        flash(str(refused), "bad")
        return redirect(url_for("leads.pipeline"))
    owners = {card.owner_id: card.owner for column in found.columns for card in column.cards if card.owner}
    kept = _kept(args)
    return render_template(
        "leads/pipeline.html",
        board=found,
        cards=Cards(actor, current_app.jinja_env.globals["icon"], owners, found.tags, utcnow()),
        order=order,
        closed=closed,
        q=found.spec.q,
        chips=chips(rt, found.spec, "leads.pipeline"),
        won=WON,
        lost=LOST,
        days=warning_days(),
        list_url=url_for("leads_lead.list", **kept),
        statistics_url=url_for("leads_lead.statistics", **kept),
        kept=kept,
        new_url=url_for("leads_lead.new") if rt.access.create(actor) else None,
        codes=list(NAMES),
    )


@pages.get("/new")
@requires("CR")
def new() -> Any:
    """The form of a new lead: its owner and the company that manages it stand there as proposed."""
    actor, rt = current_actor(), record_type("leads.lead")
    refuse_new(rt, actor)
    proposed = {"owner_id": actor.user_id, "company_id": own_company(actor)}
    return render_form(rt, build_form(rt, actor, values={**proposed, **asked_values(rt, actor)}))


@pages.post("/<int:id>/move")
def move(id: int) -> Any:
    """Move a lead to another stage (`stage`, its code): from the board, or from its page."""
    actor = current_actor()
    lead = load_or_404("leads.lead", id, "edit")
    raw = request.form.get("stage", "")
    by_script = request.accept_mimetypes.best == "application/json"
    try:
        if not (raw.isascii() and raw.isdigit() and len(raw) < 6):
            raise Invalid({"stage": _("Choose a stage.")})
        before = lead.progress
        move_lead(lead, int(raw), actor)
    except Invalid as refused:
        if by_script:
            return problem(422, title=_("Not moved"), detail=str(refused))
        flash(str(refused), "bad")
        return redirect(url_for("leads_lead.show", id=id))
    text = _("%(name)s moved to %(stage)s", name=lead.company or lead.fullname, stage=stage_name(lead.progress))
    if by_script:
        try:
            figures = heads(actor, (before, lead.progress), request.args, reading_now(actor))
        except Invalid:  # filters that the board itself would have refused
            figures = {}
        return jsonify(message=text, columns=figures)
    flash(text, "ok")
    back = request.form.get("back", "")
    return redirect(back if back.startswith("/leads/") else url_for("leads_lead.show", id=id))


@pages.post("/<int:id>/take")
def take(id: int) -> Any:
    """Become the owner of a lead."""
    lead = load_or_404("leads.lead", id)
    take_lead(lead, current_actor())
    flash(_("The lead is yours now."), "ok")
    return redirect(url_for("leads_lead.show", id=id))


@pages.get("/types/<int:id>/")
def type_fields(id: int) -> Any:
    """The custom fields of a type of lead."""
    load_or_404("leads.type", id)
    return redirect(url_for("leads_lead_fields.list", type_id=id))
