"""The helpdesk's part of the demo's story."""

from sqlalchemy import select

from core import create_record, db, record_type
from plugins.companies.models import Company


def make(actor):
    """One desk, and a question of each of the first companies."""
    desk = create_record(record_type("helpdesk.desk"), {"name": "First line"}, actor)
    for company_id, name in db.session.execute(select(Company.id, Company.name).order_by(Company.id).limit(3)).all():
        values = {"subject": f"How do I …? ({name})", "company_id": company_id, "desk_id": desk.id}
        create_record(record_type("helpdesk.ticket"), values, actor)
    return []
