"""Invoices when something is in the way: Discord, the store, the calendar, or somebody who is as quick."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import discord
import pytest
import simcord

from cogs.invoices.actions import InvoiceActions
from tests.harness.instants import milliseconds
from tests.harness.invoicing import (
    audited_actions,
    click,
    draft,
    lines_in,
    sent,
    staff_member,
    states,
    told,
)
from tests.harness.network import broken_connection
from tests.harness.shop import Shop, buttons_of, link_of, text_of

if TYPE_CHECKING:
    from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


@pytest.fixture
def bo(shop: Shop) -> simcord.MemberActor:
    return staff_member(shop, "bo")


def close_dm_of_alice(shop: Shop) -> None:
    """Her DM channel alone: the staff's channels can be written to."""
    channel = shop.env.backend.dm_channels[shop.alice.id]
    shop.env.inject_error(
        "POST", f"/channels/{channel}/messages", status=403, code=50007, message="Cannot send messages"
    )


def office_of(shop: Shop, staff: simcord.MemberActor) -> simcord.ChannelHandle:
    """A channel that only this staff member can see."""
    overwrites = {
        shop.guild.default_role: discord.PermissionOverwrite(view_channel=False),
        staff: discord.PermissionOverwrite(view_channel=True),
    }
    return shop.guild.create_text_channel("office", overwrites=overwrites)


async def shown(shop: Shop, staff: simcord.MemberActor) -> str:
    return told(await staff.slash(shop.channel, "invoice show", number=1))


# --- direct messages ----------------------------------------------------------------------------------


