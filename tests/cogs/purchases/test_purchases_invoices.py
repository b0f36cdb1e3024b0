"""Invoices in `/purchases`: what is asked, until when, how it stands, to pay it or to turn it down."""

from datetime import timedelta
from typing import Any

import pytest
import simcord

from tests.harness.grove import Grove
from tests.harness.instants import milliseconds
from tests.harness.invoicing import audited_actions, sent, staff_member, states
from tests.harness.shop import START, Shop, link_of, text_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


AT_SIX = int((START + timedelta(hours=6)).timestamp())
UNTIL_SIX = f"until <t:{AT_SIX}:t> (<t:{AT_SIX}:R>)"
IN_THREE_DAYS = int((START + timedelta(days=3)).timestamp())
WAITING = "-# A message is waiting for you: use /purchases."


@pytest.fixture
def bo(shop: Shop) -> simcord.MemberActor:
    return staff_member(shop, "bo")


async def declined(visitor: Visitor, reason: str = "Not mine") -> None:
    """Decline in the list, and say why."""
    await visitor.click("Decline")
    visitor.last = await visitor.member.submit_modal(visitor.last, {"reason": reason})


@pytest.mark.own_shop
async def test_an_invoice_says_its_number_when_it_is_due_and_how_it_stands(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo, quantity=2, due="3d")

    visitor = await Visitor(shop).open_purchases()

    assert visitor.text == (
        "### `TEST` Your purchases\n"
        f"**Invoice #1** · due <t:{IN_THREE_DAYS}:d> (<t:{IN_THREE_DAYS}:R>)\n"
        "2 × **Logo**: $25.00\n"
        f"-# Open · link open {UNTIL_SIX}"
    )
    assert visitor.enabled == ["Show invoice", "Decline"]


async def test_the_invoices_own_card_is_shown_with_its_link(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo, note="Thanks for waiting")
    visitor = await Visitor(shop).open_purchases()
    before = visitor.text

    await visitor.click("Show invoice")

    assert visitor.last.ephemeral
    assert link_of(visitor.last.response) == shop.pages[0]
    assert "**bo** of **Bamboo Grove** sent you this invoice." in visitor.answer
    assert "Note: Thanks for waiting" in visitor.answer
    assert visitor.text == before
    assert len(shop.pages) == 1


async def test_an_expired_link_is_replaced_from_the_list(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo)
    await shop.pass_time(hours=6, seconds=1)
    visitor = await Visitor(shop).open_purchases()
    assert visitor.text.endswith("-# Open · payments don't show up here: contact staff if you paid")
    assert visitor.enabled == ["Get payment link", "Show invoice", "Decline"]
    await shop.restart()

    await visitor.click("Get payment link")

    assert link_of(visitor.last.response) == link_of(shop.dms(shop.alice)[-1]) == shop.pages[-1]
    assert len(shop.pages) == 2
    assert "link open" in (await Visitor(shop).open_purchases()).text


async def test_with_closed_dms_the_new_link_is_the_answer(shop: Shop, bo: simcord.MemberActor) -> None:
    shop.close_dms()
    await sent(shop, bo)
    await shop.pass_time(hours=6, seconds=1)
    visitor = await Visitor(shop).open_purchases()

    await visitor.click("Get payment link")

    assert visitor.last.ephemeral
    assert link_of(visitor.last.response) == shop.pages[-1]


async def test_two_quick_clicks_make_one_link(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo)
    await shop.pass_time(hours=6, seconds=1)
    visitor = await Visitor(shop).open_purchases()

    await visitor.click_twice("Get payment link")

    assert len(shop.pages) == 2


