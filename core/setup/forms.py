"""Forms of these pages. What a value must be is checked by the services, so that REST and commands say the same; `take` puts their words
beside the fields."""

from typing import Any
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from core.errors import Invalid
from core.identity.languages import language_names
from core.identity.tokens import token_scopes

THEMES = [SelectChoice("", _l("As the system")), SelectChoice("light", _l("Light")), SelectChoice("dark", _l("Dark"))]
DENSITIES = [SelectChoice("compact", _l("Compact")), SelectChoice("comfortable", _l("Comfortable"))]


class CheckboxesField(SelectMultipleField):
    """Several of a few, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Form(FlaskForm):
    """A form that can be told what a service found wrong."""

    def take(self, problem: Invalid) -> None:
        """Put messages beside the fields they name; what names none goes to the form's own errors."""
        for name, messages in problem.errors.items():
            field = self._fields.get(name)
            if field is None:
                self.form_errors.extend(messages)
            else:
                field.errors = [*field.errors, *messages]

    @property
    def problems(self) -> list[tuple[str, Any, str]]:
        """(field id, label, message) for the summary above the form."""
        found = [("", "", str(message)) for message in self.form_errors]
        return found + [(f.id, f.label.text, str(m)) for f in self if f.name != "csrf_token" for m in f.errors]


class SignInForm(Form):
    """Signing in. Length is not checked here: what is too long is merely wrong."""

    user = StringField(_l("User or e-mail"), [InputRequired()])
    password = PasswordField(_l("Password"), [InputRequired()])
    stay = BooleanField(_l("Stay signed in on this computer"))


class _Personal(Form):
    name = StringField(_l("Name"), [DataRequired(_l("Give a name."))])
    email = StringField(_l("E-mail"))
    language = SelectField(_l("Language"), validate_choice=False)
    timezone = SelectField(_l("Time zone"), validate_choice=False)
    theme = SelectField(_l("Colours"), choices=THEMES)
    density = SelectField(_l("Density"), choices=DENSITIES)
    shortcuts = BooleanField(_l("Single keys are shortcuts"))

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.language.choices = [SelectChoice("", _l("As the browser")), *(SelectChoice(code, name) for code, name in language_names())]
        self.timezone.choices = [SelectChoice("", _l("As the installation")), *map(SelectChoice, sorted(available_timezones()))]


class MeForm(_Personal):
    """Own settings."""


class PasswordForm(Form):
    """A new password of one's own; the present one is asked."""

    current = PasswordField(_l("Present password"), [InputRequired(_l("Type your present password."))])
    password = PasswordField(_l("New password"), [InputRequired(_l("Type a new password."))])


def _scopes() -> list[SelectChoice]:
    return [SelectChoice(scope.name, scope.label) for scope in token_scopes().values()]


class TokenForm(Form):
    """A new API token."""

    name = StringField(
        _l("Name of the token"), id="token-name", validators=[DataRequired(_l("Give it a name, such as the program that will use it."))]
    )
    scopes = CheckboxesField(_l("It may"), choices=_scopes, default=["read"])
    days = IntegerField(_l("Good for days"), default=90)


class UserForm(_Personal):
    """A user, as superadmins see him. Profiles and the fields of plugins stand beside it."""

    login = StringField(_l("Login"), [DataRequired(_l("Give a login."))])
    password = PasswordField(_l("Password"))
    superadmin = BooleanField(_l("Superadmin: may do everything"))
    classic_api = BooleanField(_l("May call the classic API"))
    api_password = PasswordField(_l("API password"))
    api_addresses = TextAreaField(_l("Allowed addresses"))
    api_without_password = BooleanField(_l("May come without a password, from these addresses only"))


class NameForm(Form):
    """A name, for profiles and groups."""

    name = StringField(_l("Name"), [DataRequired(_l("Give it a name."))])


class PlainForm(FlaskForm):
    """Nothing but the token against forged requests."""
