"""Invoices that are paid, and what becomes of the money, from the store's page to the member's message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness.invoicing import audited_actions, click, lines_in, sent, states, told
from tests.harness.sale_pages import newest
from tests.harness.shop import buttons_of, text_of

if TYPE_CHECKING:
    from sandbox.models import Session
    from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


def session_of(grove: Grove) -> Session:
    """The newest session at the store."""
    return list(grove.shop.sandbox.sessions.values())[-1]


def message(grove: Grove) -> Any:
    """The invoice's own message: the first that Alice got."""
    return grove.shop.dms(grove.shop.alice)[0]


async def paid_invoice(grove: Grove, **options: Any) -> Session:
    """Sent by Boss and paid on the store's page."""
    await sent(grove.shop, grove.boss, **options)
    session = session_of(grove)
    await grove.till.pay_on_page(session)
    return session


async def shown(grove: Grove, number: int = 1) -> str:
    """What `/invoice show` says."""
    return told(await grove.boss.slash(grove.shop.channel, "invoice show", number=number))


@pytest.mark.postgres
async def test_a_paid_invoice_says_so_to_member_and_staff(grove: Grove) -> None:
    await grove.keep_log()
    session = await paid_invoice(grove, due="3d")

    assert states(grove.shop) == ["paid"]
    assert "**Paid.** Thank you!" in text_of(message(grove))
    assert "Due" not in text_of(message(grove))
    assert buttons_of(message(grove)) == {}
    receipt = text_of(grove.shop.dms(grove.shop.alice)[-1])
    assert "Payment received. Thank you!" in receipt
    assert "Invoice #1" in receipt
    [logged] = grove.logged()
    assert "Invoice #1" in logged
    assert "Logo" in logged
    assert "Invoice #1: Paid" in await shown(grove)
    assert audited_actions(grove.shop) == ["drafted", "sent", "paid"]
    assert session.metadata["invoice"] == "1"
    await grove.days(4)
    assert states(grove.shop) == ["paid"]
    assert len(grove.shop.dms(grove.shop.alice)) == 2


@pytest.mark.parametrize("ending", ["cancelled", "declined", "overdue"])
async def test_a_page_that_was_issued_before_can_still_be_paid(grove: Grove, ending: str) -> None:
    await sent(grove.shop, grove.boss, due="2h")
    session = session_of(grove)
    if ending == "cancelled":
        await grove.boss.slash(grove.shop.channel, "invoice cancel", number=1)
    elif ending == "declined":
        await click(grove.shop.alice.user, message(grove), "Decline", {"reason": ""})
    else:
        await grove.shop.pass_time(hours=2, minutes=1)
    assert states(grove.shop) == [ending]

    await grove.till.pay_on_page(session)

    assert states(grove.shop) == ["paid"]
    assert "**Paid.**" in text_of(message(grove))
    assert audited_actions(grove.shop)[-1] == "paid"


@pytest.mark.parametrize("ending", ["paid", "declined", "cancelled"])
async def test_reminders_say_how_it_ended_and_ask_for_nothing_any_more(grove: Grove, ending: str) -> None:
    await sent(grove.shop, grove.boss, due="10h")
    await grove.shop.pass_time(hours=10, minutes=1)
    first, before, overdue = grove.shop.dms(grove.shop.alice)
    if ending == "paid":
        await click(grove.shop.alice.user, first, "Get payment link")
        await grove.till.pay_on_page(session_of(grove))
    elif ending == "declined":
        await click(grove.shop.alice.user, first, "Decline", {"reason": ""})
    else:
        await grove.boss.slash(grove.shop.channel, "invoice cancel", number=1)
    await grove.till.settled()

    said = {"paid": "**Paid.**", "declined": "**You declined", "cancelled": "**Cancelled by staff.**"}
    for reminder in (before, overdue):
        assert said[ending] in text_of(reminder)
        assert "hasn't been paid" not in text_of(reminder)
        assert buttons_of(reminder) == {}


