"""Demo data: the manual's case first (its three companies are numbers 1 to 3), then two hundred companies that a house might look after.

Names are put together from lists, fiscal ids are made up with right check digits, and the same every time.
"""

import random
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from stdnum import luhn
from stdnum.es import cif
from stdnum.iso7064 import mod_11_10
from stdnum.pt import nif

from core import Actor, create_record, db, record_type
from core.custom_fields import custom_fields
from core.identity import User, create_user, find_profiles, find_user, set_password, update_user

from .models import now
from .services import set_own_company

COMPANIES = 220
PEOPLE = (
    ("user1", "Irene Salcedo", "Standard user", "sees what My Company looks after, edits what she manages"),
    ("manager1", "Marcos Teruel", "CRM manager", "edits all that colleagues of My Company manage"),
    ("user2", "Ainhoa Lizarralde", "Support", "belongs to a customer, has nothing of the CRM"),
    ("lucia", "Lucía Bravo", "Standard user", "as user1"),
    ("aitor", "Aitor Zubia", "CRM manager", "as manager1"),
)
ROLES = (
    ("Customer", "Buys from us"), ("Provider", "Sells to us"), ("Partner", "Sells with us"), ("Prospect", "Might become a customer"),
)  # fmt: skip
TRADES = (
    "Talleres", "Bodegas", "Clínica", "Conservas", "Hotel", "Gestoría", "Óptica", "Cerámicas", "Editorial", "Academia", "Transportes",
    "Farmacias", "Textiles", "Panaderías", "Fundición", "Viveros", "Imprenta", "Logística", "Ferretería", "Aguas de",
)  # fmt: skip
NAMES = (
    "Urrutieta", "Peñarrubia", "Valdeluna", "Terramar", "Ría Alba", "Armeña", "Pimentel", "Lucerna", "Bustarviejo", "Sauce Blanco",
    "Rebolledo", "Altaria", "Olmedilla", "Cantalobo", "Monterrubio", "Hinojal", "Iturralde", "Santamera", "Quintanar", "Beltrán",
)  # fmt: skip
PLACES = (
    # country, legal form, (postcode, city, province) …
    ("ES", "S.L.", (("48240", "Berriz", "Bizkaia"), ("28013", "Madrid", "Madrid"), ("46002", "Valencia", "Valencia"))),
    ("ES", "S.A.", (("08002", "Barcelona", "Barcelona"), ("50001", "Zaragoza", "Zaragoza"), ("15001", "A Coruña", "A Coruña"))),
    ("ES", "S.L.", (("20004", "Donostia", "Gipuzkoa"), ("29005", "Málaga", "Málaga"), ("33003", "Oviedo", "Asturias"))),
    ("PT", "Lda", (("1100-148", "Lisboa", ""), ("4050-161", "Porto", ""))),
    ("FR", "SARL", (("31000", "Toulouse", ""), ("33000", "Bordeaux", ""))),
    ("DE", "GmbH", (("10115", "Berlin", ""), ("80331", "München", ""))),
    ("IT", "S.r.l.", (("20121", "Milano", ""), ("10121", "Torino", ""))),
)
STREETS = ("Calle Mayor", "Avenida del Puerto", "Plaza Nueva", "Polígono Eitua", "Camino Real", "Rúa Nova", "Paseo del Río")
COMMENTS = ("Two sites. Visits only after 14:00.", "Pays on the 25th.", "Ask for the new catalogue before calling.", "")


def make(actor: Actor) -> list[str]:
    """The people, roles and companies of the demo; gives one line per login: who, what he may, password."""
    lines = _people()
    ids = {login: user.id for login in ("admin", *(p[0] for p in PEOPLE)) if (user := find_user(login))}
    roles = [create_record(record_type("companies.role"), {"name": n, "description": d}, actor).id for n, d in ROLES]
    rt = record_type("companies.company")
    own = {"name": "My Company", "parent_id": None, "manager_id": ids.get("admin"), "country": "ES", "fiscal_id": _fiscal_id("ES", 1)}
    house = create_record(rt, own, actor)
    for name, manager in (("Customer #A", "user1"), ("Customer #B", "manager1")):
        values = {"name": name, "parent_id": house.id, "manager_id": ids[manager], "role_id": roles[0], "country": "ES"}
        create_record(rt, values, actor)
    first_customer = house.id + 1
    for login, _name, _profile, _may in PEOPLE:
        set_own_company(ids[login], first_customer if login == "user2" else house.id)
    _many(rt, actor, house.id, roles, [ids[login] for login in ("user1", "manager1", "lucia", "aitor")])
    return lines


