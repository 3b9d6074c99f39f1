"""`cartera …`: the product from the command line. Commands of plugins are added to these. Every error says what to do."""

import os
import secrets
import sys
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


class Lazy(click.Group):
    """The group of all commands: its own, and those that plugins declare, found when one is asked for that core does not have."""

    def invoke(self, ctx: click.Context) -> Any:
        """A command that a rule refuses ends with what the rule says, one without its database with what to do; never with a traceback."""
        from sqlalchemy.exc import OperationalError, ProgrammingError

        from core.errors import Conflict, Invalid

        try:
            return super().invoke(ctx)
        except (Conflict, Invalid) as refused:
            raise click.ClickException(str(refused)) from None
        except (OperationalError, ProgrammingError) as wrong:
            raise click.ClickException(f"The database can't be used ({wrong.orig}). {INIT}") from None

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        own = super().get_command(ctx, name) or self._imported(name)
        if own is not None:
            return own
        app = app_for(ctx.params.get("data"))
        ctx.with_resource(app.app_context())  # open until the command ends
        for _plugin, command in app.extensions["cartera"].addons.running("commands"):
            if command.name == name:
                return command  # type: ignore[no-any-return]
        return None

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), "plugin", "import", "export"})

    @staticmethod
    def _imported(name: str) -> click.Command | None:
        if name == "plugin":
            from core.addons.commands import plugin_commands

            return plugin_commands(app_for)
        if name in ("import", "export"):
            from core.records.commands import file_commands

            return file_commands(app_for)[name == "export"]
        return None


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--data", metavar="DIR", help="Folder of the installation (default: CARTERA_DATA, else ./data).")
@click.version_option(package_name="cartera")
def main(data: str | None) -> None:
    """Cartera: companies, contacts, contracts, invoices and leads, with the rights that go with them."""
    if data:
        os.environ["CARTERA_DATA"] = data


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

            _checked(upgrade_all(db.engine, runtime().addons))
        if db.session.scalar(select(func.count()).select_from(User)):
            return None
        password = secrets.token_urlsafe(12)
        with unit_of_work():
            seed()
            create_user(login=superadmin, name="Administrator", password=password, superadmin=True)
        return superadmin, password


def _checked(outcomes: Sequence[Any]) -> None:
    """Say which migrations failed; core's failure ends the command, a plugin's only switches the plugin off."""
    for outcome in outcomes:
        if outcome.error:
            click.echo(f"{outcome.name}: its migrations failed and were undone: {outcome.error}", err=True)
            if outcome.name == "core":
                raise click.ClickException("The database is as it was before. Mend what is said above, then run this again.")


@main.command()
@click.option("--superadmin", default="admin", show_default=True, metavar="LOGIN", help="Login of the first superadmin.")
def init(superadmin: str) -> None:
    """Make the database and the first superadmin; on one that is there, bring it up to date."""
    made = prepare(app_for(), superadmin=superadmin)
    if made is None:
        click.echo("The database is there and up to date; nobody was added.")
        return
    click.echo(f"login: {made[0]}\npassword: {made[1]}")


@main.command()
def upgrade() -> None:
    """Bring the database of core and all plugins up to date."""
    from core.addons.runtime import runtime
    from core.db import db
    from core.db.revisions import pending

    app = app_for()
    with app.app_context():
        due = [source.name for source in pending(db.engine, runtime().addons)]
        if not due:
            click.echo("Nothing was due: the database is up to date.")
            return
        from core.db.migrate import upgrade_all

        outcomes = upgrade_all(db.engine, runtime().addons, click.echo)
    _checked(outcomes)
    if failed := [outcome.name for outcome in outcomes if outcome.error]:
        raise click.ClickException(f"Not up to date: {', '.join(failed)}. The rest is, and runs without.")
    click.echo(f"Up to date now: {', '.join(due)}.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--no-worker", is_flag=True, help="No background work on this node.")
@click.option("--access-log", metavar="FILE", help="Write a line about each request there; - is the standard output.")
@click.option("--first-run", is_flag=True, help="Make the database and the first superadmin when they are missing.")
def serve(host: str, port: int, workers: int, no_worker: bool, access_log: str | None, first_run: bool) -> None:
    """Serve the pages and do the background work until stopped."""
    from core.serve import PortTaken, run

    def build() -> Any:
        app = app_for()
        if not first_run:
            _refuse_without_tables(app)
        elif made := prepare(app):
            click.echo(
                f"\n  A new installation was made. Sign in at http://{host}:{port}/\n\n    login: {made[0]}\n    password: {made[1]}\n"
            )
            click.echo("  The password is shown this once. Sample data: cartera demo\n")
        return app

    try:
        sys.exit(run(build, host=host, port=port, workers=workers, with_worker=not no_worker, access_log=access_log))
    except PortTaken as taken:
        raise click.ClickException(str(taken)) from None


@main.command()
def worker() -> None:
    """Do background and periodic work."""
    from core.jobs.worker import run_worker
    from core.memory import staying

    with staying():
        app = app_for()
    if app.extensions["cartera"].settings.jobs == "off":
        raise click.ClickException("CARTERA_JOBS is off, so nobody does background work. Leave it out for this process.")
    _refuse_without_tables(app)
    run_worker(app)


def _refuse_without_tables(app: Any) -> None:
    """End a process that would only fail again and again. A database that is away is another thing: it comes back."""
    from sqlalchemy.exc import OperationalError

    from core.db import db
    from core.db.revisions import pending

    with app.app_context(), suppress(OperationalError):
        if pending(db.engine, ()):
            raise click.ClickException(f"The database of {app.extensions['cartera'].settings.data_dir} has not all its tables. {INIT}")


