"""A benefit reaches those who paid before it was there: all of them, once, told, and in nobody's way."""

from typing import Any

import pytest
import simcord

from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import MEMBERSHIP, PRODUCT, Grove
from tests.harness.instants import milliseconds
from tests.harness.shop import buttons_of, text_of

pytestmark = pytest.mark.kept_shop


def copy(grove: Grove, table: str, row: dict[str, Any], **changed: Any) -> None:
    values = {**row, **changed}
    marks = ",".join("?" * len(values))
    grove.shop.write(f"INSERT INTO {table} ({','.join(values)}) VALUES ({marks})", *values.values())


async def buyers(grove: Grove, count: int, title: str = PRODUCT) -> list[simcord.MemberActor]:
    """So many members who bought it: the first one did, and the rows of the others are like Alice's."""
    await grove.bought(title)
    [sale] = grove.shop.rows("SELECT * FROM sales")
    [session] = grove.shop.rows("SELECT * FROM sessions")
    [order] = grove.shop.rows("SELECT * FROM orders")
    members = [grove.shop.alice]
    for number in range(2, count + 1):
        member = grove.shop.member(f"buyer {number}")
        members.append(member)
        people = {"buyer_id": member.id, "recipient_id": member.id}
        copy(grove, "sales", sale, id=number, reference=f"buyer{number:05}", **people)
        copy(grove, "sessions", session, id=number, sale_id=number, session_id=f"cs_{number}", nonce=None)
        names = {"order_id": f"ord_{number}", "order_number": f"cs_{number}"}
        names["reference"] = f"order{number:05}"
        copy(grove, "orders", order, id=number, sale_id=number, session_id=number, **names)
    await grove.till.settled()
    return members


async def add(grove: Grove, title: str = PRODUCT, **options: Any) -> Any:
    """The answer to adding a benefit."""
    options.setdefault("role", grove.role)
    result = await grove.store_result("benefit add", product=grove.till.product(title).id, **options)
    return result.response


async def test_more_buyers_than_one_batch_get_it_and_are_told_with_its_message(grove: Grove) -> None:
    members = await buyers(grove, 12)
    await grove.keep_log()
    answer = await add(grove, message="Read the rules, {member}")
    assert "12 earlier buyers don't have it yet" in text_of(answer)
    assert "they'll get a direct message" in text_of(answer)

    clicked = await grove.boss.click(answer, label="Give it to 12 buyers")
    await grove.till.settled()

    assert "Giving it to 12 earlier buyers" in text_of(clicked.response)
    for member in members:
        assert grove.roles(member) == {"VIP"}
        [told] = [text for text in grove.told(member) if "There's more for you" in text]
        assert "You now have the **VIP** role" in told
        assert f"Read the rules, <@{member.id}>" in told
    # One note at the end, and no message about sales of which the log never told.
    [note] = grove.logged()
    assert "goes to 12 earlier buyers. That's everyone" in note


async def test_who_has_bought_twice_is_one_buyer_and_is_told_once(grove: Grove) -> None:
    await grove.bought()
    await grove.bought()
    answer = await add(grove, days=10)

    await grove.boss.click(answer, label="Give it to 1 buyer")
    await grove.till.settled()

    assert sum("There's more for you" in text for text in grove.told()) == 1
    await grove.days(19.9)
    assert grove.roles() == {"VIP"}
    await grove.days(0.2)
    assert grove.roles() == set()


async def test_it_goes_on_where_it_was_after_a_restart(grove: Grove) -> None:
    members = await buyers(grove, 7)
    await grove.benefit()
    in_order = sorted(members, key=lambda member: member.id)

    async with grove.outage():
        # The process died when the first three had it.
        grove.shop.write(
            "INSERT INTO past_buyer_runs (benefit_id, reached, given, asked_at)"
            f" VALUES (1, ?, 3, {milliseconds('2026-01-01 00:00:00')})",
            in_order[2].id,
        )
    await grove.till.settled()

    assert [grove.roles(member) for member in in_order] == [set()] * 3 + [{"VIP"}] * 4
    [run] = grove.shop.rows("SELECT given, finished_at IS NOT NULL AS finished FROM past_buyer_runs")
    assert run == {"given": 7, "finished": 1}


async def test_while_the_role_cant_be_given_it_waits_instead_of_telling_staff_for_each(grove: Grove) -> None:
    await buyers(grove, 7)
    await grove.keep_log()
    answer = await add(grove)
    async with grove.outage():
        grove.shop.write(
            "INSERT INTO past_buyer_runs (benefit_id, reached, given, asked_at)"
            f" VALUES (1, 0, 0, {milliseconds('2026-01-01 00:00:00')})"
        )
        grove.put_role(above=True)
    await grove.till.at_rest()
    assert grove.roles() == set()
    assert grove.logged() == []
    assert "Being given to earlier buyers: 0 so far" in await grove.store("benefit list")
    clicked = await grove.boss.click(answer, label="Give it to 7 buyers")
    assert "drag the bot's role above it" in "".join(map(text_of, clicked.followups))

    grove.put_role(above=False)
    await grove.days(0.01)

    assert grove.roles() == {"VIP"}
    assert len(grove.grants()) == 7


async def test_a_benefit_that_is_removed_meanwhile_goes_to_nobody_else(grove: Grove) -> None:
    await buyers(grove, 3)
    await grove.keep_log()
    await grove.benefit()
    async with grove.outage():
        grove.shop.write(
            "INSERT INTO past_buyer_runs (benefit_id, reached, given, asked_at)"
            f" VALUES (1, 0, 0, {milliseconds('2026-01-01 00:00:00')})"
        )
        grove.shop.write(f"UPDATE benefits SET removed_at = {milliseconds('2026-01-01 00:00:00')}")
    await grove.till.settled()

    assert grove.roles() == set()
    assert "goes to 0 earlier buyers. It was removed in the meantime" in grove.logged()[-1]


async def test_who_has_the_role_by_the_product_isnt_offered_it_again_when_its_terms_change(
    grove: Grove,
) -> None:
    await grove.benefit(days=30)
    await grove.bought()

    assert buttons_of(await add(grove, days=60, message="x")) == {}


async def test_who_has_the_role_by_one_variant_isnt_offered_it_again_for_all(grove: Grove) -> None:
    await grove.benefit("EconomyPlus", variant="Lifetime")
    await grove.bought("EconomyPlus", variant="Lifetime")

    assert buttons_of(await add(grove, "EconomyPlus")) == {}


@pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret})
async def test_a_subscription_that_has_ended_earns_nothing_any_more(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("cancel", grove.subscription, immediate=True)

    assert buttons_of(await add(grove, MEMBERSHIP)) == {}


async def test_a_subscription_that_still_lives_earns_it_until_its_end(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("cancel", grove.subscription)
    answer = await add(grove, MEMBERSHIP)

    await grove.boss.click(answer, label="Give it to 1 buyer")
    await grove.till.settled()
    assert grove.roles() == {"VIP"}

    await grove.days(8)
    assert grove.roles() == set()


async def test_many_ends_at_once_are_each_told(grove: Grove) -> None:
    members = await buyers(grove, 12)
    answer = await add(grove, days=5)
    await grove.boss.click(answer, label="Give it to 12 buyers")
    await grove.till.settled()

    await grove.days(5.1)

    for member in members:
        assert grove.roles(member) == set()
        assert (
            sum("The time you paid for with the **VIP** role is over" in text for text in grove.told(member))
            == 1
        )
