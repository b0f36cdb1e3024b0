"""What every command needs: the settings, how to speak to people, how a command is typed here."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from bot.config import Settings

FAILED: Final = 1
BAD_CONFIGURATION: Final = 2

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # it prints local variables, and with them secrets
)
ConfigPath = Annotated[
    Path | None,
    typer.Option("--config", help="The settings file.", show_default="config.toml", metavar="PATH"),
]


def typed(*arguments: str, config: Path | None = None) -> str:
    """A command of this program, as whoever started it types it here."""
    given = () if config is None else ("--config", str(config))
    program = Path(sys.argv[0])
    if program.name == "__main__.py":
        started = [sys.orig_argv[0], "-m", "bot"]
    elif shutil.which(program.name) == str(program):  # a shell that found it gives its whole path
        started = [program.name]
    else:
        started = [str(program)]
    return shlex.join([*started, *arguments, *given])


def settings_of(path: Path | None, *, quiet: bool = True) -> "Settings":
    """The settings, with logging set up; `quiet` keeps the log to itself, for commands that say it better.

    Raises ConfigurationError.
    """
    from bot.config import load_settings
    from bot.logs import configure_logging

    settings = load_settings(path)
    logging = settings.logging
    if quiet:
        logging = logging.model_copy(update={"level": "CRITICAL"})
    configure_logging(logging, settings.secrets)
    return settings


def console() -> "Console":
    from rich.console import Console

    return Console(soft_wrap=True, highlight=False)
