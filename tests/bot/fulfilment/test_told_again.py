"""What happens again is told again, and what is told in other words is told all the same."""

from sandbox.models import SubscriptionStatus
from tests.delivering import MEMBERSHIP, Grove


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
    assert "This payment is disputed" in again
    assert any("is disputed by its payer" in text for text in grove.logged()[logged:])


async def prevent(grove: Grove, order: object) -> None:
    await grove.shop.pass_time(seconds=1)
    order.status = order.payment_status = "COMPLETED"  # type: ignore[attr-defined]
    grove.shop.sandbox.ledger.tell("PAYMENT_DISPUTE_PREVENTED", order, None)  # type: ignore[arg-type]
    await grove.till.settled()


async def test_a_dispute_that_is_prevented_returns_the_role_and_is_told(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    order = await grove.bought()
    await grove.at_the_store("dispute", order)
    told = len(grove.told())

    await prevent(grove, order)

    assert grove.roles() == {"VIP"}
    [over] = grove.told()[told:]
    assert "The dispute is over" in over
    assert "You keep the role **VIP**" in over
    assert any("a dispute was prevented" in text for text in grove.logged())


async def test_a_dispute_that_nobody_heard_of_is_told_to_staff_alone(grove: Grove) -> None:
    await grove.keep_log()
    order = await grove.bought()
    told = len(grove.told())

    await prevent(grove, order)

    assert grove.told()[told:] == []
    assert any("a dispute was prevented" in text for text in grove.logged())


async def test_past_due_is_told_once_whichever_event_brings_it(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    told = len(grove.told())
    await grove.shop.pass_time(seconds=1)

    grove.shop.sandbox.ledger._turn(grove.subscription, SubscriptionStatus.PAST_DUE, "SUBSCRIPTION_UPDATED")
    await grove.till.settled()
    [past_due] = grove.told()[told:]
    assert "could not be charged" in past_due

    await grove.at_the_store("fall_behind", grove.subscription)
    assert len(grove.told()) == told + 1

    await grove.at_the_store("renew", grove.subscription)
    renewed = len(grove.told())
    await grove.days(7)
    await grove.at_the_store("fall_behind", grove.subscription)
    assert any("could not be charged" in text for text in grove.told()[renewed:])
