"""Contacts: the people of companies. Whoever sees a company sees its contacts; they never sign in (manual)."""

from flask_babel import lazy_gettext as _l

from core import Entry, hookimpl


@hookimpl
def models():
    from .models import Contact

    return [Contact]


@hookimpl
def blueprints():
    from .views import pages

    return [pages]


@hookimpl
def record_types():
    from .records import CONTACT

    return [CONTACT]


@hookimpl
def menu_entries():
    return [
        Entry(_l("Contacts"), name="contacts", record_type="contacts.contact", weight=20, icon="address-book", key="o"),
        Entry(_l("Contacts"), name="contact_list", record_type="contacts.contact", parent="contacts", weight=10),
        Entry(
            _l("Contact fields"), name="contact_fields", endpoint="contacts_contact_fields.list", parent="contacts",
            permission="CM", weight=20,
        ),
    ]  # fmt: skip


@hookimpl
def record_panels():
    from .panels import PANELS

    return PANELS


@hookimpl
def demo_data():
    from .demo import make

    return [make]