@pytest.mark.postgres
async def test_two_paid_sessions_of_one_invoice_raise_an_alert_with_a_refund(grove: Grove) -> None:
    await grove.keep_log()
    await sent(grove.shop, grove.boss)
    first = session_of(grove)
    webhooks = grove.shop.sandbox.webhooks
    endpoint, webhooks.endpoint = webhooks.endpoint, None  # that she begins to pay by bank gets lost
    grove.shop.sandbox.ledger.pay_slowly(first.id, email="alice@example.com")
    webhooks.endpoint = endpoint
    await grove.shop.pass_time(hours=6, minutes=1)
    await click(grove.shop.alice.user, message(grove), "Get payment link")
    second = session_of(grove)
    assert second.id != first.id
    await grove.till.pay_on_page(second)

    await grove.at_the_store("clear", grove.order(first))

    assert states(grove.shop) == ["paid"]
    assert audited_actions(grove.shop)[-2:] == ["paid", "overpaid"]
    [alert] = [each for each in grove.messages(grove.log_channel) if "paid twice for" in text_of(each)]
    assert "invoice #1" in text_of(alert)
    assert list(buttons_of(alert)) == ["Refund second payment"]
    assert "was paid twice" in await shown(grove)
    await grove.at_the_store("refund", grove.order(first))
    assert states(grove.shop) == ["paid"]
    assert "**Paid.**" in text_of(message(grove))
    [refund] = [each for each in grove.told() if "You got a refund" in each]
    assert "One of your payments goes back the way you paid" in refund
    [note] = [each for each in grove.logged() if "was refunded" in each]
    assert (
        f"One payment of invoice #1 for <@{grove.shop.alice.id}> was refunded. The rest stays paid." in note
    )


async def test_what_the_card_network_gives_back_is_lost_and_nobody_is_told_to_answer(grove: Grove) -> None:
    await grove.keep_log()
    session = await paid_invoice(grove)
    told = len(grove.logged())

    await grove.at_the_store("prevent", grove.order(session))

    assert states(grove.shop) == ["lost"]
    assert "**Charged back.** Your bank gave the money back to you." in text_of(message(grove))
    assert "Disputed" not in text_of(message(grove))
    assert "Invoice #1: Charged back" in await shown(grove)
    page = text_of((await newest(grove)).response)
    assert "Invoice #1: Charged back" in page
    assert "isputed" not in page
    [note] = [text for text in grove.logged()[told:] if "-# Note" in text]
    assert "Invoice #1" in note
    assert "needs no response" in note
    assert "was charged back: the payer's bank gave the money back" in await shown(grove)


async def test_a_dispute_that_is_lost_isnt_shown_as_an_open_one(grove: Grove) -> None:
    session = await paid_invoice(grove)
    await grove.at_the_store("dispute", grove.order(session))
    assert "**Disputed.**" in text_of(message(grove))

    await grove.at_the_store("lose", grove.order(session))

    assert states(grove.shop) == ["lost"]
    assert "**Charged back.**" in text_of(message(grove))
    assert audited_actions(grove.shop)[2:] == ["paid", "disputed", "lost"]


async def test_a_refund_and_a_dispute_are_followed(grove: Grove) -> None:
    session = await paid_invoice(grove)

    await grove.at_the_store("dispute", grove.order(session))
    assert states(grove.shop) == ["disputed"]
    assert (
        "**Disputed.** Your bank reported this payment as disputed. "
        "Is that a mistake? Contact your bank or staff." in text_of(message(grove))
    )

    await grove.at_the_store("win", grove.order(session))
    assert states(grove.shop) == ["paid"]
    assert "**Paid.**" in text_of(message(grove))

    await grove.at_the_store("refund", grove.order(session))
    assert states(grove.shop) == ["refunded"]
    assert "**Refunded.**" in text_of(message(grove))
    assert audited_actions(grove.shop)[2:] == ["paid", "disputed", "paid", "refunded"]
    assert "is refunded" in told(await grove.boss.slash(grove.shop.channel, "invoice cancel", number=1))


async def test_a_clearing_payment_is_told_and_no_second_link_is_offered(grove: Grove) -> None:
    await sent(grove.shop, grove.boss, due="2h")
    session = session_of(grove)
    grove.shop.sandbox.ledger.pay_slowly(session.id, email="alice@example.com")
    await grove.till.settled()

    assert "This message updates when it arrives" in text_of(message(grove))
    listed = await grove.shop.alice.slash(grove.shop.channel, "purchases")
    private = text_of((await click(grove.shop.alice, listed, "Show invoice")).response)
    assert "We'll message you when it arrives." in private
    assert "this message" not in private
    assert buttons_of(message(grove)) == {}
    reference = grove.shop.rows("SELECT reference FROM invoices")[0]["reference"]
    old = await grove.shop.button_for(grove.shop.alice, f"bamboo:inv:pay:{reference}")
    assert "on its way" in told(await grove.shop.alice.user.click(old.message, label="?"))
    old = await grove.shop.button_for(grove.shop.alice, f"bamboo:inv:decline:{reference}")
    assert "on its way" in told(await click(grove.shop.alice.user, old, "?", {"reason": ""}))

    await grove.shop.pass_time(hours=8)
    assert not [text for text in grove.told() if "reminder" in text]
    assert "on its way" in await shown(grove)
    assert "### ⏳" in text_of(message(grove)), "nothing is left for its payer to do"

    await grove.at_the_store("clear", grove.order(session))
    assert states(grove.shop) == ["paid"]