@main.command()
def demo() -> None:
    """Fill an empty installation with the manual's case and some hundred believable records; prints the logins."""
    from core.access import Actor
    from core.addons.runtime import runtime
    from core.custom_fields.definitions import custom_fields
    from core.db import db, unit_of_work

    app = app_for()
    prepare(app)
    with app.app_context(), app.test_request_context():
        for rt in runtime().record_types.values():
            if rt.name == "companies.company" and db.session.query(rt.model.id).limit(1).first():
                raise click.ClickException(
                    "There are companies here already. Make an empty installation for the demo: cartera --data DIR demo"
                )
        lines: list[str] = []
        for _plugin, make in runtime().addons.declared("demo_data"):
            for name in runtime().record_types:
                custom_fields(name)  # read before the work begins they are kept; inside it they would be read for each record
            with unit_of_work():
                lines += make(Actor.system()) or []
        for line in lines:
            click.echo(line)


@main.group()
def user() -> None:
    """People: add, disable, tokens, passwords."""


def _find_user(login: str) -> Any:
    from sqlalchemy import func, select

    from core.db import db
    from core.identity.models import User

    found = db.session.scalars(select(User).where(func.lower(User.login) == login.lower())).first()
    if found is None:
        raise click.ClickException(f"There is no user {login!r}. Those that there are: cartera user list")
    return found


@user.command("list")
def list_users() -> None:
    """All users."""
    from sqlalchemy import select

    from core.db import db
    from core.identity.models import User

    with app_for().app_context():
        for u in db.session.scalars(select(User).order_by(User.login)):
            click.echo(f"{u.login}\t{u.name}\t{'superadmin' if u.superadmin else ''}\t{'disabled' if u.disabled else ''}".rstrip())


@user.command("add")
@click.argument("login")
@click.option("--name", default="")
@click.option("--email", default="")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input instead of making one.")
@click.option("--profile", "profiles", multiple=True, metavar="NAME")
@click.option("--company", type=int, metavar="ID", help="Own company.")
@click.option("--superadmin", is_flag=True)
def add_user(
    login: str, name: str, email: str, password_stdin: bool, profiles: Sequence[str], company: int | None, superadmin: bool
) -> None:
    """Add a user; prints his password when it was made here."""
    from core.addons.runtime import runtime
    from core.db import unit_of_work
    from core.identity.profiles import find_profiles
    from core.identity.services import create_user

    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    app = app_for()
    with app.app_context(), app.test_request_context(), unit_of_work():
        for_all = [(profile.id, None) for profile in find_profiles(profiles)]
        made = create_user(login, name=name, email=email, password=password, superadmin=superadmin, profiles=for_all)
        for _plugin, field in runtime().addons.declared("user_fields"):
            if field.name == "company_id" and company:
                field.write(made, company)
    click.echo(f"login: {login}" + ("" if password_stdin else f"\npassword: {password}"))


@user.command("disable")
@click.argument("login")
@click.option("--heir", metavar="LOGIN", help="Who gets what he owns and manages.")
def disable(login: str, heir: str | None) -> None:
    """Disable a user: his sessions and tokens end at once."""
    from core.db import unit_of_work
    from core.identity.services import disable_user

    with app_for().app_context(), unit_of_work():
        disable_user(_find_user(login), heir=_find_user(heir) if heir else None)
    click.echo(f"{login} is disabled.")


@user.command("enable")
@click.argument("login")
def enable(login: str) -> None:
    """Let a disabled user in again."""
    from core.db import unit_of_work
    from core.identity.services import enable_user

    with app_for().app_context(), unit_of_work():
        enable_user(_find_user(login))
    click.echo(f"{login} is enabled.")


@user.command("password")
@click.argument("login")
@click.option("--password-stdin", is_flag=True)
def password(login: str, password_stdin: bool) -> None:
    """Set a user's password; his sessions end."""
    from core.db import unit_of_work
    from core.identity.services import set_password

    new = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    app = app_for()
    with app.app_context(), app.test_request_context(), unit_of_work():
        set_password(_find_user(login), new)
    click.echo("The password was set." if password_stdin else f"password: {new}")


@user.command("token")
@click.argument("login")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(["read", "write", "leads:create"]), help="Default: read and write.")
@click.option("--days", type=int, help="Default: as long as a token may be good for, a year.")
@click.option("--name", default="cli", show_default=True)
def token(login: str, scopes: Sequence[str], days: int | None, name: str) -> None:
    """Make an API token for a user; it is shown this once."""
    from core.db import unit_of_work
    from core.identity.tokens import LONGEST_DAYS, create_token

    good_for = LONGEST_DAYS if days is None else days
    with app_for().app_context(), unit_of_work():
        made = create_token(_find_user(login), name=name, scopes=list(scopes) or ["read", "write"], days=good_for)
        click.echo(made.key)


@main.command()
@click.option("--strict", is_flag=True, help="Warnings end with an error, too.")
def doctor(strict: bool) -> None:
    """Check the installation: database, plugins, PDFs, what does not fit together."""
    from core.doctor import examine

    app = app_for()
    with app.app_context():
        findings = examine(app)
    for finding in findings:
        click.echo(f"{finding.level}: {finding.text}")
    bad = [f for f in findings if f.level == "error" or (strict and f.level == "warning")]
    if bad:
        sys.exit(1)
    click.echo("All is well." if not findings else "Nothing that stops the work.")
