"""The command line. Heavy imports are inside the commands: `bamboo --help` answers at once."""

import sys
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from bot.cli.checking import check
from bot.cli.common import BAD_CONFIGURATION, FAILED, cli
from bot.cli.connecting import commands, webhook
from bot.cli.keeping import backup, export, recover, restore
from bot.cli.serving import demo, run
from bot.cli.setting_up import init
from bot.errors import BambooError, ConfigurationError

__all__ = ["cli", "main"]

for command in (init, check, run, demo, backup, restore, recover, export):
    cli.command()(command)
cli.add_typer(webhook, name="webhook")
cli.add_typer(commands, name="commands")


def main() -> None:
    """Run the command line; errors that Bamboo knows are one line each and no traceback."""
    try:
        cli()
    except ConfigurationError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        sys.exit(BAD_CONFIGURATION)
    except BambooError as error:
        typer.echo(str(error), err=True)
        sys.exit(FAILED)


def _show_version(wanted: bool) -> None:  # noqa: FBT001  # typer's callbacks get the value alone
    if wanted:
        typer.echo(f"Bamboo {installed_version('bamboo-shop')}, Python {sys.version.split()[0]}")
        raise typer.Exit


@cli.callback()
def bamboo(
    *,
    version: Annotated[  # its callback does it
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Bamboo sells from a Pandabase store in your Discord server."""
