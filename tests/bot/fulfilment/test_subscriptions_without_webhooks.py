"""What a subscription earns in a shop that the store can't reach: the lists tell, and roles follow."""

import pytest

from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import MEMBERSHIP, Grove
from tests.harness.staff_notes import NOTES

pytestmark = [pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret}), pytest.mark.kept_shop]
TRIAL = "VIP membership"


@pytest.fixture(autouse=True)
def no_webhooks(grove: Grove) -> None:
    grove.shop.sandbox.webhooks.held = True


async def _subscribed(grove: Grove, title: str = MEMBERSHIP) -> None:
    await grove.benefit(title)
    await grove.till.pay_on_page(await grove.till.link(title))
    await grove.days(0.001)


async def test_a_role_comes_stays_over_renewals_and_goes_at_the_end(grove: Grove) -> None:
    await _subscribed(grove)
    assert grove.roles() == {"VIP"}

    for _ in range(2):
        await grove.days(7)
        await grove.at_the_store("renew", grove.subscription)
        await grove.days(1)
    assert grove.roles() == {"VIP"}
    assert [order["money"] for order in grove.till.orders()] == ["paid"] * 3

    await grove.at_the_store("cancel", grove.subscription)
    await grove.days(1)
    assert grove.roles() == {"VIP"}
    assert "You keep the **VIP** role until" in grove.told()[-1]

    await grove.days(7)
    assert grove.roles() == set()


async def test_a_trial_gives_its_role_and_nobody_is_troubled(grove: Grove) -> None:
    await _subscribed(grove, TRIAL)

    assert grove.roles() == {"VIP"}
    assert grove.till.quarantine() == []
    assert grove.shop.rows(f"SELECT text FROM {NOTES}") == []


async def test_a_missed_payment_tells_how_to_mend_it(grove: Grove) -> None:
    await _subscribed(grove)
    await grove.days(7)
    await grove.at_the_store("fall_behind", grove.subscription)
    await grove.days(0.02)

    assert grove.roles() == {"VIP"}
    assert "Your subscription payment failed" in grove.told()[-1]


async def test_what_happened_during_an_outage_is_found_at_the_start(grove: Grove) -> None:
    await _subscribed(grove)
    async with grove.outage():
        await grove.days(1)
        grove.shop.sandbox.ledger.cancel(grove.subscription, immediate=True)
    await grove.days(0.001)

    assert grove.roles() == set()
    assert [row["status"] for row in grove.shop.rows("SELECT status FROM subscriptions")] == ["CANCELLED"]


async def test_after_a_lost_database_the_next_start_gives_the_role_and_its_end_takes_it(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    session = await grove.till.link(MEMBERSHIP)
    await grove.till.at_rest()
    for table in ("jobs", "messages", "sessions", "sales"):
        grove.shop.write(f"DELETE FROM {table}")
    grove.shop.sandbox.store.pay(session.id, email="alice@example.com")

    await grove.shop.restart()
    await grove.till.settled()
    assert grove.roles() == {"VIP"}
    assert len(grove.shop.rows("SELECT 1 FROM subscriptions")) == 1, "found without waiting for a look"

    await grove.at_the_store("cancel", grove.subscription, immediate=True)
    await grove.days(1.1)
    assert grove.roles() == set()