@pytest.mark.own_shop
async def test_it_is_declined_in_the_list_with_a_reason_that_staff_see(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    visitor = await Visitor(shop).open_purchases()

    await declined(visitor)

    assert states(shop) == ["declined"]
    assert visitor.text.endswith(f"-# You declined it · its payment page works {UNTIL_SIX}, so close it")
    assert visitor.enabled == ["Show invoice"]
    assert "**You declined this invoice.**" in text_of(shop.dms(shop.alice)[0])
    assert "Not mine" in text_of((await bo.slash(shop.channel, "invoice show", number=1)).response)
    await shop.pass_time(hours=7)
    assert (await Visitor(shop).open_purchases()).text.endswith(
        f"-# You declined it · <t:{int(START.timestamp())}:d>"
    )


async def test_a_button_of_an_older_list_does_not_give_an_invoices_link_up(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    [row] = shop.rows("SELECT reference FROM sales")
    custom_id = f"bamboo:mine:0:{row['reference']}"
    old = await shop.button_for(shop.alice, custom_id)

    clicked = await shop.alice.user.click(old, custom_id=custom_id)

    assert "This is an invoice." in "\n".join(map(text_of, clicked.followups))
    assert [row["state"] for row in shop.rows("SELECT state FROM sessions")] == ["open"]


async def test_what_was_cancelled_while_the_form_was_open_is_not_declined(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    visitor = await Visitor(shop).open_purchases()
    await visitor.click("Decline")
    await bo.slash(shop.channel, "invoice cancel", number=1)

    visitor.last = await visitor.member.submit_modal(visitor.last, {"reason": ""})

    assert "cancelled" in visitor.answer
    assert states(shop) == ["cancelled"]
    assert "-# Cancelled by staff, nothing to pay · " in (await Visitor(shop).open_purchases()).text


async def test_nobody_else_uses_its_buttons(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo)
    await shop.pass_time(hours=6, seconds=1)
    visitor = await Visitor(shop).open_purchases()
    mallory = shop.member("mallory")

    for label, refusal in (
        ("Get payment link", "for someone else"),
        ("Show invoice", "is someone else's purchase"),
        ("Decline", "for someone else"),
    ):
        custom_id = visitor.buttons[label]["custom_id"]
        stolen = await shop.button_for(mallory, custom_id)
        clicked = await mallory.user.click(stolen, custom_id=custom_id)
        if label == "Decline":
            clicked = await mallory.user.submit_modal(clicked, {"reason": "mine"})
        said: list[Any] = [*clicked.followups, clicked.response]
        assert any(refusal in text_of(each) for each in said), label
        assert all(link_of(each) is None for each in said)
    assert states(shop) == ["open"]
    assert len(shop.pages) == 1
    assert "No purchases yet" in (await Visitor(shop, mallory).open_purchases()).text


async def test_an_overdue_invoice_says_so_also_before_the_row_does(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo, due="1d")
    shop.write(f"UPDATE invoices SET due_at = {milliseconds('2025-12-31 23:59:59')}")
    assert "-# Overdue · link open" in (await Visitor(shop).open_purchases()).text
    shop.write(f"UPDATE invoices SET due_at = {milliseconds('2026-01-01 00:00:01')}, state = 'overdue'")

    visitor = await Visitor(shop).open_purchases()

    assert "-# Overdue · link open" in visitor.text
    assert "Decline" in visitor.enabled


async def test_one_whose_new_link_could_not_be_made_is_still_there(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    await shop.pass_time(hours=6, seconds=1)
    shop.sandbox.fail_next("POST", "*/checkouts", status=400)
    visitor = await Visitor(shop).open_purchases()
    await visitor.click("Get payment link")
    assert [row["status"] for row in shop.rows("SELECT status FROM sales")] == ["failed"]

    again = await Visitor(shop).open_purchases()

    assert "**Invoice #1**" in again.text
    assert again.enabled == ["Get payment link", "Show invoice", "Decline"]


async def test_one_that_the_store_never_took_is_not_there(shop: Shop, bo: simcord.MemberActor) -> None:
    shop.sandbox.fail_next("POST", "*/checkouts", status=400)
    await sent(shop, bo)
    assert states(shop) == ["draft"]

    assert "No purchases yet" in (await Visitor(shop).open_purchases()).text


async def test_open_invoices_come_before_what_is_settled(shop: Shop, bo: simcord.MemberActor) -> None:
    await sent(shop, bo)
    await shop.pass_time(hours=6, seconds=1)
    await shop.buy("grove-guard")
    await shop.pass_time(hours=6, seconds=1)

    visitor = await Visitor(shop).open_purchases()

    assert visitor.text.index("Invoice #1") < visitor.text.index("GroveGuard")


async def test_an_invoice_that_reached_nobody_waits_until_it_was_shown(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    shop.close_dms()
    await sent(shop, bo)
    shop.open_dms()
    await shop.pass_time(hours=6, seconds=1)
    assert (await Visitor(shop).open()).text.endswith(WAITING)  # its link is gone, and it is still asked for
    visitor = await Visitor(shop).open_purchases()
    assert "-# **New**: we couldn't send you this" in visitor.text
    assert (await Visitor(shop).open()).text.endswith(WAITING)

    await visitor.click("Show invoice")

    assert "sent you this invoice" in visitor.answer
    assert "waiting" not in visitor.answer
    assert "waiting" not in (await Visitor(shop).open()).text


async def test_a_reminder_that_reached_nobody_waits_until_the_list_says_what_it_would_have(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo, due="1d")
    shop.close_dms()
    await shop.pass_time(days=1, hours=1)
    shop.open_dms()
    assert "waiting for you" in (await Visitor(shop).open()).text

    visitor = await Visitor(shop).open_purchases()

    assert "We couldn't send you 2 direct messages. They're marked below." in visitor.text
    assert visitor.text.endswith("-# **New**: we couldn't send you this")
    assert "-# Overdue" in visitor.text
    assert "waiting for you" not in (await Visitor(shop).open()).text
    assert "couldn't send you" not in (await Visitor(shop).open_purchases()).text


async def test_reminders_of_what_is_no_longer_asked_for_wait_for_nobody(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo, due="1d")
    shop.close_dms()
    await shop.pass_time(days=1, hours=1)
    shop.open_dms()
    await bo.slash(shop.channel, "invoice cancel", number=1)

    assert "waiting for you" not in (await Visitor(shop).open()).text


async def test_a_declined_invoice_is_written_down_once_however_often_the_form_is_sent(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    await sent(shop, bo)
    visitor = await Visitor(shop).open_purchases()
    forms = [(await visitor.click("Decline")).last for _ in range(2)]

    for form in forms:
        visitor.last = await visitor.member.submit_modal(form, {"reason": ""})

    assert "declined" in visitor.answer
    assert audited_actions(shop).count("declined") == 1


@pytest.mark.own_shop
async def test_where_payments_are_seen_it_says_that_it_is_not_paid(grove: Grove) -> None:
    await sent(grove.shop, grove.boss, due="1d")
    assert f"-# Not paid yet · link open {UNTIL_SIX}" in (await Visitor(grove.shop).open_purchases()).text

    await grove.days(2)

    assert (await Visitor(grove.shop).open_purchases()).text.endswith("-# Overdue, not paid yet")


# --- paid ---------------------------------------------------------------------------------------------


@pytest.mark.own_shop
async def test_a_paid_invoice_has_its_receipt_and_nothing_left_to_pay(grove: Grove) -> None:
    await sent(grove.shop, grove.boss)
    [session] = grove.shop.sandbox.sessions.values()
    await grove.till.pay_on_page(session)

    visitor = await Visitor(grove.shop).open_purchases()

    assert f"**Invoice #1**\n**Logo**: $12.50\n-# Paid · <t:{int(START.timestamp())}:d>" in visitor.text
    assert visitor.enabled == ["Show receipt", "Show invoice"]
    await visitor.click("Show receipt")
    assert "Payment received. Thank you!" in visitor.answer
    order = grove.order(session)
    await grove.at_the_store("refund", order)
    assert "-# Refunded · paid " in (await Visitor(grove.shop).open_purchases()).text


@pytest.mark.own_shop
async def test_while_its_payment_clears_it_is_neither_paid_again_nor_declined(grove: Grove) -> None:
    await sent(grove.shop, grove.boss)
    [session] = grove.shop.sandbox.sessions.values()
    grove.shop.sandbox.ledger.pay_slowly(session.id)
    await grove.till.settled()

    visitor = await Visitor(grove.shop).open_purchases()

    assert "-# Payment on its way (some banks take a few days)" in visitor.text
    assert visitor.enabled == ["Show invoice"]
    await visitor.click("Show invoice")
    assert "**Your payment is on its way.**" in visitor.answer
    assert link_of(visitor.last.response) is None
