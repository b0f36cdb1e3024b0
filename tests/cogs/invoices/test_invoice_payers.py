"""What the one who is to pay an invoice gets, and does."""

import pytest
import simcord

from cogs import custom_ids
from tests.harness.invoicing import (
    audited_actions,
    click,
    draft,
    lines_in,
    number_of,
    posted_notice,
    sent,
    staff_member,
    states,
    told,
)
from tests.harness.shop import Shop, buttons_of, link_of, text_of
from tests.harness.till import WEB

pytestmark = [pytest.mark.specification, pytest.mark.kept_shop]


@pytest.fixture
def bo(shop: Shop) -> simcord.MemberActor:
    return staff_member(shop, "bo")


async def test_the_session_carries_what_the_invoice_says(shop: Shop, bo: simcord.MemberActor) -> None:
    result = await sent(shop, bo, quantity=2, description="In colour")

    [body] = shop.bodies
    assert body["items"] == [{"name": "Logo", "amount": 1250, "quantity": 2}]
    assert (body["amount"], body["title"], body["description"]) == (
        2500,
        "Invoice #1 · Bamboo Grove",
        "In colour",
    )
    metadata = body["metadata"]
    assert (metadata["invoice"], metadata["discord_user_id"]) == ("1", str(shop.alice.id))
    assert metadata["discord_guild_id"] == str(shop.guild.id)
    assert metadata["signature"]
    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[-1]
    assert link_of(result.response) is None
    assert "is in their direct messages" in told(result)


