"""What `bamboo check` says with each thing broken in turn, and that it changes nothing."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.core_api import ALL_SCOPES, DEMO_TOKEN, Token
from tests.cli.owner import NOBODY_LISTENS, SECRET, TOKEN, Owner
from tests.wire.world import ATTACH_FILES, BOT_ROLE_POSITION, MANAGE_ROLES, SEND_MESSAGES

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


TABLE = [
    Broken(
        "a token that is none",
        settings(discord={"token": "abc"}),
        "Settings",
        "discord.token isn't a bot's token",
        "Reset Token",
    ),
    Broken(
        "an id in the token's place",
        settings(discord={"token": "123456789012345678"}),
        "Settings",
        "discord.token isn't a bot's token",
        "Reset Token",
    ),
    Broken(
        "a client secret in the token's place",
        settings(discord={"token": "not-a-token.of-a.bot"}),
        "Settings",
        "discord.token isn't a bot's token",
        "Reset Token",
    ),
    Broken(
        "a webhook's secret in the API token's place",
        settings(pandabase={"api_token": SECRET}),
        "Settings",
        "pandabase.api_token isn't a token's secret",
        "API Tokens",
    ),
    Broken(
        "half a webhook secret",
        settings(web={"webhook_secret": "whsec_abc"}),
        "Settings",
        "web.webhook_secret is too short",
        "Copy the whole secret",
    ),
    Broken(
        "a token that Discord refuses",
        settings(discord={"token": TOKEN}),
        "Discord",
        "discord.token: Discord doesn't take this token.",
        "Get a new one",
    ),
    Broken("Discord is down", discord_down, "Discord", "(it answered 503)", "discordstatus.com"),
    Broken(
        "no way to Discord",
        settings(discord={"api_base_url": f"{NOBODY_LISTENS}/api"}),
        "Discord",
        f"Discord can't be reached at {NOBODY_LISTENS}/api (nothing answers there).",
        "Look at this machine's network",
    ),
    Broken(
        "the members intent is off",
        intent_off,
        "Intents",
        "Bamboo doesn't hear who joins",
        "Privileged Gateway Intents → Server Members Intent",
        1,
    ),
    Broken(
        "in no server",
        no_server,
        "Discord",
        "Bamboo is in no server yet.",
        "scope=bot+applications.commands&permissions=268553216",
        1,
    ),
    Broken(
        "in several servers",
        second_server,
        "Discord",
        "Bamboo is in several servers and serves none of them: Grove",
        "discord.guild_ids",
    ),
    Broken(
        "not in the server",
        settings(discord={"guild_ids": [7]}),
        "Server",
        "Bamboo isn't in 7, which discord.guild_ids names.",
        "Invite it: https://discord.com/",
    ),
    Broken(
        "a permission is missing",
        lacking_permissions,
        "Rights",
        "In Grove, Bamboo lacks Manage Roles.",
        "Allow them for the role Bamboo",
    ),
    Broken(
        "a role above the bot's",
        role_too_high,
        "Roles",
        "In Grove, Bamboo can't give Guardian, which products earn",
        "Drag Bamboo above it",
    ),
    Broken(
        "a role was deleted",
        role_deleted,
        "Roles",
        "In Grove, the role that GroveGuard earns was deleted",
        "/store benefit remove",
    ),
    Broken(
        "the log channel is closed",
        mute_log,
        "Log",
        "Bamboo can't write notes to staff to #staff-log in Grove: it lacks Send Messages, ",
        "Edit Channel → Permissions",
    ),
    Broken(
        "the log channel isn't there",
        settings(staff={"log_channel_id": 4711}),
        "Log",
        "No server of Bamboo's has the channel 4711.",
        "staff.log_channel_id",
    ),
    Broken(
        "the sales log was deleted",
        sales_log_deleted,
        "Log",
        "The channel of the sales log in Grove was deleted",
        "/store saleslog",
        1,
    ),
    Broken(
        "global commands of another program",
        stale_global_command,
        "Commands",
        "Discord still shows global commands of another program: /casino.",
        "`bamboo commands sync`",
        1,
    ),
    Broken(
        "commands of an older version",
        commands_of_before,
        "Commands",
        "Discord doesn't show these as this version has them: ",
        "`bamboo commands sync`",
        1,
    ),
    Broken(
        "an unknown store",
        settings(pandabase={"store_id": "shp_unknown"}),
        "Store",
        "knows no store shp_unknown.",
        "Look at pandabase.store_id",
    ),
    Broken("the store is down", store_down, "Store", "it has trouble of its own.", "pandabase.base_url"),
    Broken("the store refuses", store_refuses, "Store", "HTTP 403", "pandabase.base_url"),
    Broken(
        "no way to the store",
        settings(pandabase={"base_url": f"{NOBODY_LISTENS}/v2"}),
        "Store",
        f"{NOBODY_LISTENS}/v2 can't be reached: nothing answers there.",
        "Look at this machine's network and at pandabase.base_url",
    ),
    Broken("an empty store", no_products, "Store", "has 0 products on sale.", "Publish a product", 1),
    Broken(
        "another currency",
        settings(pandabase={"currency": "EUR"}),
        "Currency",
        "Bamboo sells in EUR, and some products have another currency (7 in USD)",
        "pandabase.currency",
    ),
    Broken(
        "a clock that is a minute late",
        late_clock(60),
        "Clock",
        "seconds behind the store's",
        "timedatectl set-ntp true",
        1,
    ),
    Broken(
        "a clock that is ten minutes early",
        late_clock(-600),
        "Clock",
        "minutes ahead of the store's",
        "timedatectl set-ntp true",
    ),
    Broken(
        "an API token that was revoked",
        settings(pandabase={"api_token": "sk_revoked"}),
        "Token",
        "The store doesn't accept pandabase.api_token.",
        "Make a new one",
    ),
    Broken(
        "no scope for orders",
        without_scope("ORDERS_READ"),
        "Token",
        "lacks ORDERS_READ: payments and licence keys can't be read.",
        "Give it the scope",
    ),
    Broken(
        "no scope for subscriptions",
        without_scope("SUBSCRIPTIONS_READ"),
        "Token",
        "lacks SUBSCRIPTIONS_READ",
        "Give it the scope",
        1,
    ),
    Broken(
        "no scope for refunds",
        without_scope("REFUNDS_WRITE"),
        "Token",
        "lacks REFUNDS_WRITE",
        "Give it the scope",
        1,
    ),
    Broken(
        "nothing tells of payments",
        nothing_of_payments,
        "Payments",
        "Nothing tells Bamboo about payments: members could pay and get nothing.",
        "Set pandabase.api_token to a token with ORDERS_READ",
    ),
    Broken(
        "half a webhook",
        settings(pandabase={"api_token": ""}, web={"webhook_secret": SECRET}),
        "Payments",
        "Nothing tells Bamboo about payments",
        "no webhook is received: set web.enabled = true",
    ),
    Broken(
        "a webhook without a secret",
        settings(web={"enabled": True, "public_url": NOBODY_LISTENS}),
        "Webhook",
        "Webhooks are refused until web.webhook_secret is set.",
        f"Run `bamboo webhook register`. Enter in Pandabase: {ADDRESS}.",
        1,
    ),
    Broken(
        "a webhook that nobody registered",
        no_webhook,
        "Webhook",
        f"The store sends no webhooks to {ADDRESS}.",
        "Run `bamboo webhook register`.",
    ),
    Broken(
        "a webhook to another address",
        lambda owner: (owner.registers_webhook("http://127.0.0.1:2/webhooks/pandabase"), no_webhook(owner))[
            1
        ],
        "Webhook",
        f"The store sends no webhooks to {ADDRESS}.",
        "Run `bamboo webhook register`.",
    ),
    Broken(
        "a webhook that is switched off",
        registered(is_enabled=False),
        "Webhook",
        "is switched off.",
        "Run `bamboo webhook register`.",
    ),
    Broken(
        "a webhook that leaves out refunds",
        registered(leaves_out="PAYMENT_REFUNDED"),
        "Webhook",
        "leaves out 1 event: PAYMENT_REFUNDED.",
        "Run `bamboo webhook register`.",
        1,
    ),
    Broken(
        "a webhook with the old signature",
        registered(version="V1"),
        "Webhook",
        "is signed in the old way (V1).",
        "Run `bamboo webhook register`.",
        1,
    ),
    Broken(
        "a public address that leads nowhere",
        registered(),
        "Address",
        f"{NOBODY_LISTENS} doesn't lead to Bamboo: nothing answers there.",
        "look at the proxy and at web.port",
        1,
    ),
    Broken(
        "a database that is none",
        lambda owner: owner.database.write_bytes(b"a diary, and no database\n" * 100) and None,
        "Database",
        "bamboo.db: the database is damaged.",
        "restore a backup",
    ),
    Broken(
        "a database of a newer version",
        newer_database,
        "Database",
        "a newer Bamboo has written this database",
        "Update Bamboo",
    ),
    Broken(
        "no folder for the database",
        settings(storage={"url": "sqlite:///nowhere/bamboo.db"}),
        "Database",
        "nowhere/bamboo.db: the folder nowhere doesn't exist.",
        "storage.url",
    ),
]


@pytest.mark.parametrize("broken", TABLE, ids=[each.what for each in TABLE])
async def test_what_is_broken_is_said_with_its_mend(owner: Owner, broken: Broken) -> None:
    owner.writes_settings()
    broken.breaks(owner)
    ended = await owner.checks()
    assert broken.about in ended.findings, ended.everything
    finding = ended.findings[broken.about]
    assert broken.said in finding, ended.everything
    assert broken.mend in finding.partition("→")[2], ended.everything
    mark = {1: "!", 2: "✗"}[broken.code]
    [line] = [line for line in finding.splitlines() if broken.said in line]
    assert line.startswith(mark)
    assert ended.code == broken.code, ended.everything
    assert ended.errors == ""
    for secret in (TOKEN, SECRET, owner.discord.token, DEMO_TOKEN.secret, "sk_less", "Unauthorized"):
        assert secret not in ended.everything


async def test_all_in_order_is_said_line_by_line_and_changes_nothing(owner: Owner) -> None:
    owner.writes_settings()
    ended = await owner.runs("check")
    assert ended.code == 0, ended.everything
    assert ended.findings == {
        "Settings": "✓ Every value has the right form.",
        "Database": "✓ bamboo.db is new: it is made at the first start.",
        "Store": "✓ Bamboo Grove, a TEST store has 7 products on sale.",
        "Clock": "✓ This machine's clock agrees with the store's.",
        "Token": "✓ pandabase.api_token has ORDERS_READ, SUBSCRIPTIONS_READ and REFUNDS_WRITE.",
        "Payments": "✓ Bamboo learns of payments from the store's lists.",
        "Discord": f"✓ Bamboo is in Grove ({owner.guild.id}).",
        "Intents": "✓ Bamboo hears who joins.",
        "Rights": "✓ In Grove, Bamboo has every permission it needs.",
        "Commands": "✓ Discord will show them once Bamboo runs.",
    }
    assert ended.errors == ""
    assert [each.name for each in owner.folder.iterdir()] == ["config.toml"]
    assert owner.discord.gateway.identified == 0
    assert {each.method for each in owner.discord.requests} == {"GET"}
    # The refund that tries the scope is of an order that there isn't.
    [tried] = [each for each in owner.sandbox.requests if each.method != "GET"]
    assert (tried.path.endswith("/refunds/orders/ord_that-there-is-not"), tried.status) == (True, 404)


async def test_roles_and_logs_in_order_are_said_too(owner: Owner) -> None:
    owner.earns_role(owner.discord.role(owner.guild, "Guardian").id)
    log = owner.discord.channel(owner.guild, "staff-log")
    owner.writes_settings(staff={"log_channel_id": log.id})
    owner.changes_database(
        "INSERT INTO guild_settings (guild_id, sales_log_channel_id) VALUES (?, ?)", owner.guild.id, log.id
    )
    ended = await owner.checks()
    assert ended.findings["Roles"] == "✓ In Grove, Bamboo can give every role that products earn."
    assert ended.findings["Log"] == "✓ Bamboo writes notes to staff to #staff-log in Grove."
    assert BOT_ROLE_POSITION > 1  # or the role above would prove nothing


async def test_a_webhook_without_a_token_is_entered_by_hand(owner: Owner) -> None:
    owner.writes_settings(pandabase={"api_token": ""}, web=WEB)
    ended = await owner.checks()
    assert ended.findings["Webhook"].startswith(f"✓ Enter in Pandabase: {ADDRESS}.")
    assert ended.findings["Payments"] == "✓ Bamboo learns of payments from webhooks."


async def test_nothing_that_can_be_reached_stops_the_check(owner: Owner) -> None:
    owner.writes_settings(
        discord={"api_base_url": f"{NOBODY_LISTENS}/api"},
        pandabase={"base_url": f"{NOBODY_LISTENS}/v2"},
        storage={"url": "sqlite:///nowhere/bamboo.db"},
    )
    ended = await owner.checks()
    assert ended.code == 2
    assert ended.errors == ""
    assert {about for about, said in ended.findings.items() if said.startswith("✗")} == {
        "Database",
        "Store",
        "Token",
        "Discord",
    }


async def test_the_findings_come_as_json_for_machines(owner: Owner) -> None:
    owner.writes_settings(pandabase={"api_token": ""})
    ended = await owner.runs("check", "--json")
    assert ended.code == 2
    told = json.loads(ended.output)
    assert told["status"] == "error"
    assert {
        "about": "payments",
        "status": "error",
        "sentence": "Nothing tells Bamboo about payments: members could pay and get nothing.",
    }.items() <= next(each for each in told["findings"] if each["status"] == "error").items()

    owner.writes_settings(limits={"open_links_per_member": 0})
    ended = await owner.runs("check", "--json")
    assert ended.code == 2
    told = json.loads(ended.output)
    assert told["findings"][0]["sentence"].startswith("limits.open_links_per_member: found 0; expected")


async def test_the_table_reads_a_real_database(owner: Owner) -> None:
    """What the helpers write is what the bot would read."""
    owner.earns_role(1)
    with closing(sqlite3.connect(owner.database)) as file:
        assert file.execute("SELECT count(*) FROM benefits").fetchone() == (1,)


async def test_a_running_bot_gets_the_stores_test_event_by_way_of_its_address(owner: Owner) -> None:
    async with owner.running_with_webhooks() as address:
        owner.registers_webhook(f"{address}/webhooks/pandabase", secret=SECRET)
        ended = await owner.runs("check")
        assert ended.findings["Address"] == f"✓ The store's test event arrived by way of {address}."
        assert ended.findings["Webhook"].startswith("✓ The store sends every event to")
        assert ended.findings["Commands"] == "✓ Discord shows the commands of this version."
        assert ended.code == 0, ended.everything


async def test_a_webhook_with_another_secret_is_found_out(owner: Owner) -> None:
    async with owner.running_with_webhooks() as address:
        owner.registers_webhook(f"{address}/webhooks/pandabase", secret="whk_secret_of-another-webhook")
        ended = await owner.checks()
        assert ended.findings["Address"].startswith("✗ The store's test event didn't arrive by way of")
        assert "bamboo webhook rotate" in ended.findings["Address"]
        assert ended.code == 2
