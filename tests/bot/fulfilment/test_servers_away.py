"""While Discord has told nothing of a server yet, or has an outage there, roles wait for it."""

import pytest
from simcord.backend.serializers import guild_create_payload

from tests.harness.grove import Grove
from tests.harness.shop import text_of

pytestmark = pytest.mark.kept_shop


async def join_unannounced(grove: Grove) -> None:
    """Come back a second later, while Discord tells the bot nothing of the server."""
    await grove.shop.pass_time(seconds=1)
    grove.shop.env.backend.add_member(grove.shop.guild.id, grove.shop.alice.id, announce=False)


async def test_a_role_that_ends_meanwhile_is_taken_once_the_server_is_back(grove: Grove) -> None:
    await grove.benefit(days=1)
    await grove.bought()

    async with grove.server_away():
        await grove.days(2)
        assert grove.roles() == {"VIP"}
        assert grove.steps("role")[0]["outcome"] != "taken"
    await grove.days(0.1)

    assert grove.roles() == set()


async def test_a_role_that_is_paid_meanwhile_is_given_once_the_server_is_back(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    session = await grove.till.link()

    async with grove.server_away():
        await grove.till.pay_on_page(session)
        assert grove.roles() == set()
    await grove.days(0.1)

    assert grove.roles() == {"VIP"}
    assert not any("couldn't give" in text for text in grove.logged())


async def test_what_is_refused_meanwhile_says_that_the_server_is_away(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()

    async with grove.server_away():
        result = await grove.shop.buy("grove-guard")
        assert "You haven't been charged" in text_of(result.response)
    await grove.till.settled()

    [note] = grove.logged()
    assert "The bot can't check the **VIP** role right now: the server is unavailable." in note


async def test_who_came_back_meanwhile_gets_the_role_once_the_server_is_back(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    await grove.leave()

    async with grove.server_away():
        await join_unannounced(grove)

    assert grove.roles() == {"VIP"}


async def test_who_came_back_while_the_bot_was_not_in_the_server_gets_it_when_the_bot_is(
    grove: Grove,
) -> None:
    await grove.benefit()
    await grove.bought()
    await grove.leave()
    backend, server = grove.shop.env.backend, grove.shop.guild.id

    backend.emit("GUILD_DELETE", {"id": str(server)})
    await join_unannounced(grove)
    joined = {**guild_create_payload(backend, backend.guilds[server])}
    del joined["unavailable"]
    backend.emit("GUILD_CREATE", joined)
    await grove.till.settled()

    assert grove.roles() == {"VIP"}
