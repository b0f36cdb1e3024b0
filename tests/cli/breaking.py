"""How each thing is broken that `bamboo check` finds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.core_api import ALL_SCOPES, Token
from tests.cli.owner import NOBODY_LISTENS, SECRET, Owner
from tests.wire.world import ATTACH_FILES, CREATE_PRIVATE_THREADS, MANAGE_ROLES, SEND_MESSAGES

WEB = {"enabled": True, "port": 0, "public_url": NOBODY_LISTENS, "webhook_secret": SECRET}
ADDRESS = f"{NOBODY_LISTENS}/webhooks/pandabase"


@dataclass(frozen=True)
class Broken:
    """One thing that is wrong: how it comes about, and what `bamboo check` says of it."""

    what: str
    breaks: Callable[[Owner], None]
    about: str
    said: str
    mend: str
    code: int = 2
    of_a_file: bool = False
    """There is nothing to it where the database is on a server."""


def settings(**sections: dict[str, Any]) -> Callable[[Owner], None]:
    return lambda owner: owner.writes_settings(**sections)


def without_scope(scope: str) -> Callable[[Owner], None]:
    def breaks(owner: Owner) -> None:
        owner.sandbox.add_token(Token("sk_less", scopes=ALL_SCOPES - {scope}))
        owner.writes_settings(pandabase={"api_token": "sk_less"})

    return breaks


def no_products(owner: Owner) -> None:
    owner.sandbox.products.clear()


def lacking_permissions(owner: Owner) -> None:
    role = owner.guild.role_named("Bamboo")
    owner.discord.change_role(owner.guild, role, permissions=role.permissions & ~MANAGE_ROLES)


def lacking_threads(owner: Owner) -> None:
    role = owner.guild.role_named("Bamboo")
    owner.discord.change_role(owner.guild, role, permissions=role.permissions & ~CREATE_PRIVATE_THREADS)


def role_too_high(owner: Owner) -> None:
    owner.earns_role(owner.discord.role(owner.guild, "Guardian", above_bot=True).id)


def role_deleted(owner: Owner) -> None:
    owner.earns_role(4711)


def mute_log(owner: Owner) -> None:
    channel = owner.discord.channel(owner.guild, "staff-log")
    owner.discord.deny(channel, owner.guild, SEND_MESSAGES | ATTACH_FILES)
    owner.writes_settings(staff={"log_channel_id": channel.id})


def sales_log_deleted(owner: Owner) -> None:
    owner.changes_database(
        "INSERT INTO guild_settings (guild_id, sales_log_channel_id) VALUES (?, 4711)", owner.guild.id
    )


def foreign(name: str) -> dict[str, Any]:
    """A command of a program that ran under the same application before."""
    command = {"id": "77", "application_id": "0", "version": "78", "type": 1, "name": name}
    return command | {"description": "Of before", "default_member_permissions": None}


def stale_global_command(owner: Owner) -> None:
    owner.discord.world.commands[None] = [foreign("casino")]


def commands_of_before(owner: Owner) -> None:
    owner.changes_database("SELECT 1")  # it isn't its first start
    owner.discord.world.commands[owner.guild.id] = [foreign("casino")]


def newer_database(owner: Owner) -> None:
    owner.changes_database("UPDATE alembic_version SET version_num = '9999'")


def older_database(owner: Owner) -> None:
    owner.changes_database("UPDATE alembic_version SET version_num = '0001'")


def never_backed_up(owner: Owner) -> None:
    owner.changes_database("SELECT 1")  # it isn't its first start
    owner.writes_settings(backup={"every_hours": 24})


def little_room(megabytes: int) -> Callable[[Owner], None]:
    def breaks(owner: Owner) -> None:
        owner.free_bytes = megabytes * 1024 * 1024

    return breaks


def no_webhook(owner: Owner) -> None:
    owner.writes_settings(web=WEB)


def registered(**changes: Any) -> Callable[[Owner], None]:
    def breaks(owner: Owner) -> None:
        owner.registers_webhook(ADDRESS, **changes)
        owner.writes_settings(web=WEB)

    return breaks


def second_server(owner: Owner) -> None:
    owner.discord.guild("Meadow")


def intent_off(owner: Owner) -> None:
    owner.discord.world.members_intent = False


def late_clock(seconds: float) -> Callable[[Owner], None]:
    return lambda owner: owner.sandbox.set_clock_off_by(seconds)


def store_down(owner: Owner) -> None:
    owner.sandbox.fail_next(path="*/storefront/*", status=503, times=100)


def store_refuses(owner: Owner) -> None:
    owner.sandbox.fail_next(status=403)


def discord_down(owner: Owner) -> None:
    owner.discord.fail_next("GET", "/users/@me", 503)


def no_server(owner: Owner) -> None:
    owner.discord.world.guilds.clear()


def nothing_of_payments(owner: Owner) -> None:
    owner.writes_settings(pandabase={"api_token": ""})
