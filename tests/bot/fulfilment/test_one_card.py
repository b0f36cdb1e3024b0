"""One card says what is paid: the receipt takes the place of the link's message, and follows the money."""

import pytest

from tests.harness.grove import MEMBERSHIP, Grove
from tests.harness.shop import buttons_of, link_of, text_of

pytestmark = pytest.mark.kept_shop


async def test_the_receipt_takes_the_place_of_the_links_message(grove: Grove) -> None:
    session = await grove.till.link()
    [link] = grove.shop.dms(grove.shop.alice)
    assert link_of(link) is not None

    await grove.till.pay_on_page(session)

    [receipt] = grove.shop.dms(grove.shop.alice)
    assert "Payment received. Thank you!" in text_of(receipt)
    assert link_of(receipt) is None


async def test_where_the_receipt_never_arrives_the_links_message_stays_and_says_that_it_is_paid(
    grove: Grove,
) -> None:
    session = await grove.till.link()
    grove.shop.close_dms()

    await grove.till.pay_on_page(session)

    [message] = grove.shop.dms(grove.shop.alice)
    assert "Payment received. Thank you!" in text_of(message)
    assert "/purchases" in text_of(message)
    assert link_of(message) is None


async def test_a_message_that_could_not_be_taken_away_goes_after_a_restart(grove: Grove) -> None:
    session = await grove.till.link()
    grove.shop.env.inject_error("DELETE", "/channels/*/messages/*", status=503)
    await grove.till.pay_on_page(session)
    assert len(grove.shop.dms(grove.shop.alice)) == 2

    grove.shop.open_dms()
    async with grove.outage():
        pass
    await grove.shop.pass_time(hours=1)
    await grove.till.settled()

    [receipt] = grove.shop.dms(grove.shop.alice)
    assert "-# Purchase " in text_of(receipt)


async def test_a_receipt_follows_a_refund(grove: Grove) -> None:
    await grove.benefit()
    order = await grove.bought()
    [receipt] = grove.shop.dms(grove.shop.alice)
    assert buttons_of(receipt)

    await grove.at_the_store("refund", order)

    [receipt, notice] = grove.shop.dms(grove.shop.alice)
    assert "Paid, then refunded" in text_of(receipt)
    assert "This no longer includes the **VIP** role" in text_of(receipt)
    assert list(buttons_of(receipt)) == ["Problem with this purchase"]
    assert "You got a refund" in text_of(notice)


async def test_a_receipt_follows_a_dispute_there_and_back_even_over_a_restart(grove: Grove) -> None:
    order = await grove.bought()
    async with grove.outage():
        pass

    await grove.at_the_store("dispute", order)
    assert "Paid, now disputed" in grove.told()[0]

    await grove.at_the_store("win", order)
    assert "Payment received. Thank you!" in grove.told()[0]
    assert len(grove.steps("receipt")) == 1


async def test_a_gifts_recipient_reads_on_the_card_that_it_was_taken_back_and_nothing_of_money(
    grove: Grove,
) -> None:
    order = await grove.bought(gift_to=grove.bob)

    await grove.at_the_store("refund", order)

    [gift, _notice] = grove.told(grove.bob)
    assert "Your gift was taken back" in gift
    assert "refund" not in gift.lower()


async def test_a_deleted_receipt_is_not_sent_again(grove: Grove) -> None:
    order = await grove.bought()
    [receipt] = grove.shop.dms(grove.shop.alice)
    backend = grove.shop.env.backend
    del backend.messages[receipt.channel_id][receipt.id]

    await grove.at_the_store("refund", order)

    [notice] = grove.told()
    assert "You got a refund" in notice
    assert [row["outcome"] for row in grove.steps("receipt")] == ["dm"]


async def test_the_newest_receipt_of_a_subscription_says_what_is_charged_next(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    assert "$1.99\u00a0/\u00a0week" in grove.told()[0].split("You paid")[1]
    await grove.shop.pass_time(minutes=5)

    await grove.at_the_store("renew", grove.subscription)

    first, second = (text.split("You paid")[1] for text in grove.told())
    assert "$1.99\u00a0/\u00a0week" not in first
    assert "$1.99\u00a0/\u00a0week" in second
    assert "Cancel anytime at " in second


async def test_a_cancelled_subscriptions_receipt_says_until_when_it_lasts(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    await grove.shop.pass_time(minutes=5)

    await grove.at_the_store("cancel", grove.subscription)

    assert "Cancelled. Active until <t:" in grove.told()[0]
    assert "Cancel anytime" not in grove.told()[0]


async def test_one_number_names_a_purchase_for_people_staff_and_the_store(grove: Grove) -> None:
    await grove.keep_log()
    order = await grove.bought()
    reference = grove.till.sale()["reference"]

    assert f"-# Purchase {reference}" in grove.told()[0].splitlines()
    assert reference in grove.logged()[0]
    assert order.metadata["sale"] == reference


@pytest.mark.parametrize("product", ["Harbour Castle schematic", "GroveGuard"])
async def test_what_comes_by_email_is_said_to_and_nothing_is_offered_that_isnt_there(
    grove: Grove, product: str
) -> None:
    await grove.bought(product)

    assert "was emailed to the address you paid with." in grove.told()[0]
    assert "Show key" not in buttons_of(grove.shop.dms(grove.shop.alice)[0])


async def test_a_trial_is_told_with_the_payment_that_began_it_and_no_later_one(grove: Grove) -> None:
    await grove.bought("VIP membership")
    assert "7 days free, then $9.99\u00a0/\u00a0month" in grove.told()[-1]
    await grove.shop.pass_time(minutes=5)

    await grove.at_the_store("renew", grove.subscription)

    renewed = grove.told()[-1]
    assert "You paid **$9.99**" in renewed
    assert "**VIP membership**: $9.99\u00a0/\u00a0month" in renewed
    assert "free" not in renewed
