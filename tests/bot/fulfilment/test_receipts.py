"""What members and staff read of a payment is true when they read it, also when that is late."""

import pytest

from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import MEMBERSHIP, PRODUCT, Grove
from tests.harness.instants import milliseconds
from tests.harness.shop import buttons_of

pytestmark = pytest.mark.kept_shop


TRIAL = "VIP membership"


# --- what was paid ------------------------------------------------------------------------------------


async def test_a_free_trial_is_not_told_as_paid(grove: Grove) -> None:
    await grove.keep_log()

    await grove.bought(TRIAL)

    assert "Your free trial has started" in grove.told()[-1]
    assert "You weren't charged today." in grove.told()[-1]
    assert "You paid" not in grove.told()[-1]
    assert "Free trial, nothing charged yet" in grove.logged()[0]


async def test_a_coupon_shows_in_what_was_paid(grove: Grove) -> None:
    await grove.keep_log()

    await grove.bought(coupon="WELCOME10")

    assert "You paid **$22.49** (plus tax, if any)." in grove.told()[-1]
    assert "Paid: **$22.49**" in grove.logged()[0]


async def test_a_renewal_has_a_receipt_of_its_own_payment(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP, coupon="WELCOME10")
    assert "You paid **$1.79**" in grove.told()[-1]

    await grove.at_the_store("renew", grove.subscription)

    receipt = grove.told()[-1]
    assert "Subscription renewed. Thank you!" in receipt
    assert "You paid **$1.99**" in receipt
    assert "You keep the **VIP** role in Bamboo Grove while your subscription is active." in receipt
    assert "Paid: **$3.78** in 2 payments" in grove.logged()[0]
    assert "Receipt: sent (× 2)" in grove.logged()[0]


async def test_what_follows_a_trial_is_told_as_paid(grove: Grove) -> None:
    await grove.keep_log()
    await grove.bought(TRIAL)

    await grove.at_the_store("renew", grove.subscription)

    assert (
        "**VIP membership**: $9.99\u00a0/\u00a0month\nYou paid **$9.99** (plus tax, if any)."
        in grove.told()[-1]
    )
    assert "Paid: **$9.99** (plus tax, if any)" in grove.logged()[0]


# --- what comes late ----------------------------------------------------------------------------------


async def test_a_receipt_isnt_sent_any_more_after_the_refund(grove: Grove) -> None:
    await grove.benefit()
    session = await grove.till.link()
    await grove.leave()
    grove.shop.close_dms()
    await grove.till.pay_on_page(session)
    await grove.at_the_store("refund", grove.order(session))
    grove.shop.open_dms()

    await grove.come_back()

    assert any("You got a refund" in text for text in grove.told())
    assert not any(
        ("refunded" in text.lower() and "You paid" in text) or "Thank you" in text for text in grove.told()
    )


async def test_a_receipt_that_comes_while_it_is_disputed_says_so_and_opens_nothing(grove: Grove) -> None:
    await grove.benefit()
    session = await grove.till.link()
    await grove.leave()
    grove.shop.close_dms()
    await grove.till.pay_on_page(session)
    await grove.at_the_store("dispute", grove.order(session))
    grove.shop.open_dms()

    await grove.come_back()

    [receipt] = [text for text in grove.told() if "Paid, now disputed" in text]
    assert "The **VIP** role in Bamboo Grove is on hold." in receipt
    assert "Show message" not in receipt


async def test_a_receipt_that_comes_after_the_end_promises_no_role(grove: Grove) -> None:
    await grove.benefit(days=1, message="Welcome, you are one of us until {until}.")
    session = await grove.till.link()
    await grove.leave()
    grove.shop.close_dms()
    await grove.till.pay_on_page(session)
    await grove.days(2)
    grove.shop.open_dms()

    await grove.come_back()

    [receipt] = [text for text in grove.told() if "Payment received. Thank you!" in text]
    assert "You had the **VIP** role in Bamboo Grove until <t:" in receipt
    assert "Welcome" not in receipt


# --- how it ends --------------------------------------------------------------------------------------


