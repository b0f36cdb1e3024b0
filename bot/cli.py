"""The command line. Heavy imports are inside the commands: `bamboo --help` answers at once."""

import asyncio
import shlex
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bot.errors import BambooError, ConfigurationError

if TYPE_CHECKING:
    from bot.config import Settings

BAD_CONFIGURATION: Final = 2
FAILED: Final = 1

cli = typer.Typer(
    help="Bamboo sells from a Pandabase store in your Discord server.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # it prints local variables, and with them secrets
)
ConfigPath = Annotated[
    Path | None,
    typer.Option("--config", help="The settings file.", show_default="config.toml", metavar="PATH"),
]


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


@cli.command()
def run(config: ConfigPath = None) -> None:
    """Serve your Discord server until Ctrl-C or SIGTERM."""
    settings = _settings(config)
    asyncio.run(_serve(settings))


@cli.command()
def check(config: ConfigPath = None) -> None:
    """See whether the settings, the database, the store and the bot's account are as they have to be."""
    from bot.config import load_settings

    settings = load_settings(config)
    if not asyncio.run(_check(settings)):
        raise typer.Exit(FAILED)


@cli.command()
def init(config: ConfigPath = None) -> None:
    """Write a settings file with every setting explained; never over one that is there."""
    from bot.config import DEFAULT_PATH, example_text

    path = config or DEFAULT_PATH
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(example_text())
    except FileExistsError:
        raise BambooError(f"{path} is there already; nothing was written") from None
    except OSError as error:
        raise BambooError(f"{path} can't be written: {error.strerror}") from error
    path.chmod(0o600)  # it will hold the bot's token
    given = () if config is None else ("--config", str(config))
    typer.echo(
        f"Wrote {path}. Fill in discord.token, pandabase.store_id and one way to hear of payments: "
        "web.webhook_secret (with web.enabled), or pandabase.api_token. Then check it, and run it:\n"
        f"  {_typed('check', *given)}\n"
        f"  {_typed('run', *given)}"
    )


@cli.command()
def demo(
    *,
    tour: Annotated[bool, typer.Option("--tour", help="Play a purchase in the terminal and exit.")] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the demo is served; 0: any free one.")
    ] = 8400,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Try it all on this machine: a simulated Discord and a simulated store, no token and no account."""
    try:
        from sandbox.demo.serve import serve_demo
        from sandbox.demo.tour import play_tour
    except ModuleNotFoundError as error:
        raise BambooError(
            f"The demo needs its extra ({error.name} is missing); in Bamboo's folder: pip install '.[demo]'"
        ) from error
    if tour:
        play_tour()
    else:
        serve_demo(port, open_browser=not no_browser)


def _typed(*arguments: str) -> str:
    """A command of this program, as whoever started it types it."""
    program = Path(sys.argv[0])
    if program.name == "__main__.py":
        started = [sys.orig_argv[0], "-m", "bot"]
    elif shutil.which(program.name) == str(program):  # a shell that found it gives its whole path
        started = [program.name]
    else:
        started = [str(program)]
    return shlex.join([*started, *arguments])


def _settings(path: Path | None) -> "Settings":
    from bot.config import load_settings
    from bot.logs import configure_logging

    settings = load_settings(path)
    configure_logging(settings.logging, settings.secrets)
    return settings


async def _check(settings: "Settings") -> bool:
    """Print every finding; whether all is well."""
    from rich.console import Console
    from rich.text import Text

    from bot.check import CheckStatus, check
    from bot.logs import configure_logging

    # What the log would warn of is what the findings say.
    quiet = settings.logging.model_copy(update={"level": "CRITICAL"})
    configure_logging(quiet, settings.secrets)
    console = Console(soft_wrap=True, highlight=False)
    colours = {CheckStatus.FINE: "green", CheckStatus.DOUBTFUL: "yellow", CheckStatus.WRONG: "red"}
    well = True
    async for finding in check(settings):
        well = well and finding.verdict is not CheckStatus.WRONG
        mark = (finding.verdict.value, colours[finding.verdict])
        console.print(Text.assemble(mark, f" {finding.about:<9} {finding.sentence}"))
    return well


async def _serve(settings: "Settings") -> None:
    from bot.app import serve
    from bot.web.connections import raise_descriptor_limit

    raise_descriptor_limit()
    serving = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for ending in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # on Windows, where asyncio itself cancels on Ctrl-C
            loop.add_signal_handler(ending, lambda: serving.cancel() if serving else None)
    # Asked to end: everything is closed in order, and the exit code is 0.
    with suppress(asyncio.CancelledError):
        await serve(settings)
