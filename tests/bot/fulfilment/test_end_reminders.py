"""Three days before a timed role, a trial or a cancelled period ends, its member is told, once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from bot.members.aftercare import Aftercare
from cogs import custom_ids
from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import MEMBERSHIP, PRODUCT
from tests.harness.shop import buttons_of, link_of, text_of

pytestmark = pytest.mark.kept_shop

if TYPE_CHECKING:
    from tests.harness.grove import Grove

SOON: Final = "ends soon"
TRIAL: Final = "VIP membership"


def reminded(grove: Grove, member: Any = None) -> list[str]:
    return [said for said in grove.told(member) if SOON in said]


@pytest.mark.postgres
async def test_a_timed_role_is_told_of_three_days_before_its_end_once(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    await grove.days(26.9)
    assert reminded(grove) == []

    await grove.days(0.2)
    await grove.days(1)

    [said] = reminded(grove)
    assert "Your time with the **VIP** role ends on" in said
    assert "VIP" in grove.roles()


async def test_renew_buys_it_once_more_and_the_days_add_up(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    await grove.days(28)
    message = next(each for each in grove.shop.dms(grove.shop.alice) if SOON in text_of(each))

    await grove.shop.alice.user.click(message, label="Renew")
    assert link_of(grove.shop.dms(grove.shop.alice)[-1]) is not None
    session = list(grove.shop.sandbox.sessions.values())[-1]
    await grove.till.pay_on_page(session)
    await grove.days(4)

    assert "VIP" in grove.roles()
    assert len(reminded(grove)) == 1


async def test_renew_is_its_buyers_alone(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    reference = grove.till.sale()["reference"]
    button = await grove.shop.button_for(grove.bob, custom_ids.renew(reference))

    clicked = await grove.bob.user.click(button, label="?")

    assert "someone else's purchase" in text_of(clicked.response)


async def test_what_goes_on_by_another_purchase_isnt_told_of(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    await grove.bought()
    await grove.days(28)
    assert reminded(grove) == []

    await grove.days(30)

    assert len(reminded(grove)) == 1


async def test_what_is_shorter_than_that_isnt_told_of(grove: Grove) -> None:
    await grove.benefit(days=3)
    await grove.bought()
    await grove.days(1)

    assert reminded(grove) == []


async def test_what_was_refunded_isnt_told_of(grove: Grove) -> None:
    await grove.benefit(days=30)
    order = await grove.bought()
    await grove.at_the_store("refund", order)
    await grove.days(28)

    assert reminded(grove) == []


async def test_days_that_staff_add_put_the_reminder_off(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    [grant] = grove.grants()
    assert grant["ends_at"] - grant["remind_at"] == timedelta(days=3) // timedelta(milliseconds=1)
    reference = grove.till.sale()["reference"]
    with grove.shop.env.time_context():
        await grove.shop.app.bot.service(Aftercare).add_days(
            grove.shop.guild.id, reference, 10, by=grove.boss.id
        )
    await grove.days(28)
    assert reminded(grove) == []

    await grove.days(10)

    assert len(reminded(grove)) == 1


async def test_a_process_that_was_away_reminds_when_it_is_back(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    async with grove.outage():
        grove.time.by += timedelta(days=28)
    await grove.days(0)
    assert len(reminded(grove)) == 1

    async with grove.outage():
        pass
    await grove.days(0)

    assert len(reminded(grove)) == 1


async def test_a_process_that_comes_back_after_the_end_reminds_of_nothing(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    async with grove.outage():
        grove.time.by += timedelta(days=31)
    await grove.days(0)

    assert reminded(grove) == []
    assert "VIP" not in grove.roles()


async def test_a_reminder_that_could_not_be_sent_in_time_says_nothing_untrue(grove: Grove) -> None:
    await grove.benefit(days=30)
    order = await grove.bought()
    grove.shop.env.inject_error("POST", "/channels/*/messages", status=500, message="later", times=50)
    await grove.days(28)
    grove.shop.open_dms()
    await grove.at_the_store("refund", order)
    await grove.days(1)

    assert reminded(grove) == []


@pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret})
async def test_the_end_of_a_cancelled_period_is_told_of_with_the_way_back(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("cancel", grove.subscription)
    await grove.days(3.5)
    await grove.days(1)

    [said] = reminded(grove)
    assert "You cancelled it, so it ends on" in said
    message = next(each for each in grove.shop.dms(grove.shop.alice) if SOON in text_of(each))
    assert "Manage subscription" in buttons_of(message)


async def test_the_end_of_a_trial_is_told_of(grove: Grove) -> None:
    await grove.bought(TRIAL)
    await grove.days(3.9)
    assert reminded(grove) == []

    await grove.days(0.3)

    [said] = reminded(grove)
    assert "It's free until" in said
    message = next(each for each in grove.shop.dms(grove.shop.alice) if SOON in text_of(each))
    assert "Manage subscription" in buttons_of(message)


async def test_a_subscription_that_renews_is_told_of_by_nobody(grove: Grove) -> None:
    await grove.benefit(MEMBERSHIP)
    await grove.bought(MEMBERSHIP)
    await grove.days(5)

    assert reminded(grove) == []


@pytest.mark.postgres
async def test_staff_switch_reminders_off_and_on(grove: Grove) -> None:
    page = await grove.boss.slash(grove.shop.channel, "store settings")
    assert "three days before a timed role" in text_of(page.response)
    await grove.boss.select(page.response, ["off"], custom_id=custom_ids.settings("ends"))
    assert "Members aren't reminded before something ends." in text_of(page.response)
    await grove.benefit(days=30)
    await grove.bought(PRODUCT)
    await grove.days(28)
    assert reminded(grove) == []

    await grove.boss.select(page.response, ["on"], custom_id=custom_ids.settings("ends"))

    assert "three days before a timed role" in text_of(page.response)
    changes = grove.shop.rows("SELECT details FROM audit WHERE action = 'settings' ORDER BY id")
    details = [row["details"] for row in changes]
    assert list(map(json.loads, details)) == [{"end reminders": "off"}, {"end reminders": "on"}]
