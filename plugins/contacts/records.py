"""The noun of contacts."""

from flask_babel import lazy_gettext as _l

from core import CustomFields, RecordType, Section
from core import fields as f
from plugins.companies.access import follows_company

from .driver import drive
from .models import Contact
from .services import prepare, warns, written

CONTACT = RecordType(
    name="contacts.contact",
    new_key="n",
    model=Contact,
    label=_l("Contact"),
    labels=_l("Contacts"),
    title="fullname",
    subtitle="email",
    icon="address-book",
    fields=[
        f.text("fullname", _l("Full name"), required=True, search=True, csv="fullname"),
        f.email("email", _l("E-mail"), required=True, search=True, csv="email"),
        f.phone("phone", _l("Phone"), search=True, csv="phone"),
        f.phone("mobile", _l("Mobile"), search=True, csv="mobile"),
        f.text("position", _l("Position"), csv="position", sort=False),
        f.multiline("description", _l("Description"), csv="description"),
        f.flag("disabled", _l("Disabled"), csv="disabled", hint=_l("Works there no more, or is not to be written to.")),
        f.ref("company_id", "companies.company", _l("Company"), required=True, csv="id_company", sort=True, order=lambda m: m.order_key),
    ],
    list=["fullname", "company_id", "position", "email", "phone", "mobile"],
    form=[
        Section(name="basics", label=_l("Contact"), fields=("fullname", "company_id", "position", "email", "phone", "mobile", "disabled")),
        Section(name="description", label=_l("Description"), fields=("description",)),
    ],
    sort="company_id",
    access=follows_company("company_id"),
    custom=CustomFields(url="/contacts/fields"),
    csv=("fullname", "email", "phone", "mobile", "position", "description", "disabled", "id_company"),
    meets=(("email", "fullname"),),
    prepare=prepare,
    written=written,
    drive=drive,
    warns=warns,
)
