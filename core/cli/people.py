"""`cartera user …`: people, their passwords and tokens."""

import secrets
import sys
from collections.abc import Sequence
from typing import Any

import click

from .installation import app_for


@click.group()
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


class TakesUserFields(click.Command):
    """A command that takes what plugins add to users (`user_fields`): company_id is its option --company."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if "user_fields" not in ctx.meta:
            app = ctx.meta["app"] = app_for()
            with app.app_context(), app.test_request_context():  # labels are said in the language of the installation
                ctx.meta["user_fields"] = [
                    click.Option([f"--{field.name.removesuffix('_id')}", field.name], type=int, metavar="ID", help=f"{field.label}.")
                    for _plugin, field in app.extensions["cartera"].addons.declared("user_fields")
                ]
        *own, help_ = super().get_params(ctx)
        return [*own, *ctx.meta["user_fields"], help_]


@user.command("add", cls=TakesUserFields)
@click.argument("login")
@click.option("--name", default="")
@click.option("--email", default="")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input instead of making one.")
@click.option("--profile", "profiles", multiple=True, metavar="NAME")
@click.option("--superadmin", is_flag=True)
@click.pass_context
def add_user(
    ctx: click.Context, login: str, name: str, email: str, password_stdin: bool, profiles: Sequence[str], superadmin: bool, **fields: Any
) -> None:
    """Add a user; prints his password when it was made here."""
    from core.identity.passwords import new_password

    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    app = ctx.meta["app"]
    with app.app_context(), app.test_request_context():
        hashed = new_password(password, login=login)  # it takes long: before others have to wait for the turn to write
        _make(login, hashed, name, email, superadmin, profiles, fields)
    click.echo(f"login: {login}" + ("" if password_stdin else f"\npassword: {password}"))


def _make(login: str, password: Any, name: str, email: str, superadmin: bool, profiles: Sequence[str], fields: dict[str, Any]) -> None:
    from core.addons.runtime import runtime
    from core.db import unit_of_work
    from core.identity.profiles import find_profiles
    from core.identity.services import create_user

    with unit_of_work():
        for_all = [(profile.id, None) for profile in find_profiles(profiles)]
        made = create_user(login, name=name, email=email, password=password, superadmin=superadmin, profiles=for_all)
        for _plugin, field in runtime().addons.declared("user_fields"):
            if fields[field.name] is not None:
                field.write(made, fields[field.name])


@user.command("disable")
@click.argument("login")
@click.option("--heir", metavar="LOGIN", help="Who gets what he owns and manages.")
@click.option("--confirm", type=click.Choice(["sight"]), help="That people lose sight of what the heir gets is accepted.")
def disable(login: str, heir: str | None, confirm: str | None) -> None:
    """Disable a user: his sessions and tokens end at once."""
    from core.db import unit_of_work
    from core.identity.services import disable_user

    with app_for().app_context(), unit_of_work():
        disable_user(_find_user(login), heir=_find_user(heir) if heir else None, confirmed=confirm == "sight")
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
    from core.identity.passwords import new_password
    from core.identity.services import set_password

    new = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    app = app_for()
    with app.app_context(), app.test_request_context():
        hashed = new_password(new, login=_find_user(login).login)
        with unit_of_work():
            set_password(_find_user(login), hashed)
    click.echo("The password was set." if password_stdin else f"password: {new}")


@user.command("token")
@click.argument("login")
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE", help="Default: read and write.")
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
