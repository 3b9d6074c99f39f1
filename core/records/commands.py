"""`cartera import` and `cartera export`: the same code as the pages, for files on this machine."""

import sys
from collections.abc import Callable, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from core.access import Actor, Forbidden
from core.access.actors import actor_of
from core.db import db, unit_of_work
from core.errors import Invalid
from core.fields import Reading
from core.identity.models import User

from .csv_out import export_rows
from .csv_read import DELIMITER_WORDS, encoding_name
from .import_meet import choices
from .import_options import DAY_ORDERS, DUPLICATES, Options, Problem
from .import_write import Refused, write
from .importing import Checked, check
from .record_type import RecordType

MakeApp = Callable[[], Any]


@contextmanager
def _installation(make_app: MakeApp) -> Any:
    app = make_app()
    with app.app_context(), app.test_request_context():  # words of people's language need a request
        yield app.extensions["cartera"]


def _type(types: Mapping[str, RecordType], word: str, *, importable: bool) -> RecordType:
    """The record type that a word means: the last part of its address, as companies, or its name."""
    offered = {rt.url.strip("/"): rt for rt in types.values() if rt.importable or not importable}
    found = offered.get(word) or next((rt for rt in offered.values() if rt.name == word), None)
    if found is None:
        raise click.ClickException(f"There are no {word!r} here. There are: {', '.join(sorted(offered))}")
    return found


def _actor(login: str | None) -> Actor:
    """The user in whose name it is done: the one named, else the first superadmin."""
    stmt = select(User.id).where(User.disabled.is_(False)).order_by(User.id).limit(1)
    stmt = stmt.where(User.login_key == login.casefold()) if login else stmt.where(User.superadmin)
    user_id = db.session.scalar(stmt)
    actor = actor_of(user_id) if user_id is not None else None
    if actor is None:
        raise click.ClickException(
            f"There is no user {login!r} who may sign in." if login else "There is no superadmin: cartera init makes one."
        )
    return actor


def say(problem: Problem) -> None:
    """A problem as a line; remarks are marked."""
    click.echo(problem.line() if problem.bad else f"{problem.line()} (only a remark)", err=problem.bad)


def _summary(checked: Checked, *, dry: bool, written: bool) -> str:
    verbs = ("would be created", "would be changed", "would be skipped") if dry or not written else ("created", "changed", "skipped")
    counts = (checked.created, checked.changed, checked.skipped)
    return ", ".join(f"{n} {verb}" for n, verb in zip(counts, verbs, strict=True)) + f", {checked.bad} with problems"


def run_import(rt: RecordType, actor: Actor, path: Path, options: Options, *, dry_run: bool, progress: Any = None) -> int:
    """Check a file and, unless it is a dry run, import it. Says what it finds; gives the exit code: 1 when there are problems."""
    try:
        checked = check(rt, actor, path, options, progress=progress)
    except Forbidden:
        raise click.ClickException(f"{actor.login} may not create {rt.labels}.") from None
    with checked:
        _say_shape(checked, path)
        written = checked.may_write and not dry_run and _written(checked)
        for problem in sorted(checked.problems, key=lambda p: (p.row, p.position)):
            say(problem)
        bad = any(p.bad for p in checked.problems)
        if bad and not written and not dry_run:
            hint = "" if checked.blocked else " Mend the rows, or import the others with --good-rows."
            click.echo(f"Nothing was imported.{hint}", err=True)
        else:
            click.echo(_summary(checked, dry=dry_run, written=written))
    return 1 if bad else 0


def _say_shape(checked: Checked, path: Path) -> None:
    if checked.shape is None:
        return
    words = f"{encoding_name(checked.shape.encoding)}, {DELIMITER_WORDS[checked.shape.delimiter][0]} between cells"
    orders = {order: str(word) for order, word in DAY_ORDERS.items()}
    words += f", dates as {orders[checked.scan.day_order]}" if checked.scan.day_order else ""
    words += f", decimal sign {checked.scan.decimal!r}" if checked.scan.decimal else ""
    click.echo(f"{path.name}: {words}; {checked.scan.rows} rows")


