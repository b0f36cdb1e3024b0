"""`/store quarantine` and the refund of a second payment, as staff use them."""

from typing import Any

import pytest
import simcord

from sandbox.core_api import DEMO_TOKEN
from tests.paying import Till
from tests.shop import buttons_of, text_of


def staff(till: Till, name: str = "sally") -> simcord.MemberActor:
    role = till.shop.guild.create_role(f"Staff {name}", permissions=simcord_manage_guild())
    return till.shop.guild.add_member(till.shop.env.create_user(name), roles=[role])


def simcord_manage_guild() -> Any:
    import discord

    return discord.Permissions(manage_guild=True)


async def pay_too_little(till: Till) -> None:
    """The store reports a payment that doesn't fit."""
    session = await till.link()
    order = till.sandbox.store.begin_payment(session.id)
    order.quote.lines[0].unit_amount = 1
    till.sandbox.ledger.clear(order)
    await till.settled()


async def test_staff_see_why_a_payment_waits_and_accept_it(till: Till) -> None:
    sally = staff(till)
    await pay_too_little(till)

    shown = await sally.slash(till.shop.channel, "store quarantine")
    assert "Less was paid than was asked for" in text_of(shown.response)
    await sally.click(shown.response, label="Accept for that member")
    await till.settled()

    assert till.sale()["status"] == "paid"
    [held] = till.quarantine()
    assert (held["decision"], held["decided_by"]) == ("accepted", sally.id)
    again = await sally.slash(till.shop.channel, "store quarantine")
    assert "Nothing waits here" in text_of(again.response)


async def test_staff_dismiss_a_payment_and_it_never_counts(till: Till) -> None:
    sally = staff(till)
    await pay_too_little(till)

    shown = await sally.slash(till.shop.channel, "store quarantine")
    await sally.click(shown.response, label="Dismiss")

    assert [held["decision"] for held in till.quarantine()] == ["dismissed"]
    assert till.orders() == []


async def test_staff_accept_a_payment_for_another_member(till: Till) -> None:
    sally, bob = staff(till), till.shop.member("bob")
    await pay_too_little(till)

    shown = await sally.slash(till.shop.channel, "store quarantine")
    await sally.select(shown.response, [bob])
    confirmed = await sally.slash(till.shop.channel, "store quarantine")
    await sally.click(shown.response, label="Accept it")
    await till.settled()

    assert "A payment that doesn't fit" in text_of(confirmed.response)
    sales = till.shop.rows("SELECT buyer_id, status FROM sales ORDER BY id")
    assert sales[-1] == {"buyer_id": bob.id, "status": "paid"}
    assert sales[0]["status"] != "paid"


@pytest.mark.settings(staff={"role_ids": [123456789012345678]})
async def test_members_who_arent_staff_see_nothing(till: Till) -> None:
    await pay_too_little(till)

    shown = await till.shop.alice.slash(till.shop.channel, "store quarantine")

    assert "staff" in text_of(shown.response)
    assert "Accept for that member" not in buttons_of(shown.response)


@pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret})
async def test_a_second_payment_is_refunded_by_two_clicks(till: Till) -> None:
    sally = staff(till)
    channel = till.shop.guild.create_text_channel("staff")
    first = await till.link()
    await till.shop.member("bob").slash(till.shop.channel, "buy", product=till.product().id)
    second = list(till.sandbox.sessions.values())[-1]
    # As if the second session were a later one of the same sale.
    till.shop.write("UPDATE sessions SET state = 'expired' WHERE id = 1")
    till.shop.write("UPDATE sessions SET sale_id = 1 WHERE id = 2")
    till.sandbox.store.pay(first.id)
    await till.settled()
    till.sandbox.store.pay(second.id)
    await till.settled()

    paid_twice = next(order for order in till.orders() if order["again"])
    from bot.discord_io.cards import button, notice

    bot_channel = till.shop.app.bot.get_channel(channel.id)
    card = notice("again", buttons=(button("Refund", f"bamboo:refund:{paid_twice['id']}"),))
    message = await bot_channel.send(view=card)
    await till.shop.env.settle()
    asked = await sally.click(
        simcord.ResponseMessage(till.shop.env, till.shop.env.backend.messages[channel.id][message.id]),
        label="Refund",
    )
    await sally.click(asked.response, label="Refund it")
    await till.settled()

    assert sorted(order["money"] for order in till.orders()) == ["paid", "refunded"]
    assert till.shop.rows("SELECT status FROM sales WHERE id = 1") == [{"status": "paid"}]
