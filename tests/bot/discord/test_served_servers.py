"""Only the shop's own servers are served, and only there anybody sees its commands."""

from typing import Any

import pytest
import simcord

from tests.harness.invoicing import draft, staff_member, told
from tests.harness.shop import Shop, text_of

pytestmark = pytest.mark.kept_shop


OTHER_SERVER = 1987654321098765432
COMMANDS = ("buy", "purchases", "shop")


def servers_with_commands(shop: Shop) -> set[int]:
    """Where the bot has shown its commands so far."""
    return {
        int(request.path.split("/")[4])
        for request in shop.env.http_requests
        if request.method == "PUT" and request.path.endswith("/commands") and request.json
    }


async def newcomer_of(shop: Shop, guild: simcord.GuildHandle) -> tuple[simcord.MemberActor, Any]:
    channel = guild.create_text_channel("general")
    member = guild.add_member(shop.env.create_user("newcomer"))
    await shop.env.settle()
    return member, channel


@pytest.mark.own_shop
async def test_the_one_server_that_the_bot_is_in_is_served_without_being_named(shop: Shop) -> None:
    assert set(COMMANDS) <= set(shop.alice.available_commands(shop.channel))
    assert servers_with_commands(shop) == {shop.guild.id}


async def test_commands_are_not_offered_in_direct_messages(shop: Shop) -> None:
    await shop.buy("grove-guard")

    assert shop.alice.user.available_commands() == ()


@pytest.mark.settings(discord={"guild_ids": [OTHER_SERVER]})
async def test_a_server_that_isnt_named_gets_no_commands(shop: Shop) -> None:
    assert shop.alice.available_commands(shop.channel) == ()
    assert servers_with_commands(shop) == set()


@pytest.mark.settings(discord={"guild_ids": [OTHER_SERVER]})
async def test_a_server_that_is_named_gets_them_when_the_bot_joins_it(shop: Shop) -> None:
    named = shop.env.create_guild("Named", id=OTHER_SERVER)

    member, channel = await newcomer_of(shop, named)

    assert set(COMMANDS) <= set(member.available_commands(channel))
    assert servers_with_commands(shop) == {OTHER_SERVER}


@pytest.mark.own_shop
async def test_who_still_sees_a_command_where_nothing_is_sold_any_more_is_told_so(shop: Shop) -> None:
    """A client keeps showing them for a while, and Discord if it doesn't take their removal."""
    shop.env.inject_error("PUT", "*/commands", status=503, times=None)
    await shop.restart(discord={"guild_ids": [OTHER_SERVER]})

    result = await shop.buy("grove-guard")

    assert result.response.ephemeral
    assert text_of(result.response) == "This shop isn't open in this server."
    assert shop.bodies == []
    assert shop.rows("SELECT * FROM sales") == []


@pytest.mark.own_shop
async def test_buttons_from_before_do_nothing_there_any_more(shop: Shop) -> None:
    await shop.buy("grove-guard")
    listed = await shop.alice.slash(shop.channel, "purchases")
    await shop.restart(discord={"guild_ids": [OTHER_SERVER]})

    result = await shop.alice.click(listed.response, label="Show payment link")

    assert told(result) == "⚠️ This shop isn't open in this server."


@pytest.mark.own_shop
async def test_direct_messages_of_a_server_from_before_sell_nothing_any_more(shop: Shop) -> None:
    await shop.buy("grove-guard")
    await shop.pass_time(hours=6, minutes=1)
    [expired] = shop.dms(shop.alice)
    await shop.restart(discord={"guild_ids": [OTHER_SERVER]})

    result = await shop.alice.user.click(expired.message, label="Get a new link")

    assert "This shop isn't open in this server." in told(result)
    assert len(shop.bodies) == 1


