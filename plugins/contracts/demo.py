"""Demo data: types with fields of their own, contracts of the demo's companies, a certificate as template."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core import Actor, create_record, db, record_type, utcnow
from core.custom_fields import create_field
from plugins.companies.models import Company

from .terms import add_months

CERTIFICATE = """<h1>Certificate of support</h1>
<p>We certify that <b>_company_name_</b> (_company_fiscal_id_), _company_address_, holds the contract <b>_name_contract_</b>
(_contract_type_name_) from _date_begin_words_ to _date_end_words_.</p>
<p>_contract_description_</p>
<table><tr><th>Contract no.</th><td>_id_contract_</td></tr><tr><th>Status</th><td>_name_status_</td></tr>
<tr><th>Account manager</th><td>_company_manager_</td></tr></table>
<p>_today_words_</p>"""
NAMES = ("Premium support", "Basic support", "Licences, 25 seats", "Hosting", "Training days")


def make(actor: Actor) -> list[str]:
    """Two types (Support, and Licences with a licence type), a template, and a contract for two of three companies."""
    support = create_record(record_type("contracts.type"), {"name": "Support", "description": "Support by phone and mail"}, actor)
    licences = create_record(record_type("contracts.type"), {"name": "Licences", "description": "Software licences"}, actor)
    licence = create_field("contracts.contract", licences.id, {"label": "Licence type", "kind": "text", "searchable": "1"})
    create_record(record_type("contracts.template"), {"name": "Certificate", "description": "Proof of support", "body": CERTIFICATE}, actor)
    today = utcnow().date()
    rt = record_type("contracts.contract")
    companies = db.session.scalars(select(Company).where(Company.parent_id.is_not(None)).order_by(Company.id)).all()
    for n, company in enumerate(companies):
        if n % 3 == 2:
            continue
        begin = today - timedelta(days=(n * 37) % 360)
        values: dict[str, Any] = {
            "name": f"{NAMES[n % 5]} {begin.year}", "company_id": company.id, "date_begin": begin,
            "date_end": add_months(begin, 12) - timedelta(days=1), "status": 1, "type_id": licences.id if n % 5 == 2 else support.id,
            "renewal": ("explicit", "tacit", "none")[n % 3], "notice_days": (30, 60, 0)[n % 3], "amount": 1200 + (n * 311) % 9000,
            "currency": "EUR", "billing_period": "yearly", "private": n % 11 == 7,
        }  # fmt: skip
        if n % 5 == 2:
            values[f"f{licence.id}"] = ("Beta", "Pro", "Enterprise")[n % 3]
        create_record(rt, values, actor)
    return []
