"""What was bought for a time ends on time; what lives with a subscription ends with it."""

import pytest

from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import MEMBERSHIP, Grove

pytestmark = pytest.mark.kept_shop


async def test_a_role_for_some_days_ends_after_them_and_says_so(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    assert grove.roles() == {"VIP"}

    await grove.days(29.9)
    assert grove.roles() == {"VIP"}

    await grove.days(0.2)
    assert grove.roles() == set()
    assert "The time you paid for with the **VIP** role is over" in grove.told()[-1]


async def test_the_end_comes_by_itself(grove: Grove) -> None:
    await grove.benefit(days=1)
    await grove.bought()
    await grove.days(0.99)

    await grove.shop.pass_time(days=0.02)
    await grove.till.settled()

    assert grove.roles() == set()


async def test_each_unit_counts_its_own_days(grove: Grove) -> None:
    await grove.benefit(days=10)
    await grove.bought(quantity=3)

    await grove.days(29.9)
    assert grove.roles() == {"VIP"}

    await grove.days(0.2)
    assert grove.roles() == set()


async def test_days_bought_before_the_end_come_on_top(grove: Grove) -> None:
    await grove.benefit(days=10)
    await grove.bought()
    await grove.days(4)
    await grove.bought()

    await grove.days(15.9)
    assert grove.roles() == {"VIP"}

    await grove.days(0.2)
    assert grove.roles() == set()


async def test_a_role_stays_while_another_product_holds_it(grove: Grove) -> None:
    await grove.benefit(days=1)
    await grove.benefit("Lobby pack", days=5)
    await grove.bought()
    await grove.bought("Lobby pack")

    await grove.days(2)
    assert grove.roles() == {"VIP"}

    await grove.days(4)
    assert grove.roles() == set()


async def test_what_ended_during_an_outage_ends_at_the_next_start(grove: Grove) -> None:
    await grove.benefit(days=1)
    await grove.bought()

    async with grove.outage():
        await grove.days(3)

    assert grove.roles() == set()


async def test_a_subscription_keeps_its_role_over_renewals(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)

    for _ in range(3):
        await grove.days(7)
        await grove.at_the_store("renew", grove.subscription)
        assert grove.roles() == {"VIP"}

    assert len(grove.grants()) == 1


async def test_past_due_keeps_the_role_and_tells_how_to_mend_it(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)

    await grove.days(7)
    await grove.at_the_store("fall_behind", grove.subscription)

    assert grove.roles() == {"VIP"}
    assert "Your subscription payment failed" in grove.told()[-1]
    assert "Check that your card" in grove.told()[-1]


async def test_a_cancelled_subscription_ends_with_its_period(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    await grove.days(2)

    await grove.at_the_store("cancel", grove.subscription)
    assert grove.roles() == {"VIP"}
    assert "You keep the **VIP** role until" in grove.told()[-1]

    await grove.days(5.1)
    assert grove.roles() == set()


@pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret})
async def test_a_subscription_that_is_cancelled_at_once_ends_at_once(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    told = len(grove.told())

    await grove.at_the_store("cancel", grove.subscription, immediate=True)

    assert grove.roles() == set()
    [cancelled] = grove.told()[told:]
    assert "This purchase no longer includes the **VIP** role" in cancelled


async def test_days_by_a_subscription_are_earned_by_each_payment(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP, days=10)
    await grove.bought(MEMBERSHIP)
    await grove.days(7)
    await grove.at_the_store("renew", grove.subscription)

    await grove.days(12.9)
    assert grove.roles() == {"VIP"}
    await grove.days(0.2)
    assert grove.roles() == set()


async def test_a_refunded_period_takes_the_role_although_the_one_before_was_paid(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    await grove.days(7)
    renewal = await grove.at_the_store("renew", grove.subscription)

    await grove.at_the_store("refund", renewal)

    assert grove.roles() == set()
