"""The welcome when the bot joins a server: once for each time, where somebody reads it."""

from datetime import timedelta

import discord
import pytest
import simcord

from tests.harness.invoicing import lines_in
from tests.harness.network import broken_connection
from tests.harness.shop import Shop, buttons_of, text_of

pytestmark = pytest.mark.kept_shop

UNSEEN = discord.PermissionOverwrite(view_channel=False)


async def _joined(shop: Shop, server: simcord.GuildHandle) -> None:
    """The bot is served there from its next start on."""
    await shop.env.settle()
    await shop.restart(discord={"guild_ids": [shop.guild.id, server.id]})


async def test_a_server_is_welcomed_once_in_a_channel_where_the_bot_may_write(shop: Shop) -> None:
    server = shop.env.create_guild("Maple Market")
    hidden = server.create_text_channel("hidden", overwrites={server.default_role: UNSEEN})
    news = server.create_text_channel("news")

    await _joined(shop, server)
    await shop.restart()

    [message] = lines_in(news)
    said = text_of(message)
    assert "**Maple Market**" in said
    steps = [said.index(each) for each in ("1. **/store settings", "2. **/store benefit add", "3. **/shop")]
    assert steps == sorted(steps)
    assert "**/help**" in said
    assert "Open the shop" in buttons_of(message)
    assert lines_in(hidden) == lines_in(shop.channel) == []


async def test_a_welcome_whose_fate_is_unknown_is_not_repeated(shop: Shop) -> None:
    server = shop.env.create_guild("Maple Market")
    news = server.create_text_channel("news")
    with broken_connection("POST", "/channels/*/messages", arrived=True):
        await _joined(shop, server)
    await shop.restart()
    await shop.pass_time(hours=1)

    assert len(lines_in(news)) == 1


async def test_without_a_channel_the_owner_is_told_by_direct_message(shop: Shop) -> None:
    owner = shop.env.create_user("owner")
    server = shop.env.create_guild("Maple Market", owner=owner)

    await _joined(shop, server)

    [message] = shop.dms(server.owner)  # type: ignore[arg-type]
    assert "**Maple Market**" in text_of(message)
    assert buttons_of(message) == {}  # there is no server in which they could open something


async def test_a_server_that_the_bot_is_added_to_again_is_welcomed_again(shop: Shop) -> None:
    server = shop.env.create_guild("Maple Market")
    news = server.create_text_channel("news")
    await _joined(shop, server)

    backend = shop.env.backend
    own = backend.guilds[server.id].members[backend.bot_user.id]
    own.joined_at = (shop.clock() + timedelta(days=1)).isoformat()
    await shop.restart()

    assert len(lines_in(news)) == 2


async def test_a_server_that_is_not_served_hears_nothing(shop: Shop) -> None:
    other = shop.env.create_guild("Somebody else's")
    general = other.create_text_channel("general")
    await shop.restart(discord={"guild_ids": [shop.guild.id]})

    assert lines_in(general) == []
