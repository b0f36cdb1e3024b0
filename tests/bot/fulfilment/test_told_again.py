"""What happens again is told again, and what is told in other words is told all the same."""

import pytest

from sandbox.core_api import DEMO_TOKEN
from sandbox.models import SubscriptionStatus
from tests.harness.grove import MEMBERSHIP, Grove

pytestmark = pytest.mark.kept_shop


async def test_a_second_dispute_of_the_same_order_is_told_to_member_and_staff(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    order = await grove.bought()
    await grove.at_the_store("dispute", order)
    await grove.at_the_store("win", order)
    told, logged = len(grove.told()), len(grove.logged())

    await grove.at_the_store("dispute", order)

    assert grove.roles() == set()
    [again] = grove.told()[told:]
    assert "Payment disputed" in again
    assert any("is disputed by the payer" in text for text in grove.logged()[logged:])


async def prevent(grove: Grove, order: object) -> None:
    await grove.shop.pass_time(seconds=1)
    grove.shop.sandbox.ledger.prevent(order)  # type: ignore[arg-type]
    await grove.till.settled()


async def test_what_the_card_network_gives_back_is_lost_also_after_a_dispute(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    order = await grove.bought()
    await grove.at_the_store("dispute", order)
    told = len(grove.told())

    await prevent(grove, order)

    assert grove.roles() == set()
    [over] = grove.told()[told:]
    assert "Your card company returned this payment" in over
    assert "This purchase no longer includes the **VIP** role" in over
    assert any(": the card network returned the payment" in text for text in grove.logged())
    [sale] = [text for text in grove.logged() if "-# Purchase" in text]
    assert "Purchase lost: the payer has their money back" in sale
    await grove.till.settled()
    receipt = [text for text in grove.told() if "Paid, then returned by your bank" in text]
    assert receipt, "the receipt goes on from `disputed` too"


async def test_what_the_card_network_gives_back_takes_the_role_and_nobody_is_told_to_answer(
    grove: Grove,
) -> None:
    await grove.keep_log()
    await grove.benefit()
    order = await grove.bought()
    told, logged = len(grove.told()), len(grove.logged())

    await prevent(grove, order)

    assert grove.roles() == set()
    assert [row["money"] for row in grove.till.orders()] == ["lost"]
    [over] = grove.told()[told:]
    assert "Your card company returned this payment" in over
    [sale] = [text for text in grove.logged() if "-# Purchase" in text]
    assert "Purchase lost: the payer has their money back" in sale
    [note] = grove.logged()[logged:]
    assert ": the card network returned the payment" in note
    assert "needs no response" in note
    assert "stays yours" not in note


@pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret})
async def test_the_orders_list_tells_of_such_a_loss_and_nobody_is_told_to_answer(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    order = await grove.bought()
    logged = len(grove.logged())
    grove.shop.sandbox.webhooks.held = True

    await prevent(grove, order)
    await grove.days(0.05)

    assert grove.roles() == set()
    [note] = grove.logged()[logged:]
    assert "The store's dashboard says which" in note
    assert "answer" not in note


async def test_past_due_is_told_once_whichever_event_brings_it(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    told = len(grove.told())
    await grove.shop.pass_time(seconds=1)

    grove.shop.sandbox.ledger._turn(grove.subscription, SubscriptionStatus.PAST_DUE, "SUBSCRIPTION_UPDATED")
    await grove.till.settled()
    [past_due] = grove.told()[told:]
    assert "Your subscription payment failed" in past_due

    await grove.at_the_store("fall_behind", grove.subscription)
    assert len(grove.told()) == told + 1

    await grove.at_the_store("renew", grove.subscription)
    renewed = len(grove.told())
    await grove.days(7)
    await grove.at_the_store("fall_behind", grove.subscription)
    assert any("Your subscription payment failed" in text for text in grove.told()[renewed:])
