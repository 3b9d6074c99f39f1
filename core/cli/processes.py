"""`cartera serve` and `worker`: the processes that stay."""

import sys
from typing import Any

import click

from .installation import app_for, prepare, refuse_without_tables


@click.command()
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
            refuse_without_tables(app)
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


@click.command()
def worker() -> None:
    """Do background and periodic work."""
    from core.jobs.worker import run_worker
    from core.memory import staying

    with staying():
        app = app_for()
    if app.extensions["cartera"].settings.jobs == "off":
        raise click.ClickException("CARTERA_JOBS is off, so nobody does background work. Leave it out for this process.")
    refuse_without_tables(app)
    run_worker(app)