async def test_when_the_session_expires_the_message_offers_a_fresh_one_at_the_same_price(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    await shop.pass_time(hours=6, seconds=1)
    [message] = shop.dms(shop.alice)
    assert list(buttons_of(message)) == ["Get payment link", "Decline"]

    await click(shop.alice.user, message, "Get payment link")

    [message] = shop.dms(shop.alice)
    assert link_of(message) == shop.pages[-1]
    assert len(shop.pages) == 2
    assert [body["amount"] for body in shop.bodies] == [1250, 1250]
    assert [row["state"] for row in shop.rows("SELECT state FROM sessions ORDER BY id")] == [
        "expired",
        "open",
    ]
    assert len(shop.rows("SELECT * FROM sales")) == 1


async def test_nobody_else_gets_the_link(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo)
    reference = shop.rows("SELECT reference FROM invoices")[0]["reference"]
    carol = shop.member("carol")
    for custom_id in (f"bamboo:inv:pay:{reference}", f"bamboo:inv:pay:{reference}:notice"):
        message = await shop.button_for(carol, custom_id)
        result = await carol.user.click(message.message, label="?")
        assert told(result).strip() == "⚠️ This message is for someone else."
    message = await shop.button_for(carol, f"bamboo:inv:decline:{reference}")
    form = await carol.user.click(message.message, label="?")
    assert "for someone else" in told(await carol.user.submit_modal(form, {}))
    assert states(shop) == ["open"]
    assert link_of(shop.dms(carol)[-1]) is None


@pytest.mark.own_shop
async def test_a_member_declines_with_a_reason_that_staff_see(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo)
    [message] = shop.dms(shop.alice)

    await click(shop.alice.user, message, "Decline", {"reason": "Not *mine*"})

    [message] = shop.dms(shop.alice)
    assert states(shop) == ["declined"]
    assert buttons_of(message) == {}
    assert "If its payment page is still open somewhere, don't pay there." in text_of(message)
    shown = await bo.slash(shop.channel, "invoice show", number=1)
    assert "Not \\*mine\\*" in text_of(shown.response)
    assert "Its payment page closes at <t:1767247200:t>." in text_of(shown.response)
    assert [row["state"] for row in shop.rows("SELECT state FROM sessions")] == ["withdrawn"]


async def test_a_declined_invoice_stays_declined(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo)
    await shop.pass_time(hours=6, seconds=1)
    [message] = shop.dms(shop.alice)
    form = await click(shop.alice.user, message, "Decline")
    await click(shop.alice.user, message, "Decline", {})

    assert "declined" in told(await shop.alice.user.submit_modal(form, {}))
    assert "still open somewhere" not in text_of(shop.dms(shop.alice)[0])
    reference = shop.rows("SELECT reference FROM invoices")[0]["reference"]
    again = await shop.button_for(shop.alice, f"bamboo:inv:pay:{reference}:notice")
    assert "nothing to pay" in told(await shop.alice.user.click(again.message, label="?"))
    assert len(shop.pages) == 1


async def test_closed_dms_are_told_at_once_and_a_notice_reaches_only_the_member(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    shop.close_dms()
    result = await sent(shop, bo, item="Secret thing")
    shop.open_dms()
    assert "didn't reach them" in told(result)
    assert "undelivered" in audited_actions(shop)

    await click(bo, result, "Post a notice")

    [notice] = lines_in(shop.channel)
    assert text_of(notice) == f"<@{shop.alice.id}>"
    assert "Secret" not in str(notice.components)
    assert list(buttons_of(notice)) == ["Open your private message"]
    carol = shop.member("carol")
    other = await carol.click(notice.message, label="Open your private message")
    assert other.ephemeral
    assert "for someone else" in told(other)
    assert link_of(other.response) is None

    shop.close_dms()
    hers = await shop.alice.click(notice.message, label="Open your private message")
    assert hers.ephemeral
    assert "Secret thing" in told(hers)
    assert link_of(hers.response) == shop.pages[-1]
    assert len(shop.pages) == 1


async def test_a_notice_offers_a_fresh_link_once_the_first_has_expired(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await posted_notice(shop, bo)
    await shop.pass_time(hours=6, seconds=1)
    shop.close_dms()

    [notice] = lines_in(shop.channel)
    hers = await shop.alice.click(notice.message, label="Open your private message")

    assert link_of(hers.response) == shop.pages[-1]
    assert len(shop.pages) == 2
    await click(shop.alice, hers, "Decline", {"reason": ""})
    assert states(shop) == ["declined"]


async def test_a_notice_of_a_cancelled_invoice_says_so(shop: Shop, bo: simcord.MemberActor) -> None:
    await posted_notice(shop, bo)
    await bo.slash(shop.channel, "invoice cancel", number=1, reason="A mistake")

    [notice] = lines_in(shop.channel)
    hers = await shop.alice.click(notice.message, label="Open your private message")

    assert "Cancelled by staff." in told(hers)
    assert "A mistake" in told(hers)
    assert link_of(hers.response) is None


@pytest.mark.settings(web=WEB)
async def test_members_are_reminded_before_and_when_it_is_overdue(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo, due="10h")

    await shop.pass_time(hours=7, minutes=31)
    first, before = shop.dms(shop.alice)
    assert "is due <t:1767261600:f>" in text_of(before)

    await shop.pass_time(hours=2, minutes=30)
    first, before, overdue = shop.dms(shop.alice)
    assert "hasn't been paid yet" in text_of(overdue)
    assert "hasn't been paid yet" in text_of(before)
    assert "**Overdue**" in text_of(first)
    assert states(shop) == ["overdue"]

    answer = await click(shop.alice.user, overdue, "Get payment link")
    assert answer.ephemeral
    # The way to pay is right there: in direct messages nobody is sent to direct messages.
    assert link_of(answer.response) == shop.pages[-1]
    assert "Open the message" not in buttons_of(answer.response)
    assert link_of(shop.dms(shop.alice)[0]) == shop.pages[-1]
    assert len([message for message in shop.dms(shop.alice) if not message.ephemeral]) == 3
    again = await click(shop.alice.user, overdue, "Get payment link")
    assert link_of(again.response) == shop.pages[-1]


async def test_a_reminder_asks_for_what_the_button_asks_for(shop: Shop, bo: simcord.MemberActor) -> None:
    shown = await draft(shop, bo)
    await click(bo, shown, "Add product", {"product": "GroveGuard", "quantity": "1"})
    await click(bo, shown, "Coupon", {"coupon": "WELCOME10"})
    await click(bo, shown, "Due date", {"due": "10h"})
    await click(bo, shown, "Send")
    [message] = shop.dms(shop.alice)
    total = next(label for label in buttons_of(message) if label.startswith("Pay ")).removeprefix("Pay ")

    await shop.pass_time(hours=7, minutes=31)

    reminder = shop.dms(shop.alice)[1]
    assert "Invoice reminder" in text_of(reminder)
    assert f"Total: **{total}**" in text_of(reminder)
    assert "WELCOME10" in text_of(reminder)


async def test_only_the_message_that_changes_says_that_it_does(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo)
    [message] = shop.dms(shop.alice)
    assert "After that, get a new one right here" in text_of(message)

    listed = await shop.alice.slash(shop.channel, "purchases")
    shown = await click(shop.alice, listed, "Show invoice")

    assert "this message" not in text_of(shown.response)
    assert "After that, get a new one from /purchases" in text_of(shown.response)


async def test_nor_does_the_answer_in_place_of_a_message_that_didnt_arrive(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    notice = await posted_notice(shop, bo)
    shop.close_dms()

    hers = await shop.alice.click(notice.message, label="Open your private message")

    assert "After that, get a new one from /purchases" in text_of(hers.response)


async def test_where_payments_cant_be_seen_nobody_is_told_that_it_isnt_paid(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo, due="7h")
    await shop.pass_time(hours=7, minutes=1)

    first, before, overdue = shop.dms(shop.alice)
    for message in (first, before, overdue):
        assert "We can't see payments here" in text_of(message)
    assert "been paid" not in text_of(overdue)
    shown = await bo.slash(shop.channel, "invoice show", number=1)
    assert "only the store's dashboard shows" in told(shown)


async def test_reminders_can_be_switched_off(shop: Shop, bo: simcord.MemberActor) -> None:
    page = await bo.slash(shop.channel, "store settings")
    assert "are reminded before an invoice is due" in told(page)
    reminders = custom_ids.settings("reminders")
    await bo.select(page.response, ["off"], custom_id=reminders)
    assert "aren't reminded" in told(page)
    await sent(shop, bo, due="5h")

    await shop.pass_time(hours=5, minutes=1)

    assert len(shop.dms(shop.alice)) == 1
    assert states(shop) == ["overdue"]
    await bo.select(page.response, ["on"], custom_id=reminders)
    await sent(shop, bo, due="5h", item="Other")
    await shop.pass_time(hours=5, minutes=1)
    assert len(shop.dms(shop.alice)) == 4


async def test_what_is_settled_is_not_reminded_of(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo, due="5h")
    await bo.slash(shop.channel, "invoice cancel", number=1)

    await shop.pass_time(hours=5, minutes=1)

    assert len(shop.dms(shop.alice)) == 1
    assert states(shop) == ["cancelled"]


async def test_the_price_of_a_product_is_fixed_and_a_change_at_the_store_is_told(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    shown = await draft(shop, bo)
    await click(bo, shown, "Add product", {"product": "GroveGuard", "quantity": "1"})
    await click(bo, shown, "Send")
    shop.sandbox.set_price("grove-guard", 5000)
    await shop.pass_time(hours=6, seconds=1)

    [message] = shop.dms(shop.alice)
    result = await click(shop.alice.user, message, "Get payment link")

    assert "price has changed since invoice #1" in told(result)
    assert "$37.49 then" in told(result)
    assert audited_actions(shop)[-1] == "no_link"
    assert number_of(shop) == 1


@pytest.mark.own_shop
async def test_an_invoice_takes_nothing_of_what_a_member_may_buy(shop: Shop, bo: simcord.MemberActor) -> None:
    await shop.restart(limits={"open_links_per_member": 1, "purchases_per_minute": 1})
    await sent(shop, bo)
    await sent(shop, bo, item="Another")

    assert len(shop.dms(shop.alice)) == 2
    result = await shop.buy("grove-guard")
    assert "Your payment link is ready" in told(result)