async def test_a_dm_that_discord_didnt_take_is_tried_again_and_written_down_as_that(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    shop.env.inject_error("POST", "/channels/*/messages", status=500, code=0, message="oops")
    result = await sent(shop, bo)
    assert "didn't reach them" in told(result)
    shop.open_dms()
    await shop.pass_time(minutes=2)

    assert len(shop.dms(shop.alice)) == 1
    assert audited_actions(shop) == ["drafted", "sent", "delayed", "delivered"]
    history = await shown(shop, bo)
    assert "Discord didn't take the message" in history
    assert "has reached the member now" in history
    assert "direct messages are closed" not in history


async def test_a_resend_that_doesnt_arrive_leaves_the_message_that_is_there(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    [old] = shop.dms(shop.alice)
    close_dm_of_alice(shop)

    result = await bo.slash(shop.channel, "invoice resend", number=1)

    assert "didn't reach them" in told(result)
    [still] = shop.dms(shop.alice)
    assert still.id == old.id
    shop.open_dms()
    await bo.slash(shop.channel, "invoice cancel", number=1)
    assert buttons_of(shop.dms(shop.alice)[0]) == {}


async def test_two_resends_at_once_leave_one_message(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo)
    actions = shop.app.bot.service(InvoiceActions)
    reference = shop.rows("SELECT reference FROM invoices")[0]["reference"]

    with shop.env.time_context():
        links = await asyncio.gather(
            *(actions.invoices.resend(shop.guild.id, reference, bo.id, "alice") for _ in range(2)),
            return_exceptions=True,
        )
        brought = [link for link in links if not isinstance(link, BaseException)]
        for link in brought:
            assert link.job is not None
            await actions.queue.carry_out(link.job)
    await shop.env.settle()

    assert len(brought) == 1
    assert [str(each) for each in links if isinstance(each, BaseException)] == [
        "Invoice #1 is being sent right now. Check /invoice list in a moment."
    ]
    assert len(shop.dms(shop.alice)) == 1
    assert audited_actions(shop).count("resent") == 1


async def test_a_resend_that_was_killed_in_the_middle_is_gone_on_with(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    [old] = shop.dms(shop.alice)
    shop.write("UPDATE messages SET shows = 'replaced'")
    shop.write(
        f"UPDATE jobs SET next_attempt_at = {milliseconds('2025-12-31 00:00:00')},"
        " attempts = 1, done_at = NULL,"
        " outcome = NULL WHERE kind = 'link'"
    )

    await shop.restart()

    [new] = shop.dms(shop.alice)
    assert new.id != old.id
    assert link_of(new) == shop.pages[0]


@pytest.mark.own_shop
async def test_staff_hear_that_a_reminder_didnt_arrive(shop: Shop, bo: simcord.MemberActor) -> None:
    log = shop.guild.create_text_channel("staff-log")
    await shop.restart(staff={"log_channel_id": log.id})
    await sent(shop, bo, due="10h")
    close_dm_of_alice(shop)

    await shop.pass_time(hours=7, minutes=31)

    assert audited_actions(shop) == ["drafted", "sent", "not_reminded"]
    line = lines_in(log)[-1]
    assert "got a reminder that couldn't be delivered" in text_of(line)
    assert list(buttons_of(line)) == ["Post a notice", "Show"]


# --- notices ------------------------------------------------------------------------------------------


async def test_a_notice_is_posted_where_the_member_can_see_it(shop: Shop, bo: simcord.MemberActor) -> None:
    office = office_of(shop, bo)
    await sent(shop, bo)

    page = await bo.slash(office, "invoice show", number=1)
    result = await click(bo, page, "Post a notice")

    assert f"posted in <#{shop.channel.id}>" in told(result)
    assert lines_in(office) == []
    [notice] = lines_in(shop.channel)
    assert text_of(notice) == f"<@{shop.alice.id}>"


async def test_a_notice_that_the_member_cant_see_anywhere_is_refused(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    office = office_of(shop, bo)
    first = await bo.slash(office, "invoice create", member=shop.alice, item="Logo", amount="5")
    await click(bo, first, "Send")

    page = await bo.slash(office, "invoice show", number=1)
    result = await click(bo, page, "Post a notice")

    assert "can't see this channel" in told(result)
    assert lines_in(office) == []


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "The bot can't write in <#{}>, so the notice wasn't posted"),
        (500, "If it isn't in <#{}>, try again"),
        (None, "If it isn't in <#{}>, try again"),
    ],
)
async def test_a_notice_that_isnt_posted_says_where_and_whether_to_try_again(
    shop: Shop, bo: simcord.MemberActor, status: int | None, said: str
) -> None:
    office = office_of(shop, bo)
    await sent(shop, bo)
    page = await bo.slash(office, "invoice show", number=1)
    posts = f"/channels/{shop.channel.id}/messages"

    if status is None:
        with broken_connection("POST", posts, arrived=False):
            result = await click(bo, page, "Post a notice")
    else:
        shop.env.inject_error("POST", posts, status=status, code=50013, times=20)
        result = await click(bo, page, "Post a notice")

    assert said.format(shop.channel.id) in told(result)
    assert "notice" not in audited_actions(shop)


async def test_the_payment_page_leads_back_to_the_direct_messages(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    [body] = shop.bodies
    assert body["return_url"] == body["cancel_url"] == "https://discord.com/channels/@me"


# --- the calendar -------------------------------------------------------------------------------------


async def test_a_due_date_that_passed_meanwhile_is_refused_at_sending(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    page = await draft(shop, bo, due="1h")
    await shop.pass_time(hours=2)

    assert "has passed, so it wasn't sent" in told(await click(bo, page, "Send"))
    assert states(shop) == ["draft"]
    assert shop.bodies == []

    await click(bo, page, "Due date", {"due": "2d"})
    await click(bo, page, "Send")
    assert states(shop) == ["open"]


@pytest.mark.settings(staff={"approval_above": "0"})
async def test_a_due_date_that_passed_while_it_waited_is_refused_at_the_approval(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    cy = staff_member(shop, "cy")
    await sent(shop, bo, due="1h")
    await shop.pass_time(hours=2)

    page = await cy.slash(shop.channel, "invoice show", number=1)
    result = await click(cy, page, "Approve")

    assert "passed while it waited for approval" in told(result)
    assert states(shop) == ["awaiting"]
    assert shop.bodies == []


# --- what staff type ----------------------------------------------------------------------------------


@pytest.mark.parametrize("item", ["   ", "\u200b", "\u00a0 \u200b"])
async def test_an_item_needs_a_name_that_can_be_read(shop: Shop, bo: simcord.MemberActor, item: str) -> None:
    assert "Enter what it's for" in told(await draft(shop, bo, item=item))
    assert states(shop) == []


@pytest.mark.settings(staff={"invoice_cap": "30.00"})
async def test_the_preview_says_that_the_cap_is_in_the_way(shop: Shop, bo: simcord.MemberActor) -> None:
    page = await draft(shop, bo, amount="30.01")
    assert "This can't be sent: the limit for one invoice is $30.00." in told(page)
    assert buttons_of(page.response)["Send"]["disabled"]
    within = await draft(shop, bo, amount="30.00")
    assert "can't be sent" not in told(within)
    assert not buttons_of(within.response)["Send"].get("disabled")


@pytest.mark.settings(staff={"approval_above": "0", "daily_cap": "20.00"})
async def test_what_was_cancelled_before_anybody_was_asked_doesnt_count_for_the_day(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo, amount="15")
    assert "Try again tomorrow" in told(await sent(shop, bo, amount="15"))

    await bo.slash(shop.channel, "invoice cancel", number=1)

    assert "needs another staff member" in told(await sent(shop, bo, amount="15"))


async def test_a_refused_coupon_is_not_announced_in_the_preview(shop: Shop, bo: simcord.MemberActor) -> None:
    page = await draft(shop, bo)
    await click(bo, page, "Coupon", {"coupon": "NOPE"})

    assert "does not exist" in text_of(page.response)
    assert "is applied at checkout" not in text_of(page.response)


async def test_a_long_item_name_is_shown_whole(shop: Shop, bo: simcord.MemberActor) -> None:
    name = "The long way round " * 13
    page = await draft(shop, bo, item=name.strip())
    assert name.strip() in text_of(page.response)
    await click(bo, page, "Send")
    assert name.strip() in text_of(shop.dms(shop.alice)[0])


# --- what the store won't have ------------------------------------------------------------------------


@pytest.mark.own_shop
async def test_a_coupon_that_is_gone_is_told_to_member_and_staff(shop: Shop, bo: simcord.MemberActor) -> None:
    log = shop.guild.create_text_channel("staff-log")
    await shop.restart(staff={"log_channel_id": log.id})
    page = await draft(shop, bo, amount="50")
    await click(bo, page, "Coupon", {"coupon": "WELCOME10"})
    await click(bo, page, "Send")
    await shop.pass_time(hours=6, seconds=5)
    del shop.sandbox.store.coupons["WELCOME10"]

    result = await click(shop.alice.user, shop.dms(shop.alice)[0], "Get payment link")

    assert "Invoice #1 can't be paid right now" in told(result)
    assert "Staff have been told." in told(result)
    await shop.env.settle()
    line = text_of(lines_in(log)[-1])
    assert "got no payment link" in line
    assert "Reason: " in line
    assert "does not exist" in line
    assert "{" not in line
    assert audited_actions(shop)[-1] == "no_link"
    result = await bo.slash(shop.channel, "invoice resend", number=1)
    assert "does not exist" in told(result)
    assert "resent" not in audited_actions(shop)


@pytest.mark.own_shop
async def test_without_a_log_channel_the_member_is_asked_to_tell_the_staff(grove: Grove) -> None:
    shop = grove.shop
    page = await draft(shop, grove.boss)
    await click(grove.boss, page, "Add product", {"product": "GroveGuard", "quantity": "1"})
    await click(grove.boss, page, "Send")
    await shop.pass_time(hours=6, seconds=5)
    shop.sandbox.sell_out(grove.till.product().handle)

    result = await click(shop.alice.user, shop.dms(shop.alice)[0], "Get payment link")

    assert "is sold out" in told(result)
    assert "Contact staff." in told(result)
    assert audited_actions(shop)[-1] == "no_link"


@pytest.mark.own_shop
async def test_staff_hear_what_stands_in_the_way_and_not_what_a_buyer_hears(grove: Grove) -> None:
    shop = grove.shop
    await grove.benefit()
    grove.put_role(above=True)
    page = await draft(shop, grove.boss)
    await click(grove.boss, page, "Add product", {"product": "GroveGuard", "quantity": "1"})

    result = await click(grove.boss, page, "Send")

    assert "No new payment link for invoice #1" in told(result)
    assert "The **VIP** role is above the bot's highest role" in told(result)
    assert "you haven't been charged" not in told(result)
    assert states(shop) == ["draft"]


@pytest.mark.own_shop
async def test_resending_while_a_payment_clears_says_so_to_staff(grove: Grove) -> None:
    await sent(grove.shop, grove.boss)
    [session] = grove.shop.sandbox.sessions.values()
    grove.shop.sandbox.ledger.pay_slowly(session.id, email="alice@example.com")
    await grove.till.settled()

    result = await grove.boss.slash(grove.shop.channel, "invoice resend", number=1)

    assert "a payment for it is on its way" in told(result)
    assert "We'll message you" not in told(result)


@pytest.mark.own_shop
@pytest.mark.parametrize(("happening", "state"), [("refund", "refunded"), ("dispute", "disputed")])
async def test_what_overtakes_the_payment_ends_the_invoice_too(
    grove: Grove, happening: str, state: str
) -> None:
    await sent(grove.shop, grove.boss, due="3d")
    [session] = grove.shop.sandbox.sessions.values()
    webhooks: Any = grove.shop.sandbox.webhooks
    endpoint, webhooks.endpoint = webhooks.endpoint, None
    await grove.till.pay_on_page(session)
    webhooks.endpoint = endpoint

    await grove.at_the_store(happening, grove.order(session))

    assert states(grove.shop) == [state]
    assert buttons_of(grove.shop.dms(grove.shop.alice)[0]) == {}
    await grove.days(3.1)
    assert states(grove.shop) == [state]
    assert not [text for text in grove.told() if "reminder" in text]
