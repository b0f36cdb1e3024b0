from __future__ import annotations

from typing import Any

import pytest

from tests.wire.commands import RefusedByClientError

pytestmark = pytest.mark.specification


async def test_a_command_is_answered(discord_server, small_bot, alice, channel):
    ping = await discord_server.slash(alice, channel, "ping")
    message = await ping.answered()
    assert message.text == "pong alice"
    assert not ping.ephemeral
    assert ping.acknowledged_after < 3


async def test_a_purchase_defers_writes_a_dm_and_edits_the_answer(discord_server, small_bot, alice, channel):
    buy = await discord_server.slash(alice, channel, "buy", product="mug", quantity=2)
    answer = await buy.answered()
    assert (answer.text, buy.ephemeral, buy.response_type) == ("sent", True, 5)
    [dm] = discord_server.dms(alice)
    assert "2 x mug" in dm.text
    assert dm.links == {"Pay": "https://pay.example.com/cs_1"}
    assert discord_server.messages(channel) == []


async def test_an_old_button_works_after_a_kill_and_a_restart(
    discord_server, small_bot_process, alice, channel
):
    await (await discord_server.slash(alice, channel, "buy", product="mug")).answered()
    [dm] = discord_server.dms(alice)
    await small_bot_process.kill()
    assert small_bot_process.exit_code == -9
    await small_bot_process.start()
    click = await discord_server.click(alice, dm, label="Get a new link")
    assert (await click.answered()).text == "renewed 7"
    assert click.ephemeral


async def test_buttons_of_a_dm_work_in_the_dm(discord_server, small_bot, alice, channel):
    await (await discord_server.slash(alice, channel, "buy", product="mug")).answered()
    [dm] = discord_server.dms(alice)
    click = await discord_server.click(alice, dm, custom_id="renew:7")
    assert (await click.answered()).channel is discord_server.dm_channel(alice)


async def test_closed_dms_are_refused_with_discords_code(discord_server, small_bot, alice, channel):
    alice.dms_open = False
    buy = await discord_server.slash(alice, channel, "buy", product="mug")
    assert (await buy.answered()).text == "closed 50007"
    assert discord_server.dms(alice) == []


async def test_subcommands_take_members_and_numbers(discord_server, small_bot, guild, alice, channel):
    create = await discord_server.slash(guild.owner, channel, "invoice create", member=alice, amount=2.5)
    assert (await create.answered()).text == "alice owes 2.5"
    await discord_server.until(lambda: create.followups)
    [followup] = create.followups
    assert followup.attachments[0]["filename"] == "invoice.pdf"
    assert (
        discord_server.world.files[followup.attachments[0]["url"].removeprefix(discord_server.base_url)]
        == b"pdf"
    )


async def test_hidden_commands_are_out_of_reach_unless_asked_for(discord_server, small_bot, alice, channel):
    with pytest.raises(RefusedByClientError, match="hidden"):
        await discord_server.slash(alice, channel, "guarded")
    discord_server.enforce_command_permissions = False
    guarded = await discord_server.slash(alice, channel, "guarded")
    assert (await guarded.answered()).text == "reached"


async def test_what_the_client_refuses_never_reaches_the_bot(discord_server, small_bot, alice, channel):
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("nothing", {}, "no command"),
        ("buy", {}, "needs"),
        ("buy", {"product": "mug", "colour": "red"}, "has no"),
        ("buy", {"product": "mug", "quantity": 10}, "1 to 9"),
        ("buy", {"product": 3}, "takes"),
        ("invoice", {}, "subcommand"),
    ]
    for command, options, reason in cases:
        with pytest.raises(RefusedByClientError, match=reason):
            await discord_server.slash(alice, channel, command, **options)
    assert discord_server.interactions == {}


async def test_autocomplete_gives_choices(discord_server, small_bot, alice, channel):
    typed = await discord_server.autocomplete(
        alice, channel, "buy", focused="product", value="mu", quantity=2
    )
    assert await typed.choices() == [{"name": "mu key", "value": "mu-key"}]


async def test_a_modal_is_filled_in_and_sent(discord_server, small_bot, alice, channel):
    note = await discord_server.slash(alice, channel, "note")
    assert (await note.modal_opened())["title"] == "A note"
    with pytest.raises(RefusedByClientError, match="Words"):
        await discord_server.submit_modal(alice, note, {"Size": ["l"]})
    sent = await discord_server.submit_modal(alice, note, {"Words": "hello", "Size": ["l"]})
    assert (await sent.answered()).text == "noted hello l"