async def test_cancelling_while_a_payment_clears_tells_staff_of_it(grove: Grove) -> None:
    await sent(grove.shop, grove.boss)
    session = session_of(grove)
    grove.shop.sandbox.ledger.pay_slowly(session.id, email="alice@example.com")
    await grove.till.settled()

    result = await grove.boss.slash(grove.shop.channel, "invoice cancel", number=1)

    assert states(grove.shop) == ["cancelled"]
    assert "A payment for it is already on its way" in told(result)
    assert "on its way" in text_of(message(grove))
    await grove.at_the_store("clear", grove.order(session))
    assert states(grove.shop) == ["paid"]


@pytest.mark.parametrize(
    ("happenings", "state", "said"),
    [
        ([], "paid", "**Paid.**"),
        (["refund"], "refunded", "**Refunded.**"),
        (["dispute"], "disputed", "**Disputed.**"),
        (["dispute", "win"], "paid", "**Paid.**"),
        (["dispute", "lose"], "lost", "**Charged back.**"),
        (["prevent"], "lost", "**Charged back.**"),
    ],
)
async def test_what_happens_while_the_bot_is_away_is_caught_up_with(
    grove: Grove, happenings: list[str], state: str, said: str
) -> None:
    await sent(grove.shop, grove.boss, due="3d")
    session = session_of(grove)
    async with grove.outage():
        grove.shop.sandbox.store.pay(session.id)
        order = grove.order(session)
        for happening in happenings:
            getattr(grove.shop.sandbox.ledger, happening)(order)

    await grove.till.settled()

    assert states(grove.shop) == [state]
    assert said in text_of(message(grove))
    assert buttons_of(message(grove)) == {}
    async with grove.outage():
        pass
    assert states(grove.shop) == [state]
    assert said in text_of(message(grove))
    has_receipt = not {"refund", "lose", "prevent"}.intersection(happenings)  # none for money that is back
    assert len(grove.shop.dms(grove.shop.alice)) == 1 + has_receipt + len(happenings)


async def test_a_product_on_an_invoice_earns_what_it_earns(grove: Grove) -> None:
    await grove.benefit()
    draft = await grove.boss.slash(
        grove.shop.channel, "invoice create", member=grove.shop.alice, item="Set-up", amount="5"
    )
    await click(grove.boss, draft, "Add product", {"product": "GroveGuard", "quantity": "1"})
    await click(grove.boss, draft, "Send")

    await grove.till.pay_on_page(session_of(grove))

    assert states(grove.shop) == ["paid"]
    assert grove.roles() == {"VIP"}
    receipt = grove.shop.dms(grove.shop.alice)[-1]
    assert "You now have the **VIP** role" in text_of(receipt)
    assert "Show message" in buttons_of(receipt)


@pytest.mark.own_shop
async def test_the_log_channel_hears_of_the_payment(grove: Grove) -> None:
    channel = grove.shop.guild.create_text_channel("staff-log")
    await grove.shop.restart(staff={"log_channel_id": channel.id})
    await grove.till.at_rest()
    grove.till = type(grove.till)(grove.shop)

    await paid_invoice(grove)

    assert any("was paid" in text_of(line) for line in lines_in(channel))


async def test_what_staff_cant_resend_while_a_payment_clears_isnt_offered(grove: Grove) -> None:
    await sent(grove.shop, grove.boss)
    before = await grove.boss.slash(grove.shop.channel, "invoice show", number=1)
    grove.shop.sandbox.ledger.pay_slowly(session_of(grove).id, email="alice@example.com")
    await grove.till.settled()

    after = await grove.boss.slash(grove.shop.channel, "invoice show", number=1)

    assert list(buttons_of(before.response)) == ["Resend", "Post a notice", "Cancel invoice"]
    assert list(buttons_of(after.response)) == ["Post a notice", "Cancel invoice"]


async def test_a_due_date_counts_until_there_is_nothing_to_pay(grove: Grove) -> None:
    await sent(grove.shop, grove.boss, due="3d")
    assert "Due <t:" in text_of(message(grove))

    await grove.till.pay_on_page(session_of(grove))

    assert "Due" not in text_of(message(grove))
    [due] = [line for line in (await shown(grove)).splitlines() if line.startswith("Due")]
    assert ":R>" not in due, "nobody waits for it any more"
    await grove.at_the_store("refund", grove.order(session_of(grove)))
    assert "Due" not in text_of(message(grove))


@pytest.mark.parametrize("ending", ["cancelled", "declined"])
async def test_what_was_ended_is_due_no_more(grove: Grove, ending: str) -> None:
    await sent(grove.shop, grove.boss, due="3d")

    if ending == "cancelled":
        await grove.boss.slash(grove.shop.channel, "invoice cancel", number=1)
    else:
        await click(grove.shop.alice.user, message(grove), "Decline", {"reason": ""})

    assert "Due" not in text_of(message(grove))
