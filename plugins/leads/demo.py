"""Demo data: two types, three tags, and leads in all stages."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from core import Actor, create_record, db, record_type, utcnow
from core.identity import User
from plugins.companies.models import Membership

from .stages import OPEN, WON

PEOPLE = (
    "Joaquín Lerma",
    "Samuel Ordás",
    "Álvaro Santamera",
    "Gonzalo Ariza",
    "Jone Iturralde",
    "Olga Beltrán",
    "Inés Montalvo",
    "Maite Oyarzun",
)
PROSPECTS = (
    "Cerámicas Bustar",
    "Transportes Rebollo",
    "Seguros Cumbre",
    "Grupo Altaria",
    "Fundición Norte",
    "Camping Duna",
    "Laboratorios Quer",
    "Editorial Sauce",
)


def make(actor: Actor) -> list[str]:
    """Leads of the users who belong to a company, spread over the stages."""
    web = create_record(record_type("leads.type"), {"name": "Web", "description": "From the form on the website"}, actor)
    create_record(record_type("leads.type"), {"name": "Fair", "description": "Met at a fair"}, actor)
    tags = [
        create_record(record_type("leads.tag"), {"name": n, "colour": c}, actor).id
        for n, c in (("Hot", "red"), ("Renew", "orange"), ("Key account", "blue"))
    ]
    people = db.session.execute(
        select(Membership.user_id, Membership.company_id)
        .join(User, User.id == Membership.user_id)
        .where(User.login.in_(("user1", "manager1")))
    ).all()
    today = utcnow().date()
    rt = record_type("leads.lead")
    for n in range(42):
        owner_id, company_id = people[n % len(people)] if people else (None, None)
        stage = (*OPEN, *OPEN, *OPEN, WON, 101)[n % 17]
        values = {
            "fullname": PEOPLE[n % 8],
            "email": f"lead{n}@example.net",
            "company": f"{PROSPECTS[(n * 3) % 8]} {n}",
            "country": ("ES", "PT", "FR", "DE")[n % 4],
            "estimated_sale": Decimal(900 + (n * 1337) % 30000),
            "progress": stage,
            "owner_id": owner_id,
            "company_id": company_id,
            "estimated_close_date": today + timedelta(days=(n * 11) % 90 - 10),
            "type_id": web.id if n % 2 else None,
            "tag_ids": [tags[n % 3]] if n % 4 == 0 else [],
            "language": "es",
        }
        create_record(rt, values, actor)
    return []
