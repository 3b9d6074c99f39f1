"""Pages that only contracts have: copying one, documents from templates, the fields of a type."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import Conflict, Forbidden, current_actor, db, load_or_404, record_type, select_records, unit_of_work
from core.documents import DocumentTooComplex, HtmlTooComplex, PdfUnavailable, pdf_available
from core.files import attach_file, store_bytes
from core.web import begins_reading, remember_sent, sent_before, works_once

from .macros import macro_groups
from .models import ContractTemplate
from .services import copy_contract, make_document

pages = Blueprint("contracts", __name__, template_folder="templates", url_prefix="/contracts")
pages.add_app_template_global(macro_groups, "contract_macros")


@pages.post("/<int:id>/copy")
@works_once
def copy(id: int) -> Any:
    """The next contract on the same terms; its edit form opens."""
    contract = load_or_404("contracts.contract", id, "edit")
    try:
        made = copy_contract(contract, current_actor())
    except Conflict as refused:
        flash(str(refused), "bad")
        return redirect(url_for("contracts_contract.show", id=id))
    flash(_("This is the copy: check its dates and amounts."), "ok")
    return redirect(url_for("contracts_contract.edit", id=made.id))


@pages.route("/<int:id>/documents", methods=["GET", "POST"])
@begins_reading
def documents(id: int) -> Any:
    """Choose a template; the PDF is filed on the contract."""
    contract = load_or_404("contracts.contract", id, "edit")
    actor = current_actor()
    rt = record_type("contracts.template")
    templates = db.session.scalars(select_records(rt, actor).order_by(ContractTemplate.name_key)).all()
    missing = pdf_available()
    error = ""
    if request.method == "POST":
        if actor.read_only:
            raise Forbidden
        chosen = next((t for t in templates if str(t.id) == request.form.get("template_id")), None)
        if chosen is None:
            error = _("Choose a template.")
        else:
            try:
                made = make_document(contract, chosen)
            except (HtmlTooComplex, DocumentTooComplex, PdfUnavailable) as problem:
                error = str(problem)
            else:
                where = url_for("contracts_contract.show", id=id, tab="files")
                stored = store_bytes(made.data)
                with unit_of_work(actor.user_id):
                    if sent_before():
                        return redirect(where)
                    load_or_404("contracts.contract", id, "edit")
                    file = attach_file("contracts.contract", id, stored, made.name, actor.user_id, kind="document")
                    remember_sent(where)
                flash(_("“%(name)s” was made and filed.", name=file.name), "ok")
                if made.left_out:
                    flash(_("Left out, for documents use no addresses: %(what)s", what=", ".join(made.left_out)[:300]), "bad")
                if made.unknown:
                    flash(_("Left as typed, for these are no macros: %(what)s", what=", ".join(made.unknown)[:300]), "bad")
                return redirect(where)
    crumbs = [
        (record_type("contracts.contract").labels, url_for("contracts_contract.list")),
        (contract.name, url_for("contracts_contract.show", id=id)),
    ]
    page = render_template("contracts/documents.html", contract=contract, templates=templates, missing=missing, error=error, crumbs=crumbs)
    return page, 422 if error else 200


@pages.get("/types/<int:id>/")
def type_fields(id: int) -> Any:
    """The custom fields of a type of contract."""
    load_or_404("contracts.type", id)
    return redirect(url_for("contracts_contract_fields.list", type_id=id))
