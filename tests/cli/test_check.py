"""What `bamboo check` says with each thing broken in turn, and that it changes nothing."""

import json

import pytest

from sandbox.core_api import ALL_SCOPES, DEMO_TOKEN, Token
from tests.cli.breaking import ADDRESS, WEB, Broken
from tests.cli.broken import TABLE
from tests.cli.owner import NOBODY_LISTENS, SECRET, TOKEN, Owner
from tests.wire.world import BOT_ROLE_POSITION

ROWS = [
    pytest.param(broken, id=broken.what, marks=[pytest.mark.sqlite] if broken.of_a_file else [])
    for broken in TABLE
]


@pytest.mark.parametrize("broken", ROWS)
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


@pytest.mark.usefixtures("on_a_server")
async def test_an_older_database_on_a_server_is_copied_by_the_server_s_own_tools(owner: Owner) -> None:
    owner.changes_database("UPDATE alembic_version SET version_num = '0001'")
    owner.writes_settings()
    ended = await owner.checks()
    assert ended.code == 1, ended.everything
    assert ended.findings["Database"].endswith(
        "was written by an older version; the next start brings it up to date. "
        "→ Keep a copy before that: make one with `pg_dump`."
    )


async def test_all_in_order_is_said_line_by_line_and_changes_nothing(owner: Owner) -> None:
    owner.writes_settings()
    ended = await owner.runs("check")
    assert ended.code == 0, ended.everything
    assert ended.findings == {
        "Settings": "✓ Every value has the right form.",
        "Database": f"✓ {owner.database_said} is new: it is made at the first start.",
        "Store": "✓ Bamboo Grove, a TEST store has 7 products on sale.",
        "Clock": "✓ This machine's clock agrees with the store's.",
        "Token": "✓ pandabase.api_token has ORDERS_READ, SUBSCRIPTIONS_READ, REFUNDS_WRITE, LICENSES_READ, "
        "COUPONS_READ, COUPONS_WRITE and SUBSCRIPTIONS_WRITE.",
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
    # What tries the scopes is of what there isn't.
    tried = [each for each in owner.sandbox.requests if each.method != "GET"]
    assert [each.path.split("/core/stores/")[1].partition("/")[2] for each in tried] == [
        "refunds/orders/ord_of-nothing-at-all",
        "licenses/verify",
        "coupons/cpn_of-nothing-at-all",
        "subscriptions/sub_of-nothing-at-all/cancel",
    ]
    assert {each.status for each in tried} == {404}


async def test_what_is_off_without_a_scope_is_said_and_is_no_trouble(owner: Owner) -> None:
    optional = {"LICENSES_READ", "COUPONS_READ", "COUPONS_WRITE", "SUBSCRIPTIONS_WRITE"}
    owner.sandbox.add_token(Token("sk_less", scopes=ALL_SCOPES - optional))
    owner.writes_settings(pandabase={"api_token": "sk_less"})

    ended = await owner.runs("check")

    assert ended.code == 0, ended.everything
    assert "Off, as the token lacks their scopes: /claim by a license key" in ended.findings["Token"]
    for scope in optional:
        assert f"({scope})" in ended.findings["Token"]


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
    assert owner.counts("benefits") == 1


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
        owner.registers_webhook(f"{address}/webhooks/pandabase", secret="whsec_b2YtYW5vdGhlci13ZWJob29r")
        ended = await owner.checks()
        assert ended.findings["Address"].startswith("✗ The store's test event didn't arrive by way of")
        assert "bamboo webhook rotate" in ended.findings["Address"]
        assert ended.code == 2
