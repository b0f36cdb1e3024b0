"""Days that are bought one after the other add up to what was paid for, whatever becomes of a payment."""

from datetime import timedelta

import pytest

from bot.storage.values import instant
from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


def spans(grove: Grove) -> list[tuple[str, timedelta]]:
    """Of each grant, its state and how long it lasts."""
    return [(each["state"], instant(each["ends_at"]) - instant(each["begins_at"])) for each in grove.grants()]


async def test_a_refund_of_the_first_leaves_the_days_of_the_second(grove: Grove) -> None:
    await grove.benefit(days=30)
    first = await grove.bought()
    await grove.bought()

    await grove.at_the_store("refund", first)
    assert grove.roles() == {"VIP"}

    await grove.days(29.9)
    assert grove.roles() == {"VIP"}
    await grove.days(0.2)
    assert grove.roles() == set()


async def test_a_refund_of_what_is_used_up_takes_the_days_behind_it_that_nobody_paid(grove: Grove) -> None:
    await grove.benefit(days=10)
    first = await grove.bought()
    await grove.bought()
    await grove.days(12)

    await grove.at_the_store("refund", first)

    # Twelve days were had, ten are paid.
    assert grove.roles() == set()
    assert [state for state, _ in spans(grove)] == ["revoked", "ended"]
    assert sum("The time you paid for with the **VIP** role is over" in told for told in grove.told()) == 1


async def test_editing_a_benefit_keeps_what_was_paid_for_it_and_adds_to_it(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    await grove.days(1)
    await grove.benefit(days=10, message="now with words")
    await grove.bought()

    assert spans(grove) == [("live", timedelta(days=30)), ("live", timedelta(days=10))]
    await grove.days(38.9)
    assert grove.roles() == {"VIP"}
    await grove.days(0.2)
    assert grove.roles() == set()


async def test_a_benefit_that_is_removed_and_added_again_goes_on_with_its_days(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    [choice] = await grove.boss.autocomplete(grove.shop.channel, "store benefit remove", "benefit", "grove")
    await grove.store("benefit remove", benefit=choice["value"])
    await grove.benefit(days=30)
    await grove.bought()

    await grove.days(59.9)
    assert grove.roles() == {"VIP"}


async def test_bought_during_a_dispute_that_is_won_both_last_in_full(grove: Grove) -> None:
    await grove.benefit(days=30)
    first = await grove.bought()
    await grove.at_the_store("dispute", first)
    assert grove.roles() == set()
    await grove.days(1)
    await grove.bought()
    assert grove.roles() == {"VIP"}

    await grove.at_the_store("win", first)

    assert spans(grove) == [("live", timedelta(days=30))] * 2
    await grove.days(58.5)
    assert grove.roles() == {"VIP"}
    await grove.days(1)
    assert grove.roles() == set()


async def test_a_dispute_that_is_won_brings_back_what_ended_meanwhile(grove: Grove) -> None:
    await grove.benefit(days=10)
    first = await grove.bought()
    await grove.bought()
    await grove.at_the_store("dispute", first)
    await grove.days(12)
    assert grove.roles() == set()

    await grove.at_the_store("win", first)
    assert grove.roles() == {"VIP"}

    await grove.days(8)
    assert grove.roles() == set()
    assert sum("The time you paid for with the **VIP** role is over" in told for told in grove.told()) == 2


async def test_kept_days_stay_whatever_becomes_of_their_payment(grove: Grove) -> None:
    await grove.benefit(days=10, keep_after_refund=True)
    first = await grove.bought()
    await grove.bought()

    await grove.at_the_store("refund", first)

    await grove.days(19.9)
    assert grove.roles() == {"VIP"}
    await grove.days(0.2)
    assert grove.roles() == set()


async def test_paid_anew_after_a_refund_earns_anew_and_asks_for_no_second_refund(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit(days=30)
    await grove.till.link()
    shown = await grove.shop.alice.slash(grove.shop.channel, "purchases")
    await grove.shop.alice.click(shown.response, label="Cancel purchase")
    await grove.shop.alice.user.click(grove.shop.dms(grove.shop.alice)[-1], label="Get a new link")
    await grove.till.settled()
    withdrawn, newest = grove.shop.sandbox.sessions.values()
    await grove.till.pay_on_page(newest)
    await grove.days(0.1)
    await grove.at_the_store("refund", grove.order(newest))
    assert grove.roles() == set()
    receipts = len(grove.steps("receipt"))

    await grove.till.pay_on_page(withdrawn)

    assert grove.roles() == {"VIP"}
    assert len(grove.steps("receipt")) == receipts + 1
    assert not any("efund one of the payments" in text for text in grove.logged())
    await grove.days(29.9)
    assert grove.roles() == {"VIP"}
    await grove.at_the_store("dispute", grove.order(withdrawn))
    await grove.at_the_store("win", grove.order(withdrawn))
    assert [state for state, _ in spans(grove)] == ["revoked", "live"]
