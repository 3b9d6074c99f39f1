"""The pages that only the helpdesk has."""

from flask import Blueprint, redirect, render_template, request, url_for

from core import current_actor, get_option, load_or_404, requires_superadmin, set_option

from .services import close_ticket

pages = Blueprint("helpdesk", __name__, template_folder="templates")


@pages.post("/helpdesk/<int:id>/close")
def close(id):
    """Close a ticket."""
    close_ticket(load_or_404("helpdesk.ticket", id, "edit"), current_actor())
    return redirect(url_for("helpdesk_ticket.show", id=id))


@pages.get("/companies/<int:id>/tickets/new")
def new_for(id):
    """A new ticket of a company: its form, filled in."""
    company = load_or_404("companies.company", id)
    return redirect(url_for("helpdesk_ticket.new", company_id=company.id))


@pages.route("/helpdesk/setup", methods=["GET", "POST"])
@requires_superadmin
def setup():
    """The helpdesk's tab of CRM setup."""
    error = ""
    if request.method == "POST":
        hours = request.form.get("hours", "")
        if hours.isdigit() and 0 < int(hours) <= 1000:
            set_option("helpdesk.hours", int(hours))
            return redirect(url_for("setup.crm", name="helpdesk"))
        error = "Write a number of hours from 1 to 1000."
    return render_template("helpdesk/setup.html", hours=get_option("helpdesk.hours", 24), error=error, tab="helpdesk")
