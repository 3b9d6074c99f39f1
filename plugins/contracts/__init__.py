"""Contracts: terms and their ends, types with fields of their own, copies for renewal, documents from templates.

Other plugins use `models.Contract`, `models.contract_key` and `services.copy_contract`.
"""

from flask_babel import lazy_gettext as _l

from core import Action, Entry, hookimpl


@hookimpl
def models():
    from .models import Contract, ContractTemplate, ContractType

    return [ContractType, Contract, ContractTemplate]


@hookimpl
def blueprints():
    from .views import pages

    return [pages]


@hookimpl
def record_types():
    from .records import CONTRACT, TEMPLATE, TYPE

    return [CONTRACT, TYPE, TEMPLATE]


@hookimpl
def menu_entries():
    return [
        Entry(_l("Contract"), name="contract", record_type="contracts.contract", weight=30, icon="file-certificate", key="n"),
        Entry(_l("Contracts"), name="contracts", record_type="contracts.contract", parent="contract", weight=10),
        Entry(_l("Types of contract"), name="contract_types", record_type="contracts.type", parent="contract", weight=20),
        Entry(_l("Contract templates"), name="contract_templates", record_type="contracts.template", parent="contract", weight=30),
    ]


@hookimpl
def record_actions():
    return [
        Action(
            "contracts.contract",
            _l("Generate PDF from template"),
            name="document",
            endpoint="contracts.documents",
            method="GET",
            icon="file-type-pdf",
            weight=20,
        ),
        Action("contracts.contract", _l("Copy"), name="copy", endpoint="contracts.copy", icon="copy", weight=30),
        Action(
            "contracts.type", _l("Custom fields"), name="fields", endpoint="contracts.type_fields", method="GET", needs="view", icon="forms"
        ),
    ]


@hookimpl
def record_panels():
    from .panels import PANELS

    return PANELS


@hookimpl
def record_facts():
    from .panels import FACTS

    return FACTS


@hookimpl
def list_columns():
    from .columns import COLUMNS

    return COLUMNS


@hookimpl
def statistics():
    from .statistics import STATISTICS

    return STATISTICS


@hookimpl
def dashboard_cards():
    from .panels import CARDS

    return CARDS


@hookimpl
def user_disabling(user_id, heir_id):
    from .services import hand_over

    hand_over(user_id, heir_id)


@hookimpl
def demo_data():
    from .demo import make

    return [make]
