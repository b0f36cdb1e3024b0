"""A benefit's message may be posted in a channel, too, as a welcome."""

import discord
import pytest
import simcord
from simcord.backend.models.channel import Overwrite
from simcord.enums import OverwriteType

from tests.harness.grove import MEMBERSHIP, PRODUCT, Grove
from tests.harness.instants import milliseconds
from tests.harness.shop import text_of

pytestmark = pytest.mark.kept_shop


MESSAGE = "Welcome {member}, you have **{role}** by {product} in {server} until {until}. @everyone"


@pytest.fixture
def lounge(grove: Grove) -> simcord.ChannelHandle:
    return grove.shop.guild.create_text_channel("lounge")


def posted(grove: Grove, channel: simcord.ChannelHandle) -> list[str]:
    return list(map(text_of, grove.messages(channel)))


def silence(grove: Grove, channel: simcord.ChannelHandle) -> None:
    """Nobody may write there, the bot neither."""
    everybody = grove.shop.guild.default_role
    silent = Overwrite(everybody.id, OverwriteType.ROLE, deny=discord.Permissions(send_messages=True).value)
    grove.shop.env.backend.set_overwrite(channel.id, silent)


async def test_a_payment_is_welcomed_once(grove: Grove, lounge: simcord.ChannelHandle) -> None:
    await grove.keep_log()
    added = await grove.benefit(message=MESSAGE, channel=lounge)
    assert f"gives the **VIP** role, with a welcome in <#{lounge.id}>" in added
    assert f"with a welcome in <#{lounge.id}>" in await grove.store("benefit list")

    order = await grove.bought()

    [said] = posted(grove, lounge)
    assert f"Welcome <@{grove.shop.alice.id}>, you have **VIP** by {PRODUCT} in " in said
    assert "until further notice. @everyone" in said
    assert "Welcome in the channel: posted" in grove.logged()[0]

    await grove.at_the_store("refund", order)

    assert posted(grove, lounge) == [said]


async def test_only_the_member_is_told_of_it(grove: Grove, lounge: simcord.ChannelHandle) -> None:
    await grove.benefit(message=MESSAGE, channel=lounge)

    await grove.bought()

    [message] = grove.shop.env.backend.messages[lounge.id].values()
    allowed = message.allowed_mentions
    assert (allowed.users, allowed.roles, allowed.everyone) == ({grove.shop.alice.id}, set(), False)


async def test_a_name_cant_bring_markdown_into_it(grove: Grove, lounge: simcord.ChannelHandle) -> None:
    role = grove.shop.guild.create_role("**[free](https://evil.example)**")
    await grove.benefit(role=role, message="You are {role}", channel=lounge)

    await grove.bought()

    [said] = posted(grove, lounge)
    assert r"You are \*\*\[free\]" in said


async def test_renewals_arent_welcomed(grove: Grove, lounge: simcord.ChannelHandle) -> None:
    await grove.benefit(MEMBERSHIP, days=30, message="Hello {member}", channel=lounge)
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("renew", grove.subscription)

    assert len(grove.grants()) == 2
    assert len(posted(grove, lounge)) == 1


async def test_what_staff_give_is_welcomed_and_those_who_paid_before_arent(
    grove: Grove, lounge: simcord.ChannelHandle
) -> None:
    await grove.bought()
    product = grove.till.product().id
    options = {"role": grove.role, "message": "Hello {member}", "channel": lounge}
    result = await grove.store_result("benefit add", product=product, **options)
    await grove.boss.click(result.response, label="Give it to 1 buyer")
    await grove.till.settled()
    assert grove.roles() == {"VIP"}
    assert posted(grove, lounge) == []

    await grove.store("give", member=grove.bob, product=product, reason="A prize")
    await grove.till.settled()

    [said] = posted(grove, lounge)
    assert f"Hello <@{grove.bob.id}>" in said


async def test_without_a_message_there_is_nothing_to_post(
    grove: Grove, lounge: simcord.ChannelHandle
) -> None:
    assert "Write a message too" in await grove.benefit(channel=lounge)
    assert grove.shop.rows("SELECT * FROM benefits") == []


async def test_a_channel_that_the_bot_cant_write_in_is_refused(
    grove: Grove, lounge: simcord.ChannelHandle
) -> None:
    silence(grove, lounge)
    await grove.shop.env.settle()

    assert "missing permissions" in await grove.benefit(message=MESSAGE, channel=lounge)
    assert grove.shop.rows("SELECT * FROM benefits") == []


async def test_where_it_cant_be_posted_staff_are_told_and_the_rest_arrives(
    grove: Grove, lounge: simcord.ChannelHandle
) -> None:
    await grove.keep_log()
    await grove.benefit(message=MESSAGE, channel=lounge)
    path = f"/channels/{lounge.id}/messages"
    grove.shop.env.inject_error("POST", path, status=403, code=50013, times=None)

    await grove.bought()

    sale, note = grove.logged()
    assert "Welcome in the channel: **failed**" in sale
    assert f"couldn't welcome <@{grove.shop.alice.id}> in the channel" in note
    assert grove.roles() == {"VIP"}


async def test_what_waits_when_the_process_ends_is_posted_by_the_next_and_once(
    grove: Grove, lounge: simcord.ChannelHandle
) -> None:
    await grove.benefit(message="Hello {member}", channel=lounge)
    await grove.bought()
    grove.shop.write(
        "UPDATE jobs SET outcome = NULL, done_at = NULL, attempts = 1, "
        f"next_attempt_at = {milliseconds('2025-01-01 00:00:00')} WHERE kind = 'channel_welcome'"
    )

    async with grove.outage():
        pass
    await grove.wake_queue()

    assert len(posted(grove, lounge)) == 1
    assert [row["outcome"] for row in grove.steps("channel_welcome")] == ["posted"]


async def test_a_purchase_refunded_before_it_is_posted_isnt_welcomed(
    grove: Grove, lounge: simcord.ChannelHandle
) -> None:
    await grove.benefit(message="Hello {member}", channel=lounge)
    path = f"/channels/{lounge.id}/messages"
    grove.shop.env.inject_error("POST", path, status=400, code=0, times=3)
    order = await grove.bought()
    await grove.at_the_store("refund", order)

    await grove.days(0.1)

    assert posted(grove, lounge) == []
    assert [row["outcome"] for row in grove.steps("channel_welcome")] == ["gone"]
