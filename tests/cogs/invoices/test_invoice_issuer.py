"""Who made an invoice hears what became of it, also where no channel tells staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import pytest
from simcord.backend.models.channel import Overwrite
from simcord.enums import OverwriteType

from tests.harness.invoicing import click, sent
from tests.harness.network import broken_connection
from tests.harness.shop import link_of, text_of
from tests.harness.till import Till

if TYPE_CHECKING:
    from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


SEND = ("POST", "/channels/*/messages")


async def invoiced(grove: Grove, **options: Any) -> Any:
    """Boss sends Alice an invoice; her message of it."""
    await sent(grove.shop, grove.boss, **options)
    return grove.shop.dms(grove.shop.alice)[-1]


async def declined(grove: Grove) -> None:
    message = await invoiced(grove)
    await click(grove.shop.alice.user, message, "Decline", {"reason": "Not *mine*"})
    await grove.till.settled()


async def paid(grove: Grove) -> None:
    link = link_of(await invoiced(grove)) or ""
    await grove.till.pay_on_page(grove.shop.sandbox.sessions[link.rsplit("/", 1)[-1]])


def boss_is_away(grove: Grove, **failure: Any) -> None:
    """Discord doesn't take direct messages to Boss; the channel is opened once for its id."""
    failure = {"status": 403, "code": 50007, "message": "Cannot send messages to this user", **failure}
    channel = grove.shop.env.backend.get_dm_channel(grove.boss.id)
    grove.shop.env.inject_error("POST", f"/channels/{channel.id}/messages", times=None, **failure)


async def with_channel(grove: Grove, channel_id: int) -> None:
    """The settings name a channel for staff."""
    await grove.shop.restart(staff={"log_channel_id": channel_id})
    grove.till = Till(grove.shop)


async def test_that_it_was_declined_and_why(grove: Grove) -> None:
    await declined(grove)

    [told] = grove.told(grove.boss)
    assert "Invoice #1 was declined" in told
    assert f"<@{grove.shop.alice.id}>" in told
    assert "$12.50" in told
    assert "Bamboo Grove" in told
    assert r"Reason: Not \*mine\*" in told
    assert "Its payment page closes at" in told
    [step] = grove.steps("issuer")
    assert (step["key"].partition(":")[2], step["outcome"]) == ("declined", "dm")


async def test_that_it_was_paid_once_however_often_the_store_says_so(grove: Grove) -> None:
    await paid(grove)
    [order] = grove.shop.sandbox.orders
    grove.shop.sandbox.webhooks.tell("PAYMENT_COMPLETED", order, None)
    await grove.till.settled()

    [told] = grove.told(grove.boss)
    assert "Invoice #1 was paid" in told
    assert "$12.50" in told
    [receipt] = [text for text in grove.told() if "Payment received" in text]
    assert receipt.splitlines()[-1] == told.splitlines()[-1], "both find it by one number"


async def test_a_channel_for_staff_tells_it_instead(grove: Grove) -> None:
    staff = grove.shop.guild.create_text_channel("staff")
    await with_channel(grove, staff.id)
    await paid(grove)

    assert grove.told(grove.boss) == []
    assert any("was paid" in text_of(message) for message in grove.messages(staff))


async def test_a_channel_for_staff_that_the_bot_cant_write_to_doesnt(grove: Grove) -> None:
    staff = grove.shop.guild.create_text_channel("staff")
    everybody = grove.shop.guild.default_role
    silent = Overwrite(everybody.id, OverwriteType.ROLE, deny=discord.Permissions(send_messages=True).value)
    grove.shop.env.backend.set_overwrite(staff.id, silent)
    await with_channel(grove, staff.id)

    await paid(grove)

    [told] = grove.told(grove.boss)
    assert "was paid" in told


async def test_the_sales_log_tells_what_was_paid_and_a_note_in_it_what_was_declined(grove: Grove) -> None:
    await grove.keep_log()
    await paid(grove)
    await declined(grove)

    assert grove.told(grove.boss) == []
    assert any("Purchase paid" in text or "Purchase delivered" in text for text in grove.logged())
    [note] = [text for text in grove.logged() if "was declined" in text]
    assert f"<@{grove.boss.id}>" in note
    assert "Invoice #2" in note
    assert r"Not \*mine\*" in note


async def test_who_takes_no_direct_messages_has_a_note_that_waits_for_a_channel(grove: Grove) -> None:
    boss_is_away(grove)
    await declined(grove)

    assert grove.told(grove.boss) == []
    [step] = grove.steps("issuer")
    assert step["outcome"] == "noted"
    grove.shop.open_dms()
    await grove.keep_log()
    await grove.till.settled()
    [note] = [text for text in grove.logged() if "was declined" in text]
    assert f"<@{grove.boss.id}>" in note
    # And the payer's next answer doesn't say that something waits for them.
    listed = await grove.shop.alice.slash(grove.shop.channel, "purchases")
    assert "waiting for you" not in text_of(listed.response)


async def test_a_message_that_may_have_arrived_isnt_sent_twice(grove: Grove) -> None:
    message = await invoiced(grove)
    grove.shop.env.backend.get_dm_channel(grove.boss.id)
    with broken_connection(*SEND, arrived=True):
        await click(grove.shop.alice.user, message, "Decline", {"reason": "No"})
        await grove.till.settled()
    await grove.shop.pass_time(minutes=10)

    assert len(grove.told(grove.boss)) == 1


async def test_what_a_process_that_ended_owed_the_next_one_sends(grove: Grove) -> None:
    boss_is_away(grove, status=503, code=0)
    await paid(grove)
    assert grove.told(grove.boss) == []

    async with grove.outage():
        grove.shop.open_dms()
    await grove.shop.pass_time(minutes=2)
    await grove.till.settled()

    [told] = grove.told(grove.boss)
    assert "Invoice #1 was paid" in told


async def test_a_late_payment_of_what_was_declined_is_told_too(grove: Grove) -> None:
    message = await invoiced(grove)
    session = grove.shop.sandbox.sessions[(link_of(message) or "").rsplit("/", 1)[-1]]
    await click(grove.shop.alice.user, message, "Decline", {"reason": "No"})
    await grove.till.pay_on_page(session)

    first, second = grove.told(grove.boss)
    assert "was declined" in first
    assert "was paid" in second
    [invoice] = [text for text in grove.told() if "Invoice #1" in text and "Paid." in text]
    assert "Reason" not in invoice
