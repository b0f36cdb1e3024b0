"""Who would get it has it already: that is said before anybody is charged."""

from datetime import timedelta

import pytest
import simcord

from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import MEMBERSHIP, PRODUCT, Grove
from tests.harness.shop import buttons_of, text_of
from tests.harness.visitor import Visitor

pytestmark = pytest.mark.kept_shop


TRIAL = "VIP membership"
ANYWAY = "Buy anyway"
TWICE = "would charge you twice"


async def buying(
    grove: Grove, title: str, member: simcord.MemberActor | None = None, **options: object
) -> simcord.InteractionResult:
    who = member or grove.shop.alice
    return await who.slash(grove.shop.channel, "buy", product=grove.till.product(title).id, **options)


def sessions(grove: Grove) -> int:
    return len(grove.shop.sandbox.sessions)


async def test_a_second_subscription_to_the_same_is_refused(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)

    result = await buying(grove, MEMBERSHIP)

    answer = text_of(result.response)
    assert f"You already have **{MEMBERSHIP}**. It renews on its own." in answer
    assert TWICE in answer
    assert buttons_of(result.response) == {}
    assert sessions(grove) == 1


async def test_one_whose_trial_runs_is_refused_too(grove: Grove) -> None:
    await grove.bought(TRIAL)

    answer = text_of((await buying(grove, TRIAL)).response)

    assert "Your free trial is running" in answer
    assert sessions(grove) == 1


@pytest.mark.parametrize(
    ("happening", "words"), [("fall_behind", "Its last payment failed"), ("pause", "It's paused")]
)
async def test_one_in_trouble_says_what_the_matter_is(grove: Grove, happening: str, words: str) -> None:
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store(happening, grove.subscription)

    answer = text_of((await buying(grove, MEMBERSHIP)).response)

    assert words in answer
    assert TWICE in answer
    assert sessions(grove) == 1


