from __future__ import annotations

import asyncio

import pytest

from tests.wire.changes import NotHappenedError
from tests.wire.conftest import SMALL_BOT
from tests.wire.discord_server import FakeDiscord
from tests.wire.process import BotProcess


async def test_a_lost_gateway_connection_is_resumed_with_what_was_missed(
    discord_server, small_bot, alice, channel
):
    await discord_server.gateway.disconnect()
    ping = await discord_server.slash(alice, channel, "ping")
    assert (await ping.answered()).text == "pong alice"
    assert discord_server.gateway.identified == 1


async def test_a_forgotten_gateway_session_is_identified_again(discord_server, small_bot, alice, channel):
    await discord_server.gateway.disconnect(resumable=False)
    await discord_server.until(lambda: discord_server.gateway.identified == 2)
    ping = await discord_server.slash(alice, channel, "ping")
    assert (await ping.answered()).text == "pong alice"


async def test_discords_wish_to_reconnect_is_followed(discord_server, small_bot, alice, channel):
    before = discord_server.gateway.connected[0].connection
    discord_server.gateway.ask_to_reconnect()
    await discord_server.until(
        lambda: any(session.connection is not before for session in discord_server.gateway.connected)
    )
    ping = await discord_server.slash(alice, channel, "ping")
    assert (await ping.answered()).text == "pong alice"


async def test_sigterm_ends_the_bot(discord_server, small_bot_process):
    assert await small_bot_process.terminate() == 0
    await discord_server.until(lambda: not discord_server.gateway.connected)


async def test_a_wrong_token_is_refused(discord_server, guild, tmp_path):
    arguments = [*SMALL_BOT, discord_server.api_base_url, "wrong"]
    async with BotProcess(discord_server, arguments, log_path=tmp_path / "small_bot.log") as process:
        with pytest.raises(NotHappenedError, match="Improper token"):
            await process.start()
        assert process.exit_code == 1


async def test_the_members_intent_can_be_missing(discord_server, guild, tmp_path):
    discord_server.world.members_intent = False
    arguments = [*SMALL_BOT, discord_server.api_base_url, discord_server.token]
    async with BotProcess(discord_server, arguments, log_path=tmp_path / "small_bot.log") as process:
        with pytest.raises(NotHappenedError, match="PrivilegedIntentsRequired"):
            await process.start()


async def test_several_shards_serve_their_own_servers(alice_of_two_servers):
    discord_server, people = alice_of_two_servers
    for person, place in people:
        ping = await discord_server.slash(person, place, "ping")
        assert (await ping.answered()).text == "pong alice"
    for session in discord_server.gateway.connected:
        number, shards = session.shard
        told = {int(one["d"]["guild_id"]) for one in session.sent if one["t"] == "INTERACTION_CREATE"}
        served = {place.guild.id for _, place in people if (place.guild.id >> 22) % shards == number}
        assert told == served != set()


@pytest.fixture
async def alice_of_two_servers(tmp_path):
    async with FakeDiscord(shard_count=2) as server:
        alice, people = server.user("alice"), []
        while {(place.guild.id >> 22) % 2 for _, place in people} != {0, 1}:
            guild = server.guild()
            server.join(alice, guild)
            people.append((alice, server.channel(guild)))
            await asyncio.sleep(0.001)
        arguments = [*SMALL_BOT, server.api_base_url, server.token]
        async with BotProcess(server, arguments, log_path=tmp_path / "small_bot.log") as process:
            await process.start()
            yield server, people


async def test_large_servers_come_in_chunks(discord_server, guild, channel, tmp_path):
    people = [discord_server.member(f"member-{number}", guild) for number in range(1200)]
    arguments = [*SMALL_BOT, discord_server.api_base_url, discord_server.token, str(guild.id)]
    async with BotProcess(discord_server, arguments, log_path=tmp_path / "small_bot.log") as process:
        await process.start()
        count = await discord_server.slash(people[-1], channel, "count")
        assert (await count.answered()).text == "1202 members"
