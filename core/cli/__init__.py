"""`cartera …`: the product from the command line. Commands of plugins are added to these. Every error says what to do."""

import os
from typing import Any

import click

from .database import demo, doctor, init, upgrade
from .installation import INIT, app_for, prepare
from .people import user
from .processes import serve, worker


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
    """Cartera, a CRM made of plugins: its installation, its people, its processes."""
    if data:
        os.environ["CARTERA_DATA"] = data


for command in (demo, doctor, init, serve, upgrade, user, worker):
    main.add_command(command)

__all__ = ["app_for", "main", "prepare"]
