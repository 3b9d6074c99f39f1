"""What commands begin with: the app of an installation, its database brought up to date, and what to say where it isn't."""

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click

INIT = "To make a new one, or bring an old one up to date: cartera init"
"""What to do about a database that is not as it should be."""


def app_for(data: str | None = None, **settings: Any) -> Any:
    """The app for a command; `settings` go before those of the environment. Settings that can't be used end it with what to do."""
    from core.addons.loaded import PluginFailed
    from core.app import create_app
    from core.config import BadSetting

    if data:
        os.environ["CARTERA_DATA"] = data
    try:
        return create_app(settings or None)
    except (BadSetting, PluginFailed) as wrong:
        raise click.ClickException(str(wrong)) from None


def prepare(app: Any, *, superadmin: str = "admin") -> tuple[str, str] | None:
    """Bring the database up to date; on a new one make the first superadmin. Gives (login, password) when he was made."""
    from sqlalchemy import func, select

    from core.addons.runtime import runtime
    from core.db import db, unit_of_work
    from core.db.revisions import pending
    from core.identity.models import User
    from core.identity.services import create_user, seed

    with app.app_context():
        if pending(db.engine, runtime().addons):
            from core.db.migrate import upgrade_all

            say_failures(upgrade_all(db.engine, runtime().addons))
        if db.session.scalar(select(func.count()).select_from(User)):
            return None
        password = secrets.token_urlsafe(12)
        with unit_of_work():
            seed()
            create_user(login=superadmin, name="Administrator", password=password, superadmin=True)
        return superadmin, password


def say_failures(outcomes: Sequence[Any]) -> None:
    """Say which migrations failed; core's failure ends the command, a plugin's only switches the plugin off."""
    for outcome in outcomes:
        if outcome.error:
            click.echo(f"{outcome.name}: its migrations failed and were undone: {outcome.error}", err=True)
            if outcome.name == "core":
                raise click.ClickException("The database is as it was before. Mend what is said above, then run this again.")


def refuse_without_tables(app: Any) -> None:
    """End a process that would only fail again and again. A database that is away is another thing: it comes back."""
    from sqlalchemy.exc import OperationalError

    from core.db import db
    from core.db.revisions import pending

    with app.app_context(), suppress(OperationalError):
        if pending(db.engine, ()):
            raise click.ClickException(f"The database of {app.extensions['cartera'].settings.data_dir} has not all its tables. {INIT}")
