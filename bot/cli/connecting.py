"""`bamboo webhook …` and `bamboo commands …`: what the store and Discord are told of this bot."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import ConfigPath, settings_of, typed
from bot.errors import BambooError

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import TypeVar

    from bot.config import Settings
    from bot.pandabase.webhook_endpoints import WebhookEndpoint, WebhookEndpoints

    T = TypeVar("T")

webhook = typer.Typer(no_args_is_help=True, help="Have the store send webhooks here.")
commands = typer.Typer(no_args_is_help=True, help="Bamboo's commands in Discord.")


@webhook.command()
def register(config: ConfigPath = None) -> None:
    """Have the store send webhooks to web.public_url, and write the secret into the settings."""
    settings = settings_of(config)
    address = _address(settings)
    done = _asked(settings, _register(settings, address))
    if done is None:
        typer.echo(f"The store sends every event to {address} already.")
        return
    _keep_secrets(config, [done])
    typer.echo(f"The store sends webhooks to {address}. Start Bamboo again to take them, then try it:")
    typer.echo(f"  {typed('webhook', 'test', config=config)}")


@webhook.command("test")
def try_webhook(config: ConfigPath = None) -> None:
    """Have the store send a test event, and see it arrive. Bamboo has to be running."""
    from bot.checks.webhooks import trouble_at, try_out

    settings = settings_of(config)
    address = _address(settings)
    trouble = asyncio.run(trouble_at(settings.web.public_url or ""))
    if trouble:
        raise BambooError(
            f"{settings.web.public_url} doesn't lead to Bamboo: {trouble}. "
            "Is Bamboo running, and does the proxy lead to web.port?"
        )
    found = _asked(settings, _registered(settings, address))
    if not found:
        raise BambooError(f"The store sends no webhooks to {address}; run `bamboo webhook register`")
    arrived = asyncio.run(try_out(settings, found[0]))
    if arrived is None:
        raise BambooError("The store didn't send a test event; give the token WEBHOOKS_WRITE")
    if not arrived:
        raise BambooError(
            "The store's test event didn't arrive. Bamboo's log says why: most likely web.webhook_secret "
            "isn't this webhook's. Run `bamboo webhook rotate`, and start Bamboo again"
        )
    typer.echo(f"The store's test event arrived by way of {settings.web.public_url}.")


@webhook.command()
def rotate(
    config: ConfigPath = None,
    *,
    finish: Annotated[
        bool, typer.Option("--finish", help="Remove the old webhook and its secret; after the restart.")
    ] = False,
) -> None:
    """Change the webhook's secret without missing an event: rotate, start Bamboo again, rotate --finish."""
    from bot.cli.wizard import register as create

    settings = settings_of(config)
    address = _address(settings)
    secrets = [secret.get_secret_value() for secret in settings.web.webhook_secret]
    if finish:
        removed = _asked(settings, _remove_all_but_newest(settings, address))
        _keep_secrets(config, secrets[:1])
        typer.echo(f"Removed {removed} old webhook(s) and their secrets. Start Bamboo again.")
        return
    new = _asked(settings, create(settings))
    _keep_secrets(config, [new, *secrets[:1]])
    typer.echo("The store sends each event with the new secret too. Start Bamboo again, then finish:")
    typer.echo(f"  {typed('webhook', 'rotate', '--finish', config=config)}")


@commands.command()
def sync(config: ConfigPath = None) -> None:
    """Have Discord show this version's commands in your servers, and no old ones. A start does it too."""
    for line in asyncio.run(_settle(settings_of(config), shown=True)):
        typer.echo(line)


@commands.command()
def clear(config: ConfigPath = None) -> None:
    """Take Bamboo's commands out of Discord, for example before it moves to another application."""
    for line in asyncio.run(_settle(settings_of(config), shown=False)):
        typer.echo(line)


# --- the store ------------------------------------------------------------------------------------------


