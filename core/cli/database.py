"""`cartera init`, `upgrade`, `demo` and `doctor`: the installation and what it holds."""

import sys

import click

from .installation import app_for, prepare, say_failures


@click.command()
@click.option("--superadmin", default="admin", show_default=True, metavar="LOGIN", help="Login of the first superadmin.")
def init(superadmin: str) -> None:
    """Make the database and the first superadmin; on one that is there, bring it up to date."""
    made = prepare(app_for(), superadmin=superadmin)
    if made is None:
        click.echo("The database is there and up to date; nobody was added.")
        return
    click.echo(f"login: {made[0]}\npassword: {made[1]}")


@click.command()
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
    say_failures(outcomes)
    if failed := [outcome.name for outcome in outcomes if outcome.error]:
        raise click.ClickException(f"Not up to date: {', '.join(failed)}. The rest is, and runs without.")
    click.echo(f"Up to date now: {', '.join(due)}.")


@click.command()
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
            if rt.is_main and db.session.query(rt.model.id).limit(1).first():
                raise click.ClickException(
                    f"There are {str(rt.labels).lower()} here already. Make an empty installation for the demo: cartera --data DIR demo"
                )
        lines: list[str] = []
        for _plugin, make in runtime().addons.declared("demo_data"):
            for name in runtime().record_types:
                custom_fields(name)  # read before the work begins they are kept; inside it they would be read for each record
            with unit_of_work():
                lines += make(Actor.system()) or []
        for line in lines:
            click.echo(line)


@click.command()
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