def _written(checked: Checked) -> bool:
    try:
        with unit_of_work(checked.actor.user_id):
            write(checked)
    except Refused as refused:
        checked.refuse(refused.row, refused.kind, refused.message, name=refused.name)
        return False
    return True


def file_commands(make_app: MakeApp) -> tuple[click.Command, click.Command]:
    """The commands `import` and `export`, for core/cli. `make_app` makes the app of the installation."""

    @click.command("import")
    @click.argument("type_", metavar="TYPE")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--dry-run", is_flag=True, help="Only say what would be done.")
    @click.option("--as", "login", metavar="LOGIN", help="In whose name, with whose rights (default: the first superadmin).")
    @click.option(
        "--duplicates", type=click.Choice(list(DUPLICATES)), default="skip", show_default=True, help="Rows that are there already."
    )
    @click.option("--good-rows", is_flag=True, help="Import the good rows even if others have problems.")
    @click.option("--match", default="", metavar="FIELD", help="What tells a row's record: id, fiscal_id, email or name.")
    @click.option("--dates", "day_order", type=click.Choice(list(DAY_ORDERS)), help="The order of days, where the file does not tell.")
    @click.option("--decimal", type=click.Choice([".", ","]), help="The decimal sign, where the file does not tell.")
    @click.option("--encoding", default="", help="Where it is found out wrongly.")
    @click.option("--confirm", type=click.Choice(["sight"]), help="That people lose sight of records by the changes is accepted.")
    def import_(
        type_: str, file: Path, dry_run: bool, login: str | None, duplicates: str, good_rows: bool, match: str, day_order: str | None,
        decimal: str | None, encoding: str, confirm: str | None,
    ) -> None:  # fmt: skip
        """Import a CSV file into the list at the address /TYPE/.

        All rows or none, unless --good-rows. Problems are named by row (the header is row 1) and column; with any, the exit code is 1.
        """
        with _installation(make_app) as cartera:
            rt = _type(cartera.record_types, type_, importable=True)
            known = {*choices(rt), "name"} - {""}
            if match and match not in known:
                raise click.BadParameter(f"{rt.labels} are told by {', '.join(sorted(known))}", param_hint="--match")
            options = Options(
                duplicates=duplicates, good_rows=good_rows, match=match, day_order=day_order or "", decimal=decimal or "",
                encoding=encoding, confirmed=confirm == "sight",
            )  # fmt: skip
            sys.exit(run_import(rt, _actor(login), file, options, dry_run=dry_run, progress=_bar()))

    @click.command("export")
    @click.argument("type_", metavar="TYPE")
    @click.option("--layout", type=click.Choice(["manual", "full"]), default="manual", show_default=True)
    @click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write (default: the output).")
    @click.option("--as", "login", metavar="LOGIN", help="Whose view (default: the first superadmin's).")
    def export(type_: str, layout: str, output: Path | None, login: str | None) -> None:
        """Write the records of the list at the address /TYPE/ as CSV."""
        with _installation(make_app) as cartera:
            rt, actor = _type(cartera.record_types, type_, importable=False), _actor(login)
            try:
                pieces = export_rows(rt, actor, {}, Reading(actor=actor, source="csv"), layout=layout, whole=True)
                with output.open("wb") if output else nullcontext(sys.stdout.buffer) as out:
                    for piece in pieces:
                        out.write(piece)
            except (Invalid, OSError) as wrong:
                raise click.ClickException(str(wrong)) from None

    return import_, export


def _bar() -> Any:
    """Progress on a terminal; nothing where the output goes into a file."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        click.echo(f"\r{done:,} of {total:,} rows checked", nl=done >= total, err=True)

    return show


__all__ = ["file_commands", "run_import", "say"]
