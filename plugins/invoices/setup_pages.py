"""The invoices tab of CRM setup: seller, logo, header and footer, numbering and exceptions, taxes, currency, languages."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core import Invalid, SetupTab, current_actor, db, requires_superadmin, set_option, unit_of_work
from core.access import today
from core.fields import Reading, clean_text, kinds
from core.files import Stored, attach_file, store_bytes
from core.web import begins_reading, reading_now

from . import setup_values
from .models import PaymentMethod
from .numbering import DEFAULT_PATTERN, Numbering, next_numbers
from .pattern import NumberError, parse_exceptions, parse_pattern
from .records import CURRENCIES
from .services import bill_anew
from .views import pages

TEXTS = {"seller_name": 200, "seller_fiscal_id": 60, "seller_address": 1000, "invoice_header": 1000, "invoice_footer": 2000}
LONGEST = max(TEXTS.values())
OFFERED = (("en", "English"), ("es", "Español"), ("de", "Deutsch"), ("fr", "Français"), ("it", "Italiano"), ("pt", "Português"))
"""The languages in which invoices can be printed, with their own names."""
_RATE = kinds.Number(minimum=Decimal(0), maximum=Decimal(100))


class Logo(NamedTuple):
    """A logo whose bytes are stored already, so that nobody waits for them in the writer's turn."""

    stored: Stored
    name: str