async def test_menus_update_their_message_in_place(discord_server, small_bot, alice, channel):
    message = await (await discord_server.slash(alice, channel, "colour")).answered()
    picked = await discord_server.select(alice, message, ["Red"], placeholder="Colour")
    assert await picked.answered() is message
    assert (message.text, message.versions, message.components) == ("picked r", ["which?"], [])


async def test_menus_of_people_carry_the_people(discord_server, small_bot, guild, alice, channel):
    message = await (await discord_server.slash(alice, channel, "colour")).answered()
    picked = await discord_server.select(alice, message, [guild.owner], placeholder="For whom")
    assert (await picked.answered()).text == "for owner"
    assert picked.response_type == 6


async def test_member_menus_work(discord_server, small_bot, guild, alice, channel):
    charge = await discord_server.menu(guild.owner, channel, "Charge", target=alice)
    assert (await charge.answered()).text == "charge alice"


async def test_nobody_else_uses_the_buttons_of_a_dm(discord_server, small_bot, guild, alice, channel):
    await (await discord_server.slash(alice, channel, "buy", product="mug")).answered()
    [dm] = discord_server.dms(alice)
    with pytest.raises(RefusedByClientError):
        await discord_server.click(guild.owner, dm, label="Get a new link")


async def test_roles_are_given_and_the_bot_hears_of_it(discord_server, small_bot, guild, alice, channel):
    role = discord_server.role(guild, "Customer")
    grant = await discord_server.slash(alice, channel, "grant", member=alice, role=role)
    assert (await grant.answered()).text == "alice has Customer"
    assert guild.members[alice.id].has(role)
    [request] = discord_server.requests_to("PUT", "/guilds/*/members/*/roles/*")
    assert request.reason == "bought it"


async def test_roles_above_the_bot_are_refused(discord_server, small_bot, guild, alice, channel):
    role = discord_server.role(guild, "Admin", above_bot=True)
    grant = await discord_server.slash(alice, channel, "grant", member=alice, role=role)
    assert (await grant.answered()).text == "refused 50013"
    assert not guild.members[alice.id].has(role)


async def test_a_member_who_joins_is_seen(discord_server, small_bot, guild):
    bob = discord_server.member("bob", guild)
    assert (await discord_server.dm(bob, "welcome")).author is discord_server.world.bot


async def test_a_member_who_left_gets_no_message(discord_server, small_bot, guild, alice, channel):
    buy = discord_server.hold("POST", "/interactions/*/*/callback", "after")
    bought = await discord_server.slash(alice, channel, "buy", product="mug")
    await buy.arrived()
    discord_server.leave(alice, guild)
    buy.release()
    assert (await bought.answered()).text == "closed 50278"


async def test_a_second_response_is_refused(discord_server, small_bot, alice, channel):
    twice = await discord_server.slash(alice, channel, "twice")
    assert (await twice.answered()).text == "refused 40060"


async def test_a_late_response_is_refused(discord_server, small_bot, alice, channel):
    discord_server.acknowledge_within = 0.2
    late = await discord_server.slash(alice, channel, "late", seconds=0.25)
    await discord_server.dm(alice, "refused 10062")
    assert late.failed
    assert [one["code"] for one in late.refusals] == [10062]


async def test_an_expired_token_edits_nothing(discord_server, small_bot, alice, channel):
    hold = discord_server.hold("POST", "/channels/*/messages", "after")
    buy = await discord_server.slash(alice, channel, "buy", product="mug")
    await hold.arrived()
    buy.expire()
    hold.release()
    await discord_server.until(lambda: buy.refusals)
    assert buy.refusals[0]["code"] == 50027
    assert buy.original.thinking


async def test_a_nonce_gives_the_earlier_message(discord_server, small_bot, alice, channel):
    nonce = await discord_server.slash(alice, channel, "nonce")
    assert (await nonce.answered()).text == "same: True"
    assert len(discord_server.dms(alice)) == 1


async def test_a_forgotten_nonce_gives_a_second_message(discord_server, small_bot, alice, channel):
    discord_server.nonce_lifetime = 0
    nonce = await discord_server.slash(alice, channel, "nonce")
    assert (await nonce.answered()).text == "same: False"
    assert len(discord_server.dms(alice)) == 2
