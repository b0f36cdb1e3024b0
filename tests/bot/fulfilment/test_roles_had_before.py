"""What somebody had before their purchase is theirs, whatever becomes of the purchase."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.checkout.states import MoneyState
from bot.payments.models import PaymentEvent
from tests.harness.grove import MEMBERSHIP, Grove
from tests.harness.role_delivery import START, World, open_world
from tests.harness.shop import text_of

pytestmark = pytest.mark.kept_shop


async def test_a_refund_leaves_the_role_that_was_there_before(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    grove.give_by_hand(grove.shop.alice, grove.role)
    order = await grove.bought()
    assert grove.roles() == {"VIP"}

    await grove.at_the_store("refund", order)

    assert grove.roles() == {"VIP"}
    assert any("Role: kept: the member already had it" in text for text in grove.logged())
    assert not any("taken" in text for text in grove.told())


async def test_a_dispute_leaves_it_and_one_that_is_won_changes_nothing(grove: Grove) -> None:
    await grove.benefit()
    grove.give_by_hand(grove.shop.alice, grove.role)
    order = await grove.bought()

    await grove.at_the_store("dispute", order)
    assert grove.roles() == {"VIP"}
    await grove.at_the_store("win", order)
    await grove.at_the_store("refund", order)

    assert grove.roles() == {"VIP"}


async def test_the_end_of_what_is_timed_leaves_it_and_says_no_more_than_is_so(grove: Grove) -> None:
    await grove.benefit(days=10)
    grove.give_by_hand(grove.shop.alice, grove.role)
    await grove.bought()

    await grove.days(10.1)

    assert grove.roles() == {"VIP"}
    assert "The time you paid for with the **VIP** role is over." in grove.told()[-1]


async def test_the_end_of_a_subscription_leaves_it(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    grove.give_by_hand(grove.shop.alice, grove.role)
    await grove.bought(MEMBERSHIP)

    await grove.at_the_store("cancel", grove.subscription, immediate=True)
    await grove.days(40)

    assert {each["state"] for each in grove.grants()} == {"ended"}
    assert grove.roles() == {"VIP"}


async def test_what_past_buyers_had_before_their_benefit_stays_too(grove: Grove) -> None:
    order = await grove.bought()
    grove.give_by_hand(grove.shop.alice, grove.role)
    result = await grove.store_result("benefit add", product=grove.till.product().id, role=grove.role)
    await grove.boss.click(result.response, label="Give it to 1 buyer")
    await grove.till.settled()

    await grove.at_the_store("refund", order)

    assert [each["state"] for each in grove.grants()] == ["revoked"]
    assert grove.roles() == {"VIP"}


@pytest.mark.parametrize("by_hand", [True, False], ids=["had before", "bought"])
async def test_a_later_purchase_doesnt_change_what_was_there_before_the_first(
    grove: Grove, *, by_hand: bool
) -> None:
    await grove.benefit()
    if by_hand:
        grove.give_by_hand(grove.shop.alice, grove.role)
    first = await grove.bought()
    second = await grove.bought()

    await grove.at_the_store("refund", first)
    assert grove.roles() == {"VIP"}
    await grove.at_the_store("refund", second)

    assert grove.roles() == ({"VIP"} if by_hand else set())


async def test_bought_anew_after_a_refund_it_is_looked_at_anew(grove: Grove) -> None:
    await grove.benefit()
    await grove.at_the_store("refund", await grove.bought())
    assert grove.roles() == set()
    grove.give_by_hand(grove.shop.alice, grove.role)

    await grove.at_the_store("refund", await grove.bought())

    assert grove.roles() == {"VIP"}


async def test_who_lost_it_by_leaving_has_it_only_by_the_purchase_from_then_on(grove: Grove) -> None:
    await grove.benefit()
    grove.give_by_hand(grove.shop.alice, grove.role)
    order = await grove.bought()
    await grove.leave()
    await grove.come_back()
    assert grove.roles() == {"VIP"}

    await grove.at_the_store("refund", order)

    assert grove.roles() == set()


async def test_a_bot_that_lost_sight_of_a_member_asks_discord_what_they_have(grove: Grove) -> None:
    """What Discord told before the connection broke may have changed since."""
    await grove.benefit()
    grove.give_by_hand(grove.shop.alice, grove.role)
    await grove.shop.env.settle()
    guild = grove.shop.app.bot.get_guild(grove.shop.guild.id)
    assert guild is not None
    known = guild.get_member(grove.shop.alice.id)
    if known is not None:
        known._roles.remove(grove.role.id)

    await grove.at_the_store("refund", await grove.bought())

    assert grove.roles() == {"VIP"}


async def test_a_receipt_says_of_a_role_that_ended_only_what_is_so(grove: Grove) -> None:
    await grove.benefit()
    grove.give_by_hand(grove.shop.alice, grove.role)
    await grove.at_the_store("refund", await grove.bought())

    shown = await grove.shop.alice.slash(grove.shop.channel, "purchases")
    receipt = await grove.shop.alice.click(shown.response, label="Show receipt")

    answer = "".join(map(text_of, [receipt.response, *receipt.followups]))
    assert "This no longer includes the **VIP** role in Bamboo Grove." in answer
    assert "taken" not in answer


# --- kills and races ----------------------------------------------------------------------------------


async def test_what_our_own_first_attempt_gave_wasnt_there_before(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        world = await open_world(stack, str(tmp_path))
        await world.buy("for_ever")
        world.discord.answers_get_lost = True
        await world.processes[0].work()
        assert world.discord.held == {1}  # and nobody wrote that it was given

        world.discord.answers_get_lost = False
        world.now = START.replace(hour=1)
        await world.processes[1].work()
        await world.become(0, MoneyState.REFUNDED, PaymentEvent.REFUNDED)
        await world.processes[1].work()

        assert world.discord.held == set()


@pytest.mark.parametrize("before", [set(), {1}], ids=["not there", "there before"])
async def test_bought_anew_while_the_taking_waits_it_is_what_it_was(tmp_path: Path, before: set[int]) -> None:
    async with AsyncExitStack() as stack:
        world = await open_world(stack, str(tmp_path))
        world.discord.held |= before
        await world.buy("for_ever")
        await world.processes[0].work()
        world.discord.away = True
        await world.become(0, MoneyState.REFUNDED, PaymentEvent.REFUNDED)
        await world.processes[0].work()
        world.discord.away = False
        await world.buy("for_ever")
        await world.processes[1].work()
        assert world.discord.held == {1}

        await world.become(1, MoneyState.REFUNDED, PaymentEvent.REFUNDED)
        world.now = START.replace(day=2)
        await world.processes[0].work()

        assert world.discord.held == before


async def test_refunded_before_it_was_given_nothing_is_taken(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        world = await open_world(stack, str(tmp_path))
        world.discord.held.add(1)
        await world.buy("for_ever")
        await world.become(0, MoneyState.REFUNDED, PaymentEvent.REFUNDED)

        await world.processes[0].work()

        assert world.discord.held == {1}
        assert world.discord.calls == {}


@pytest.mark.parametrize("before", [set(), {1}], ids=["not there", "there before"])
async def test_two_purchases_given_at_once_end_as_they_began(tmp_path: Path, before: set[int]) -> None:
    async with AsyncExitStack() as stack:
        world: World = await open_world(stack, str(tmp_path))
        world.discord.held |= before
        for _ in range(3):
            await world.buy("for_ever")
        await world.processes[0].work()  # all three at once
        for number in range(3):
            await world.become(number, MoneyState.REFUNDED, PaymentEvent.REFUNDED)

        await world.processes[1].work()

        assert world.discord.held == before
