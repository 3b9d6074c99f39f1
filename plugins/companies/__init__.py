"""Companies: customers, suppliers, partners. Who manages them, who sees them, and with them all that hangs on them.

Other plugins use `models.company_key`, `access.follows_company` and the services `touch_companies`, `set_billing`, `require_edit`.
"""

from flask_babel import lazy_gettext as _l

from core import ClassicOperation, Entry, UserField, hookimpl


@hookimpl
def models():
    from .models import Company, Membership, Role, Sight

    return [Role, Company, Membership, Sight]


@hookimpl
def blueprints():
    from .views import pages

    return [pages]


@hookimpl
def record_types():
    from .records import COMPANY, ROLE

    return [COMPANY, ROLE]


@hookimpl
def menu_entries():
    return [
        Entry(_l("Company"), name="company", record_type="companies.company", weight=10, icon="building", key="c"),
        Entry(_l("Companies"), name="companies", record_type="companies.company", parent="company", weight=10),
        Entry(_l("Company roles"), name="company_roles", record_type="companies.role", parent="company", weight=20),
        Entry(
            _l("Company custom fields"), name="company_fields", endpoint="companies_company_fields.list", parent="company",
            permission="CM", weight=30,
        ),
        Entry(
            _l("Company custom fields sections"), name="company_field_sections", endpoint="companies_company_fields.sections",
            parent="company", permission="CM", weight=40,
        ),
    ]  # fmt: skip


@hookimpl
def classic_operations():
    from .classic import create_company

    return [ClassicOperation("create_company", run=create_company)]


@hookimpl
def user_fields():
    from .change import asks_for_own_company
    from .services import own_companies, set_own_company

    return [
        UserField(
            "company_id", label=_l("Own company"), record_type="companies.company", read=own_companies, write=set_own_company,
            asks=asks_for_own_company,
        )
    ]  # fmt: skip


@hookimpl
def field_kinds():
    from core.fields import Ref

    return [("company", _l("Company"), lambda definition: Ref(target="companies.company"))]


@hookimpl
def actor_facts(user_ids):
    from .services import own_companies

    return {user_id: {"company_id": company_id} for user_id, company_id in own_companies(user_ids).items()}


@hookimpl
def user_disabling(user_id, heir_id, confirmed):
    from .change import asks_for_heir
    from .services import hand_over

    if not confirmed and (question := asks_for_heir(user_id, heir_id)) is not None:
        raise question
    hand_over(user_id, heir_id)


@hookimpl
def record_panels():
    from .panels import PANELS

    return PANELS


@hookimpl
def statistics():
    from .statistics import STATISTICS

    return STATISTICS


@hookimpl
def demo_data():
    from .demo import make

    return [make]