async def test_a_role_that_couldnt_be_taken_isnt_told_as_gone(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit(days=1)
    await grove.bought()
    grove.put_role(above=True)

    await grove.days(1.1)

    assert grove.roles() == {"VIP"}
    assert "The time you paid for with the **VIP** role is over. Get it again with /buy." in grove.told()[-1]
    assert "We couldn't remove a role from" in grove.logged()[-1]
    assert "is above the bot's highest role" in grove.logged()[-1]


@pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret})
async def test_a_gift_that_is_cancelled_at_once_has_ended(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP, gift_to=grove.bob)

    await grove.at_the_store("cancel", grove.subscription, immediate=True)

    assert "Your gift has ended" in grove.told(grove.bob)[-1]
    assert "This purchase no longer includes the **VIP** role." in grove.told(grove.bob)[-1]


async def test_a_gift_that_is_cancelled_goes_on_to_the_end_of_its_period(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP, gift_to=grove.bob)

    await grove.at_the_store("cancel", grove.subscription)

    assert "Your gift is ending" in grove.told(grove.bob)[-1]
    assert "You keep the **VIP** role until" in grove.told(grove.bob)[-1]


async def test_the_payer_of_a_gift_reads_only_what_is_so_also_if_dms_are_refused(grove: Grove) -> None:
    session = await grove.till.link(gift_to=grove.bob)
    await grove.shop.button_for(grove.bob, "bamboo:page")
    channel = grove.shop.env.backend.dm_channels[grove.bob.id]
    grove.shop.env.inject_error("POST", f"/channels/{channel}/messages", status=403, code=50007, times=None)

    await grove.till.pay_on_page(session)

    assert "by direct message, or in /purchases" in grove.told()[-1]


# --- how far it has come ------------------------------------------------------------------------------


async def test_keys_count_as_delivered_once_their_button_is_there(grove: Grove) -> None:
    await grove.keep_log()

    await grove.bought(PRODUCT)

    assert "Purchase paid and delivered" in grove.logged()[0]
    assert "📦" in grove.told()[0]
    assert "Show message" in buttons_of(grove.shop.dms(grove.shop.alice)[0])


async def test_keys_whose_button_reached_nobody_count_as_delivered_once_they_are_opened(
    grove: Grove,
) -> None:
    await grove.keep_log()
    await grove.bought(PRODUCT)
    receipt = grove.shop.dms(grove.shop.alice)[-1]
    grove.shop.write("UPDATE jobs SET outcome = 'undelivered' WHERE kind = 'receipt'")
    grove.shop.write(
        f"UPDATE jobs SET done_at = NULL, next_attempt_at = {milliseconds('2025-01-01 00:00:00')} "
        "WHERE kind IN ('log', 'message')"
    )
    await grove.wake_queue()
    assert "Purchase paid and delivered" not in grove.logged()[0]

    await grove.shop.alice.user.click(receipt, label="Show message")
    await grove.till.settled()

    assert "Purchase paid and delivered" in grove.logged()[0]


async def test_what_people_do_for_a_buyer_is_never_told_as_delivered(grove: Grove) -> None:
    await grove.bought("Banner design", variant="Small / Still")

    assert "Payment received. Thank you!" in grove.told()[0]
    assert "delivered" not in grove.told()[0]
    assert "📦" not in grove.told()[0]


@pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret})
@pytest.mark.parametrize("cancelled", [True, False])
async def test_the_log_says_of_an_absent_member_only_what_will_be(
    grove: Grove,
    cancelled: bool,  # noqa: FBT001
) -> None:
    await grove.keep_log()
    await grove.benefit(MEMBERSHIP)
    session = await grove.till.link(MEMBERSHIP)
    if cancelled:
        await grove.till.pay_on_page(session)
        await grove.leave()
        await grove.at_the_store("cancel", grove.subscription, immediate=True)
    else:
        await grove.leave()
        await grove.till.pay_on_page(session)

    assert "Role: the member has left" in grove.logged()[0]
    assert ("given when they come back" in grove.logged()[0]) is not cancelled
