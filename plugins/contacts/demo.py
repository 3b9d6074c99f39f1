"""Demo data: one to three people in each company of the demo."""

import random

from sqlalchemy import select

from core import Actor, create_record, db, record_type
from plugins.companies.models import Company
from plugins.companies.services import keep_activity

FIRST = (
    "Ainhoa", "Iker", "Rosa", "Joaquín", "Olga", "Samuel", "Maite", "Gonzalo", "Inés", "Álvaro", "Nerea", "Hugo", "João", "Chloé", "Jürgen",
    "Giulia", "Núria", "Begoña", "Tomás", "Zoë",
)  # fmt: skip
LAST = (
    "Lizarralde", "Mendiola", "Gorriti", "Lerma", "Beltrán", "Ordás", "Oyarzun", "Ariza", "Montalvo", "Santamera", "Ibáñez", "Peña",
    "Carvalho", "Lefèvre", "Müller", "Ricci", "Puig", "Etxeberria",
)  # fmt: skip
POSITIONS = ("IT manager", "Purchasing", "Administration", "Owner", "Reception", "Production", "Finance", None)


def make(actor: Actor) -> list[str]:
    """Contacts of all companies but the house itself."""
    dice = random.Random(11)  # noqa: S311 - a story, not a secret
    rt = record_type("contacts.contact")
    kept = dict(db.session.execute(select(Company.id, Company.last_update)).all())
    number = 0
    for company_id in list(kept)[1:]:
        for _ in range(dice.choice((1, 1, 2, 3))):
            number += 1
            first, last = dice.choice(FIRST), dice.choice(LAST)
            values = {
                "fullname": f"{first} {last}", "email": f"person{number}@empresa{company_id}.example", "company_id": company_id,
                "phone": f"+34 900 {number // 1000:03d} {number % 1000:03d}", "position": dice.choice(POSITIONS),
                "mobile": f"+34 611 {number // 1000:03d} {number % 1000:03d}" if dice.random() < 0.5 else None,
                "disabled": dice.random() < 0.04,
            }  # fmt: skip
            create_record(rt, values, actor)
    keep_activity(kept)
    return []