def _people() -> list[str]:
    lines = []
    admin = find_user("admin") or db.session.scalars(select(User).where(User.superadmin).order_by(User.id)).first()
    if admin is not None:
        password = secrets.token_urlsafe(9)
        set_password(admin, password)
        lines.append(f"{admin.login}  superadmin, may do everything; this password replaces the one before  {password}")
    for login, name, profile, may in PEOPLE:
        password = secrets.token_urlsafe(9)
        values = {"name": name, "email": f"{login}@example.com"}
        user = find_user(login)
        if user is None:
            (found,) = find_profiles([profile])
            create_user(login, password=password, profiles=[(found.id, None)], **values)
        else:
            update_user(user, **values)
            set_password(user, password)
        lines.append(f"{login}  {may}  {password}")
    return lines


def _many(rt: Any, actor: Actor, house_id: int, roles: list[int], managers: list[int]) -> None:
    dice = random.Random(2026)  # noqa: S311 - a story, not a secret
    phone, mail = _custom_names()
    parents = [house_id]
    names: set[str] = set()
    for number in range(COMPANIES):
        country, legal, places = PLACES[dice.choices(range(len(PLACES)), (8, 4, 4, 2, 2, 1, 1))[0]]
        postcode, city, province = dice.choice(places)
        name = f"{dice.choice(TRADES)} {dice.choice(NAMES)}, {legal}"
        if name in names:
            name = f"{name.removesuffix(f', {legal}')} {city}, {legal}"
        if name in names:
            continue
        names.add(name)
        slug = f"empresa{number + 1}.example"
        values = {
            "name": name, "role_id": dice.choices(roles, (6, 2, 1, 2))[0], "country": country,
            "fiscal_id": _fiscal_id(country, 100 + number),
            "street": f"{dice.choice(STREETS)} {dice.randint(1, 99)}", "postcode": postcode, "city": city, "province": province or None,
            "website": f"https://{slug}", "comments": dice.choice(COMMENTS) or None, "manager_id": dice.choices(managers, (4, 2, 3, 1))[0],
            "parent_id": dice.choice(parents) if dice.random() < 0.15 else house_id,
            "payment_conditions": dice.choice((30, 30, 30, 60, 60, 90)), "language": "es" if country == "ES" else None,
            "last_update": now() - timedelta(minutes=dice.randint(30, 400_000)), phone: f"+34 600 {dice.randint(0, 999):03d} {number:03d}",
            mail: f"hola@{slug}", "associate_ids": dice.sample(managers, 1) if dice.random() < 0.1 else [],
        }  # fmt: skip
        made = create_record(rt, {key: value for key, value in values.items() if key}, actor)
        if number % 25 == 0:
            parents.append(made.id)


def _custom_names() -> tuple[str, str]:
    """The names of the two custom fields that a new installation has; "" for one that was taken away."""
    by_label = {str(field.label): field.name for field in custom_fields("companies.company")}
    return by_label.get("Office Phone", ""), by_label.get("General email", "")


def _fiscal_id(country: str, number: int) -> str | None:
    """A made-up fiscal id with the right check digit, where we know how."""
    if country == "ES":
        body = f"B99{number:05d}"
        return body + cif.calc_check_digits(body)[0]
    if country == "PT":
        body = f"50099{number:03d}"
        return body + nif.calc_check_digit(body)
    if country == "DE":
        body = f"19900{number:03d}"
        return "DE" + body + mod_11_10.calc_check_digit(body)
    if country == "IT":
        body = f"0990{number:03d}001"
        return "IT" + body + luhn.calc_check_digit(body)
    return None
