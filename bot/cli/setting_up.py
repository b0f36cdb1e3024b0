"""`bamboo init`: from nothing to a settings file that works."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import ConfigPath, typed
from bot.errors import BambooError

if TYPE_CHECKING:
    from bot.cli.asking import Asker


def init(
    config: ConfigPath = None,
    *,
    token: Annotated[
        str | None,
        typer.Option(help="The bot's token.", envvar="BAMBOO_DISCORD__TOKEN", show_envvar=True),
    ] = None,
    guild_id: Annotated[list[int] | None, typer.Option(help="A server to sell in; once for each.")] = None,
    store_id: Annotated[
        str | None, typer.Option(help="The store's id, shp_….", envvar="BAMBOO_PANDABASE__STORE_ID")
    ] = None,
    payments: Annotated[
        str | None, typer.Option(help="How payments are learned of: lists, webhook or none.")
    ] = None,
    api_token: Annotated[
        str | None, typer.Option(help="The store's token, sk_….", envvar="BAMBOO_PANDABASE__API_TOKEN")
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(help="The https address of this machine, for webhooks.")
    ] = None,
    webhook_secret: Annotated[
        str | None,
        typer.Option(help="Of a webhook that is there already.", envvar="BAMBOO_WEB__WEBHOOK_SECRET"),
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Ask nothing: write every setting with its explanation.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a settings file; the old one is kept as ….old.")
    ] = False,
) -> None:
    """Set Bamboo up: asks for what it needs, tries each answer, and writes config.toml.

    Give the answers as options where nobody can be asked; secrets better in the environment.
    """
    from bot.cli.asking import Asker
    from bot.cli.wizard import Given, Wizard
    from bot.config import DEFAULT_PATH, example_text
    from bot.config.writing import with_values

    path = config or DEFAULT_PATH
    asker = Asker(interactive=sys.stdin.isatty() and not example)
    _agree_to_replace(path, asker, overwrite=overwrite)
    if example:
        _write(path, example_text())
        asker.say(f"Wrote {path}. Fill it in; then:")
    else:
        given = Given(token, tuple(guild_id or ()), store_id, payments, api_token, public_url, webhook_secret)
        wizard = Wizard(asker, given, *_where_to_try())
        asker.say("Three questions, and Bamboo is ready. Ctrl-C ends this, and nothing is written.")
        wizard.ask_all()
        _write(path, with_values(example_text(), wizard.values))
        asker.title(f"Done: {path} is written, readable by you alone. Next, look once more, then start:")
    asker.say(f"  {typed('check', config=config)}")
    asker.say(f"  {typed('run', config=config)}")


def _where_to_try() -> tuple[str, str]:
    """Discord's and the store's addresses, which the environment may change as for every command."""
    from bot.config import DiscordSettings, PandabaseSettings
    from bot.config.loader import Environment

    environment = Environment(os.environ)()
    discord = environment.get("discord", {}).get("api_base_url")
    store = environment.get("pandabase", {}).get("base_url")
    return (
        discord or DiscordSettings.model_fields["api_base_url"].default,
        store or PandabaseSettings.model_fields["base_url"].default,
    )


def _agree_to_replace(path: Path, asker: "Asker", *, overwrite: bool) -> None:
    kept = path.with_name(f"{path.name}.old")
    question = f"{path} is there already. Replace it? The old one is kept as {kept.name}"
    if path.exists() and not overwrite and not asker.confirm(question):
        raise BambooError(f"{path} is there already; nothing was written (--overwrite replaces it)")


def _write(path: Path, text: str) -> None:
    """Put the file there, readable by its owner alone; one that is there already is kept beside it."""
    from bot.config.writing import write_private

    try:
        write_private(path.with_name(f"{path.name}.new"), text)
        if path.exists():
            path.replace(path.with_name(f"{path.name}.old"))
        path.with_name(f"{path.name}.new").replace(path)
    except OSError as error:
        raise BambooError(f"{path} can't be written: {error.strerror}") from error