async def test_a_cancelled_one_says_until_when_and_can_be_bought_anyway(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("cancel", grove.subscription)

    asked = await buying(grove, MEMBERSHIP)
    assert "It's cancelled and stays active until <t:" in text_of(asked.response)
    assert sessions(grove) == 1

    await grove.shop.alice.click(asked.response, label=ANYWAY)
    assert sessions(grove) == 2


@pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret})  # which says that it ends at once
async def test_one_that_has_ended_is_simply_bought(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("cancel", grove.subscription, immediate=True)
    await grove.days(0.1)

    await buying(grove, MEMBERSHIP)

    assert sessions(grove) == 2


async def test_a_role_that_is_theirs_for_ever_is_said_and_can_be_bought_anyway(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()

    asked = await buying(grove, PRODUCT, quantity=2)

    assert "You already have the **VIP** role for good" in text_of(asked.response)
    assert f"2 × **{PRODUCT}**" in text_of(asked.response)
    assert "You haven't been charged." in text_of(asked.response)
    assert sessions(grove) == 1

    bought = await grove.shop.alice.click(asked.response, label=ANYWAY)

    assert "We sent it to you as a direct message" in text_of(bought.response)
    assert sessions(grove) == 2
    assert f"2 × **{PRODUCT}**" in grove.told()[-1]


async def test_what_is_timed_or_adds_a_role_is_simply_bought(grove: Grove) -> None:
    await grove.benefit(days=10)
    await grove.bought()
    await buying(grove, PRODUCT)
    assert sessions(grove) == 2

    await grove.benefit("EconomyPlus")
    await grove.bought("EconomyPlus", variant="Lifetime")
    await grove.benefit("EconomyPlus", role=grove.shop.guild.create_role("Builder"))
    await buying(grove, "EconomyPlus", variant="Lifetime")
    assert sessions(grove) == 4


async def test_what_was_given_back_is_simply_bought(grove: Grove) -> None:
    await grove.benefit()
    await grove.at_the_store("refund", await grove.bought())

    await buying(grove, PRODUCT)

    assert sessions(grove) == 2


async def test_of_a_gift_the_one_who_gets_it_counts_and_no_more_is_said_than_that_they_have_it(
    grove: Grove,
) -> None:
    await grove.benefit()
    await grove.bought()
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("fall_behind", grove.subscription)

    role = await buying(grove, PRODUCT, grove.bob, gift_to=grove.shop.alice)
    assert f"<@{grove.shop.alice.id}> already has the **VIP** role for good" in text_of(role.response)
    assert ANYWAY in buttons_of(role.response)
    subscription = await buying(grove, MEMBERSHIP, grove.bob, gift_to=grove.shop.alice)
    answer = text_of(subscription.response)
    assert f"<@{grove.shop.alice.id}> already has **{MEMBERSHIP}** and" in answer
    assert "failed" not in answer
    assert buttons_of(subscription.response) == {}
    assert sessions(grove) == 2

    # What Alice has keeps her from giving it to nobody else.
    await buying(grove, PRODUCT, gift_to=grove.bob)
    await buying(grove, MEMBERSHIP, gift_to=grove.bob)
    assert sessions(grove) == 4


async def test_the_storefronts_buy_asks_too(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    visitor = Visitor(grove.shop)
    await visitor.open(PRODUCT)
    await visitor.choose("product", grove.till.product().id)
    [label] = [each for each in buttons_of(visitor.page) if each.startswith("Buy for")]

    result = await grove.shop.alice.click(visitor.page, label=label)

    told = "\n".join(map(text_of, [result.response, *result.followups]))
    assert "You already have the **VIP** role" in told
    assert sessions(grove) == 1


async def test_a_link_for_what_expired_asks_too(grove: Grove) -> None:
    await grove.benefit()
    await grove.till.link()
    await grove.shop.pass_time(hours=7)
    expired = grove.shop.dms(grove.shop.alice)[-1]
    await grove.bought()

    asked = await grove.shop.alice.user.click(expired, label="Get a new link")

    told = "\n".join(map(text_of, [asked.response, *asked.followups]))
    assert "You already have the **VIP** role" in told
    assert sessions(grove) == 2


# --- restarts and races -------------------------------------------------------------------------------


async def test_the_answer_counts_after_a_restart(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    asked = await buying(grove, PRODUCT)

    async with grove.outage():
        pass
    await grove.shop.alice.click(asked.response, label=ANYWAY)

    assert sessions(grove) == 2


async def test_the_price_that_was_seen_is_the_one_that_is_paid(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    asked = await buying(grove, PRODUCT)
    grove.till.product().price += 100

    again = await grove.shop.alice.click(asked.response, label=ANYWAY)

    assert "The price has changed" in text_of(again.response)
    assert sessions(grove) == 1
    await grove.shop.alice.click(again.response, label=ANYWAY)
    assert sessions(grove) == 2


async def test_what_changed_meanwhile_is_looked_at_again(grove: Grove) -> None:
    """Asked while the old subscription ran out, and answered when a new one is there."""
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("cancel", grove.subscription)
    first, second = [await buying(grove, MEMBERSHIP) for _ in range(2)]
    await grove.shop.alice.click(first.response, label=ANYWAY)
    newest = list(grove.shop.sandbox.sessions.values())[-1]
    await grove.till.pay_on_page(newest)

    late = await grove.shop.alice.click(second.response, label=ANYWAY)

    told = "\n".join(map(text_of, [late.response, *late.followups]))
    assert TWICE in told
    assert sessions(grove) == 2


async def test_two_answers_at_once_are_one_purchase(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    asked = await buying(grove, PRODUCT)
    copy = await grove.shop.button_for(grove.shop.alice, buttons_of(asked.response)[ANYWAY]["custom_id"])
    await grove.shop.alice.click(asked.response, label=ANYWAY)
    newest = list(grove.shop.sandbox.sessions.values())[-1]
    await grove.till.pay_on_page(newest)

    late = await grove.shop.alice.user.click(copy, label="?")

    told = "\n".join(map(text_of, [late.response, *late.followups]))
    assert "was already answered" in told
    assert sessions(grove) == 2


async def test_nobody_else_and_nobody_a_day_later_answers(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    asked = await buying(grove, PRODUCT)
    custom_id = buttons_of(asked.response)[ANYWAY]["custom_id"]
    theirs = await grove.bob.user.click(await grove.shop.button_for(grove.bob, custom_id), label="?")
    assert "someone else's purchase" in "\n".join(map(text_of, [theirs.response, *theirs.followups]))

    grove.time.by += timedelta(days=1, minutes=1)
    late = await grove.shop.alice.click(asked.response, label=ANYWAY)
    grove.time.by -= timedelta(days=1, minutes=1)  # timers stood still, so nothing that is due would ever end

    assert "is too old" in "\n".join(map(text_of, [late.response, *late.followups]))
    assert sessions(grove) == 1


async def test_a_second_link_to_the_same_subscription_is_refused_while_the_first_can_be_paid(
    grove: Grove,
) -> None:
    await buying(grove, MEMBERSHIP)

    answer = text_of((await buying(grove, MEMBERSHIP, coupon="WELCOME10")).response)
    assert "You already have a payment link for this subscription" in answer
    assert sessions(grove) == 1

    await grove.shop.pass_time(hours=7)
    await buying(grove, MEMBERSHIP, coupon="WELCOME10")
    assert sessions(grove) == 2, "nobody can pay the first one any more"


async def test_no_second_link_to_a_subscription_whose_payment_clears(grove: Grove) -> None:
    session = await grove.till.link(MEMBERSHIP)
    grove.shop.sandbox.ledger.pay_slowly(session.id)
    await grove.till.settled()

    answer = text_of((await buying(grove, MEMBERSHIP, coupon="WELCOME10")).response)

    assert "on its way" in answer
    assert sessions(grove) == 1