@pytest.mark.own_shop
async def test_staffs_buttons_from_before_do_nothing_there_any_more(shop: Shop) -> None:
    boss = staff_member(shop, "boss")
    shown = await draft(shop, boss)
    await shop.restart(discord={"guild_ids": [OTHER_SERVER]})

    for label in ("Send", "Add item"):
        result = await boss.click(shown.response, label=label)
        assert "This shop isn't open in this server." in told(result)

    assert shop.bodies == []


@pytest.mark.own_shop
async def test_a_server_that_is_named_no_longer_loses_its_commands(shop: Shop) -> None:
    await shop.restart(discord={"guild_ids": [OTHER_SERVER]})

    assert shop.alice.available_commands(shop.channel) == ()


@pytest.mark.own_shop
async def test_nothing_is_suggested_there_either(shop: Shop) -> None:
    shop.env.inject_error("PUT", "*/commands", status=503, times=None)
    await shop.restart(discord={"guild_ids": [OTHER_SERVER]})

    assert await shop.alice.autocomplete(shop.channel, "buy", "product", "") == []


async def test_in_several_servers_none_is_served_until_the_owner_says_which(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.env.create_guild("Second")
    await shop.restart()

    result = await shop.buy("grove-guard")

    assert text_of(result.response) == "This shop isn't open in this server."
    assert shop.bodies == []
    *_, record = [record for record in caplog.records if "serves none" in record.getMessage()]
    assert record.levelname == "ERROR"
    assert "discord.guild_ids" in record.getMessage()
    assert f"Bamboo Grove ({shop.guild.id})" in record.getMessage()
    assert "Second (" in record.getMessage()


@pytest.mark.own_shop
async def test_joining_a_second_server_is_said_at_once(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    second = shop.env.create_guild("Second")

    _, _channel = await newcomer_of(shop, second)

    assert "serves none until discord.guild_ids says which" in caplog.text
    assert servers_with_commands(shop) == {shop.guild.id}
    result = await shop.buy("grove-guard")
    assert text_of(result.response) == "This shop isn't open in this server."


async def test_leaving_the_second_server_brings_the_first_one_back(shop: Shop) -> None:
    second = shop.env.create_guild("Second")
    await shop.restart()
    before = len(shop.env.http_requests)

    with shop.env.time_context():
        await shop.app.bot.get_guild(second.id).leave()
    await shop.env.settle()

    assert any(request.path.endswith("/commands") for request in shop.env.http_requests[before:])
    await shop.buy("grove-guard")
    assert len(shop.dms(shop.alice)) == 1


@pytest.mark.own_shop
async def test_with_servers_named_several_can_be_served_each_on_its_own(shop: Shop) -> None:
    second = shop.env.create_guild("Second")
    await shop.restart(discord={"guild_ids": [shop.guild.id, second.id]})
    bob, channel = await newcomer_of(shop, second)

    await shop.buy("grove-guard")
    await bob.slash(channel, "buy", product=shop.sandbox.product("grove-guard").id)

    assert [body["metadata"]["discord_guild_id"] for body in shop.bodies] == [
        str(shop.guild.id),
        str(second.id),
    ]


async def test_commands_that_discord_doesnt_take_are_in_the_log_and_tried_again_later(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.env.backend.commands.clear()
    shop.env.inject_error("PUT", f"*/guilds/{shop.guild.id}/commands", status=503, times=2)
    await shop.restart()
    assert "The commands can't be shown in Bamboo Grove" in caplog.text
    await shop.pass_time(minutes=1)
    assert not shop.alice.available_commands(shop.channel)

    await shop.pass_time(minutes=5)

    assert caplog.text.count("The commands can't be shown") == 1
    assert set(COMMANDS) <= set(shop.alice.available_commands(shop.channel))


async def test_a_connection_that_is_ready_after_the_end_began_starts_no_worker_again(shop: Shop) -> None:
    bot = shop.app.bot
    assert all(worker.is_running for worker in bot.workers)
    await bot.close()

    bot.dispatch("ready")
    await shop.env.settle()

    assert not any(worker.is_running for worker in bot.workers)
