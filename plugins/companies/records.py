"""The nouns of companies: roles, and the company itself with its fields, columns and filters."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core import CustomFields, RecordType, Section, refuse_while_used, shared_list
from core import fields as f
from core.identity import User

from .access import COMPANY_ACCESS, own_company, pickable
from .change import asks
from .driver import drive
from .models import ASSOCIATE, Company, Role
from .services import prepare, prepare_role, written
from .warnings import doubtful_fiscal_id, warns


def _role_order(model: Any) -> Any:
    return select(Role.name_key).where(Role.id == model.role_id).correlate_except(Role).scalar_subquery()


def _manager_order(model: Any) -> Any:
    return select(User.name_key).where(User.id == model.manager_id).correlate_except(User).scalar_subquery()


ROLE = RecordType(
    name="companies.role",
    model=Role,
    label=_l("Company role"),
    labels=_l("Company roles"),
    title="name",
    url="/companies/roles",
    icon="tags",
    fields=[
        f.text("name", _l("Name"), required=True, max_length=100, search=True),
        f.multiline("description", _l("Description"), search=True, list=True),
    ],
    list=["name", "description"],
    access=shared_list(),
    prepare=prepare_role,
    deleting=refuse_while_used,
    importable=False,
)

FIELDS = [
    f.integer("id", _l("No."), form=False, written=False, filter=False),
    f.text("name", _l("Name"), required=True, search=True, csv="name"),
    f.multiline("address", _l("Address"), search=True, csv="address", hint=_l("As it stands on invoices.")),
    f.text("street", _l("Street and number"), part_of="address", list=False, filter=False, sort=False,
           hint=_l("When given, the address is written from these parts. E-invoices need them.")),
    f.text("postcode", _l("Postcode"), max_length=20, part_of="address", list=False, filter=False, sort=False, width=2),
    f.text("city", _l("City"), max_length=100, part_of="address", search=True, sort=False, width=3),
    f.text("province", _l("Province"), max_length=100, part_of="address", list=False, filter=False, sort=False, width=3),
    f.text("fiscal_id", _l("Fiscal ID"), max_length=60, search=True, csv="fiscal_id", width=3, doubt=doubtful_fiscal_id),
    f.country("country", _l("Country"), csv="country"),
    f.url("website", _l("Website"), search=True, csv="website"),
    f.multiline("comments", _l("Comments"), csv="comments"),
    f.ref("role_id", "companies.role", _l("Role"), few=True, link=False, csv="id_company_role", tab=False, sort=True,
          order=_role_order),
    f.ref("parent_id", "companies.company", _l("Parent company"), pickable=pickable, link=False, csv="id_parent", tab=False,
        default=own_company, hint=_l("Without a parent company only its manager sees it.")),
    f.ref("manager_id", "core.user", _l("Manager"), csv="manager", tab=False, sort=True, order=_manager_order,
          default=lambda actor: actor.user_id),
    f.refs("associate_ids", "core.user", _l("Associated users"), link_table=ASSOCIATE, owner="company_id", target_column="user_id",
         hint=_l("They see the company and what hangs on it, if it has a parent company.")),
    f.instant("last_update", _l("Last activity"), form=False, csv="last_update"),
    f.integer("payment_conditions", _l("Payment conditions"), days=True, minimum=0, maximum=365, default=30, csv="payment_conditions",
            list=False, hint=_l("Days until an invoice is due: 30, 60, 90, 180 or any other number up to 365."), width=2),
    f.amount("billing", _l("Billing"), form=False, written=False, csv="billing", plugin="invoices"),
    f.language("language", _l("Language of invoices"), list=False, filter=False, hint=_l("Empty: the site's."),
               plugin="invoices"),
]  # fmt: skip

COMPANY = RecordType(
    name="companies.company",
    model=Company,
    label=_l("Company"),
    labels=_l("Companies"),
    title="name",
    subtitle="fiscal_id",
    icon="building",
    new_key="o",
    fields=FIELDS,
    list=["name", "id", "role_id", "manager_id", "country", "last_update", "billing"],
    form=[
        Section(name="basics", label=_l("Basics"), fields=(
            "name", "role_id", "country", "address", "street", "postcode", "city", "province", "website",
        )),
        Section(name="billing", label=_l("Billing"), fields=("fiscal_id", "payment_conditions", "language")),
        Section(name="access", label=_l("Access"), fields=("manager_id", "parent_id", "associate_ids")),
        Section(name="comments", label=_l("Comments"), fields=("comments",)),
    ],
    access=COMPANY_ACCESS,
    custom=CustomFields(url="/companies/fields"),
    csv=(
        "name", "address", "fiscal_id", "country", "website", "comments", "id_company_role", "id_parent", "manager", "last_update",
        "payment_conditions", "billing",
    ),
    csv_left_out=("billing",),
    meets=("fiscal_id", "name"),
    prepare=prepare,
    written=written,
    deleting=refuse_while_used,
    drive=drive,
    asks=asks,
    warns=warns,
)  # fmt: skip