@pages.route("/setup", methods=["GET", "POST"])
@requires_superadmin
@begins_reading
def setup() -> Any:
    """Show and save what administrators set for invoices."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        values = _posted(errors)
        if not errors:
            with unit_of_work(current_actor().user_id):
                _keep(values)
            flash(_("Saved. Invoices that were issued before stay as they are."), "ok")
            return redirect(url_for("setup.crm", name="invoices"))
    now = dict(setup_values.settings())
    page = render_template(
        "invoices/setup.html",
        now=now,
        errors=errors,
        posted=request.form if errors else None,
        taxes=_tax_rows(errors),
        pattern=DEFAULT_PATTERN,
        next_numbers=_next_three(now),
        currencies=CURRENCIES,
        categories=setup_values.CATEGORIES,
        currency=setup_values.currency(),
        languages=setup_values.languages(),
        offered=OFFERED,
        texts=_texts(now),
        said=_said_of(request.form) if errors else setup_values.translations(),
    )
    return page, 422 if errors else 200


def _keep(values: Mapping[str, Any]) -> None:
    before = setup_values.currency()
    for key, value in values.items():
        if isinstance(value, Logo):
            value = attach_file("core.setup", 0, value.stored, value.name, current_actor().user_id, kind="logo").id
        set_option(f"invoices.{key}", value)
    setup_values.settings_changed()
    if values["currency"] != before:
        bill_anew(values["currency"])


def _tax_rows(errors: dict[str, str]) -> list[dict[str, Any]]:
    if not errors:
        return setup_values.tax_rows()
    names, rates, categories = (request.form.getlist(f"tax_{k}") for k in ("name", "rate", "category"))
    return [
        {"name": n, "rate": r, "category": c, "default": str(i) in request.form.getlist("tax_default")}
        for i, (n, r, c) in enumerate(zip(names, rates, categories, strict=False))
    ]


def _posted(errors: dict[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, longest in TEXTS.items():
        text = clean_text(request.form.get(name), lines=name not in ("seller_name", "seller_fiscal_id")) or ""
        if len(text) > longest:
            errors[name] = _("At most %(n)s characters.", n=longest)
        values[name] = text
    pattern = (request.form.get("invoice_id_pattern") or "").strip() or DEFAULT_PATTERN
    try:
        parse_pattern(pattern)
    except NumberError as wrong:
        errors["invoice_id_pattern"] = str(wrong)
    values["invoice_id_pattern"] = pattern
    exceptions = clean_text(request.form.get("invoice_id_exceptions"), lines=True) or ""
    try:
        parse_exceptions(exceptions)
    except NumberError as wrong:
        errors["invoice_id_exceptions"] = str(wrong)
    values["invoice_id_exceptions"] = exceptions
    values["invoice_auto_id"] = request.form.get("invoice_auto_id") == "1"
    values["invoice_allow_earlier"] = request.form.get("invoice_allow_earlier") == "1"
    currency = request.form.get("currency", "EUR")
    values["currency"] = currency if currency in dict(CURRENCIES) else "EUR"
    languages = [code for code in request.form.getlist("languages") if code in dict(OFFERED)]
    values["languages"] = languages or ["en", "es"]
    values["taxes"] = _posted_taxes(errors, reading_now(current_actor()))
    values["translations"] = _translations(values, errors)
    upload = request.files.get("invoice_logo")
    if request.form.get("remove_logo"):
        values["invoice_logo"] = None
    elif upload and upload.filename and not errors:
        _logo(upload, values, errors)
    return values


def _texts(now: Mapping[str, Any]) -> list[str]:
    """What Setup prints in its own words: header, footer, names of taxes, payment methods."""
    methods = db.session.execute(
        select(PaymentMethod.name, PaymentMethod.description).where(PaymentMethod.trashed_at.is_(None)).order_by(PaymentMethod.name_key)
    ).all()
    own = [now.get("invoice_header"), now.get("invoice_footer"), *(row["name"] for row in setup_values.tax_rows())]
    return list(dict.fromkeys(text for text in (*own, *(text for row in methods for text in row)) if text))


def _said_of(posted: Any) -> dict[str, dict[str, str]]:
    """The translations as they were typed: language → text → text."""
    texts = [_lines(text) for text in posted.getlist("text")]
    return {code: dict(zip(texts, posted.getlist(f"text_{code}"), strict=False)) for code, _name in OFFERED}


def _translations(values: Mapping[str, Any], errors: dict[str, str]) -> dict[str, dict[str, str]]:
    """The translations to keep. They were given for the texts before this change, and go along where one was changed with them."""
    before = setup_values.settings()
    names = request.form.getlist("tax_name")
    moved = {before.get(key) or "": values[key] for key in ("invoice_header", "invoice_footer")}
    moved |= {row["name"]: clean_text(name, lines=False) or "" for row, name in zip(setup_values.tax_rows(), names, strict=False)}
    out: dict[str, dict[str, str]] = {}
    for code, texts in _said_of(request.form).items():
        known = setup_values.translations().get(code, {})
        kept = {text: said for text, said in known.items() if text not in texts}  # of texts that the page did not show
        for text, raw in texts.items():
            said = clean_text(raw, lines=True) or ""
            if len(said) > LONGEST:
                errors["translations"] = _("At most %(n)s characters.", n=LONGEST)
            if said and (now := moved.get(text, text)):
                kept[now] = said.strip()
        out[code] = kept
    return out


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _posted_taxes(errors: dict[str, str], reading: Reading) -> list[dict[str, Any]]:
    names, rates, categories = (request.form.getlist(f"tax_{k}") for k in ("name", "rate", "category"))
    defaults = set(request.form.getlist("tax_default"))
    out: list[dict[str, Any]] = []
    for n, (raw, rate, category) in enumerate(zip(names, rates, categories, strict=False)):
        name = clean_text(raw, lines=False)
        if not name:
            continue
        if len(name) > 60 or "\n" in name or any(row["name"] == name for row in out):
            errors["taxes"] = _("Each tax needs a name of its own, of up to 60 characters.")
        try:
            value = _RATE.parse(rate, reading)
        except Invalid as refused:
            errors["taxes"] = f"{name}: {refused}"
            value = None
        out.append(
            {
                "name": name,
                "rate": format((value or Decimal(0)).normalize(), "f"),
                "category": category if category in setup_values.CATEGORIES else "S",
                "default": str(n) in defaults,
            }
        )
    return out


def _logo(upload: Any, values: dict[str, Any], errors: dict[str, str]) -> None:
    """Store the logo, to be a file of its own; a picture too large to lay out is refused before anything decodes it."""
    from core.documents import PictureRefused, picture_type

    data = upload.read(5_000_001)
    if len(data) > 5_000_000:
        errors["invoice_logo"] = _("A logo may have up to %(n)s MB.", n=5)
        return
    try:
        picture_type(data)
    except PictureRefused as refused:
        errors["invoice_logo"] = str(refused)
        return
    values["invoice_logo"] = Logo(store_bytes(data), upload.filename)


def _next_three(now: dict[str, Any]) -> list[str]:
    """The next numbers, as a sample beside the pattern."""
    try:
        rules = Numbering(
            pattern=parse_pattern(now.get("invoice_id_pattern") or DEFAULT_PATTERN),
            exceptions=parse_exceptions(now.get("invoice_id_exceptions") or ""),
        )
    except NumberError:
        return []
    return next_numbers(db.session(), today(), 3, rules=rules)


@pages.get("/setup/payment-methods")
@requires_superadmin
def payment_methods() -> Any:
    """The payment methods are a list of their own."""
    return redirect(url_for("invoices_payment_method.list"))


TABS = [
    SetupTab("invoices", label=_l("Invoices"), endpoint="invoices.setup", weight=10),
    SetupTab("payment_methods", label=_l("Payment methods"), endpoint="invoices.payment_methods", weight=20),
]
