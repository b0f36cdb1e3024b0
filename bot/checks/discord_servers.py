"""The bot's account, its servers, and what it may do in them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.app import point_discord_at
from bot.checks.findings import Finding, Findings, failure, fine, listed, warning
from bot.config import Settings
from bot.discord.inspection import ServerState, look_at_server
from bot.discord.login import WHERE_INTENTS_ARE, Account, look_up_account, sentences_for_the_owner
from bot.errors import DatabaseError
from bot.storage.inspection import BENEFITS, SALES_LOGS, Row, rows

_WHERE_ROLES_ARE: Final = "Server Settings → Roles"


async def check_discord(settings: Settings) -> Findings:
    token, chosen = settings.discord.token.get_secret_value(), settings.discord.guild_ids
    point_discord_at(settings.discord.api_base_url)
    with sentences_for_the_owner(settings.discord.api_base_url):
        account = await look_up_account(token)
    yield _servers(account, chosen)
    for missing in sorted(set(chosen) - account.servers.keys()):
        yield failure(
            "Server",
            f"{account.name} isn't in {missing}, which discord.guild_ids names.",
            f"Invite it: {account.invitation}",
        )
    if account.has_members_intent:
        yield fine("Intents", "Bamboo hears who joins.")
    else:
        yield warning(
            "Intents",
            "Bamboo doesn't hear who joins: what waits for returning members comes up to an hour late.",
            f"Switch it on: {WHERE_INTENTS_ARE}.",
        )
    benefits, logs = await _known(settings, BENEFITS), await _known(settings, SALES_LOGS)
    found_log = False
    for guild_id in served(account, chosen):
        channels = _log_channels(settings, guild_id, logs)
        with sentences_for_the_owner(settings.discord.api_base_url):
            server = await look_at_server(token, guild_id, channels.keys())
        if server is None:
            continue  # it is no longer in there, and the next start will say so
        found_log = found_log or settings.staff.log_channel_id in server.channels
        earned = [row for row in benefits if row["guild_id"] == guild_id]
        for finding in (*_permissions(server), *_roles(server, earned), *_logs(server, channels)):
            yield finding
    if settings.staff.log_channel_id and not found_log and account.servers:
        yield failure(
            "Log",
            f"No server of Bamboo's has the channel {settings.staff.log_channel_id}.",
            "Copy the right id into staff.log_channel_id: right-click the channel → Copy Channel ID.",
        )


def served(account: Account, chosen: tuple[int, ...]) -> list[int]:
    """The servers in which the bot will sell."""
    if chosen:
        return [guild_id for guild_id in chosen if guild_id in account.servers]
    return list(account.servers) if len(account.servers) == 1 else []


def _servers(account: Account, chosen: tuple[int, ...]) -> Finding:
    names = ", ".join(f"{name} ({key})" for key, name in account.servers.items())
    if not account.servers:
        return warning("Discord", f"{account.name} is in no server yet.", f"Invite it: {account.invitation}")
    if not chosen and len(account.servers) > 1:
        return failure(
            "Discord",
            f"{account.name} is in several servers and serves none of them: {names}.",
            "Say which to serve: list their ids in discord.guild_ids.",
        )
    return fine("Discord", f"{account.name} is in {names}.")


def _permissions(server: ServerState) -> Iterator[Finding]:
    if server.lacks:
        yield failure(
            "Rights",
            f"In {server.name}, Bamboo lacks {listed(list(server.lacks))}.",
            f"Allow them for the role {server.bot_role}: {_WHERE_ROLES_ARE}.",
        )
    else:
        yield fine("Rights", f"In {server.name}, Bamboo has every permission it needs.")
    if server.lacks_for_help:
        yield warning(
            "Threads",
            f"In {server.name}, Bamboo lacks {listed(list(server.lacks_for_help))}: members who need help "
            "with a purchase get no private thread, and staff have a note instead.",
            f"Allow them for the role {server.bot_role}: {_WHERE_ROLES_ARE}.",
        )


def _roles(server: ServerState, earned: list[Row]) -> Iterator[Finding]:
    """Whether each role that a product earns can be given."""
    gone: dict[str, None] = {}
    above: dict[str, None] = {}
    for row in earned:
        role = server.roles.get(row["role_id"])
        if role is None:
            gone[row["title"]] = None
        elif not role.is_manageable:
            above[role.name] = None
    if gone:
        yield failure(
            "Roles",
            f"In {server.name}, the role that {listed(list(gone))} earns was deleted: it can't be sold.",
            "Remove it with /store benefit remove, and add another role.",
        )
    if above:
        yield failure(
            "Roles",
            f"In {server.name}, Bamboo can't give {listed(list(above))}, which products earn: "
            "they can't be sold.",
            f"Drag {server.bot_role} above it: {_WHERE_ROLES_ARE}.",
        )
    if earned and not gone and not above:
        yield fine("Roles", f"In {server.name}, Bamboo can give every role that products earn.")


def _log_channels(settings: Settings, guild_id: int, logs: list[Row]) -> dict[int, str]:
    """Where notes and sales are written, by the channel's id, with what is written there."""
    channels = {row["sales_log_channel_id"]: "the sales log" for row in logs if row["guild_id"] == guild_id}
    if settings.staff.log_channel_id:
        channels[settings.staff.log_channel_id] = "notes to staff"
    return channels


def _logs(server: ServerState, channels: Mapping[int, Any]) -> Iterator[Finding]:
    for channel_id, what in channels.items():
        if channel_id in server.channels:
            name, lacks = server.channels[channel_id]
            if lacks:
                yield failure(
                    "Log",
                    f"Bamboo can't write {what} to #{name} in {server.name}: it lacks {listed(list(lacks))}.",
                    "Allow it: Edit Channel → Permissions.",
                )
            else:
                yield fine("Log", f"Bamboo writes {what} to #{name} in {server.name}.")
        elif what == "the sales log":
            yield warning(
                "Log",
                f"The channel of the sales log in {server.name} was deleted: sales aren't shown anywhere.",
                "Choose another with /store saleslog.",
            )


async def _known(settings: Settings, statement: str) -> list[Row]:
    """What the database holds; nothing where it can't be read, which is said elsewhere."""
    try:
        return await rows(settings.storage.url, statement)
    except DatabaseError:
        return []