def _address(settings: "Settings") -> str:
    from bot.checks.webhooks import address_of

    address = address_of(settings)
    if address is None or not settings.web.enabled:
        raise BambooError("Webhooks aren't set up; set web.enabled = true and web.public_url first")
    if settings.pandabase.api_token is None:
        raise BambooError(
            "The store can't be asked without pandabase.api_token; set it to a token with WEBHOOKS_READ and "
            "WEBHOOKS_WRITE, or make the webhook in the Pandabase dashboard"
        )
    return address


def _asked(settings: "Settings", asking: "Coroutine[None, None, T]") -> "T":
    """What the store answers; what it refuses is a sentence."""
    from bot.checks.store import in_the_owners_words
    from bot.errors import PandabaseError, Unauthorized

    try:
        return asyncio.run(asking)
    except Unauthorized as error:
        raise BambooError(
            "pandabase.api_token may not do this; give it WEBHOOKS_READ and WEBHOOKS_WRITE: "
            "Pandabase dashboard → Settings → Developers → API Tokens"
        ) from error
    except PandabaseError as error:
        raise BambooError(in_the_owners_words(error, settings)) from error


async def _registered(settings: "Settings", address: str) -> "list[WebhookEndpoint]":
    """The webhooks to this address, newest first."""
    from bot.checks.webhooks import endpoints

    async with endpoints(settings) as store:
        return await _to(store, address)


async def _to(store: "WebhookEndpoints | None", address: str) -> "list[WebhookEndpoint]":
    assert store is not None  # noqa: S101  # there is a token
    found = [each for each in await store.all() if each.url == address]
    return sorted(found, key=lambda each: each.created_at, reverse=True)


async def _register(settings: "Settings", address: str) -> str | None:
    """The new webhook's secret; None where one was there, and was put right where need be."""
    from bot.checks.webhooks import endpoints
    from bot.cli.wizard import register as create

    async with endpoints(settings) as store:
        found = await _to(store, address)
        assert store is not None  # noqa: S101  # there is a token
        if found and settings.web.webhook_secret:
            await store.mend(found[0].id)
            return None
        for each in found:  # nobody has its secret
            await store.delete(each.id)
    return await create(settings)


async def _remove_all_but_newest(settings: "Settings", address: str) -> int:
    from bot.checks.webhooks import endpoints

    async with endpoints(settings) as store:
        found = await _to(store, address)
        assert store is not None  # noqa: S101  # there is a token
        for old in found[1:]:
            await store.delete(old.id)
    return len(found[1:])


def _keep_secrets(config: Path | None, secrets: list[str]) -> None:
    """Write them into the settings file; where that fails the new one is shown: it's said once."""
    from bot.config import DEFAULT_PATH
    from bot.config.writing import change_file

    try:
        change_file(
            config or DEFAULT_PATH,
            {"web.webhook_secret": secrets[0] if len(secrets) == 1 else tuple(secrets)},
        )
    except BambooError:
        typer.echo("The new secret, which is shown only now; put it into web.webhook_secret:")
        typer.echo(f"  {secrets[0]}")
        raise


# --- Discord --------------------------------------------------------------------------------------------


async def _settle(settings: "Settings", *, shown: bool) -> list[str]:
    from bot.discord.command_sync import EVERYWHERE
    from bot.discord.login import sentences_for_the_owner
    from bot.wiring.offering import signed_in

    lines = []
    async with signed_in(settings) as bot:
        with sentences_for_the_owner(settings.discord.api_base_url):
            servers = {guild.id: guild.name async for guild in bot.fetch_guilds(with_counts=False)}
            chosen = settings.discord.guild_ids or (tuple(servers) if len(servers) == 1 else ())
            await bot.command_sync.settle(EVERYWHERE, shown=False)
            for place, name in servers.items():
                serves = place in chosen
                if not serves and not settings.discord.guild_ids:
                    continue  # nobody has said yet which servers are served
                await bot.command_sync.settle(place, shown=shown and serves)
                what = "shows Bamboo's commands" if shown and serves else "shows none of Bamboo's commands"
                lines.append(f"{name} ({place}) {what}.")
    return lines or ["No server was changed: discord.guild_ids says which ones Bamboo serves."]
