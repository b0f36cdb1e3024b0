"""Giving a payment back: staff read what became of it, also when the store only half answers."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, Final

import discord
import pytest
import simcord

from bot.discord.components import button, notice
from bot.errors import Unavailable
from bot.pandabase.provider import PandabaseAccount
from bot.payments.provider import RefundReason
from bot.payments.refunds import Refunds
from bot.payments.refusals import RefundFailed
from bot.texts import markdown
from sandbox.core_api import DEMO_TOKEN, Token
from tests.harness.books import SHOP, Books
from tests.harness.shop import text_of

if TYPE_CHECKING:
    from tests.harness.till import Till

WITH_TOKEN: Final = {"api_token": DEMO_TOKEN.secret}


@pytest.fixture
async def paid(till: Till, monkeypatch: pytest.MonkeyPatch) -> Till:
    """One order is paid, and from here on no webhook comes."""
    till.sandbox.store.pay((await till.link()).id)
    await till.settled()
    monkeypatch.setattr(till.sandbox.webhooks, "tell", lambda *_: None)
    return till


async def refund(till: Till) -> str:
    """Staff press the button under a note about the order, and the one that asks again; what they read."""
    guild, env = till.shop.guild, till.shop.env
    role = guild.create_role("Staff", permissions=discord.Permissions(manage_guild=True))
    sally = guild.add_member(env.create_user("sally"), roles=[role])
    channel = guild.create_text_channel("staff")
    [order] = till.orders()
    card = notice(
        markdown("again"), buttons=(button(markdown("Refund"), f"bamboo:refund:{order['reference']}"),)
    )
    note = await till.shop.app.bot.get_channel(channel.id).send(view=card)
    await env.settle()
    shown = simcord.ResponseMessage(env, env.backend.messages[channel.id][note.id])
    asked = await sally.click(shown, label="Refund")
    done = await sally.click(asked.response, label="Refund")
    await till.settled()
    return "\n".join(text_of(each) for each in (done.response, *done.followups) if each is not None)


@pytest.mark.settings(pandabase=WITH_TOKEN)
@pytest.mark.parametrize("fault", [{"status": 500}, {"data": {"status": "COMPLETED"}}])
async def test_a_refund_that_the_store_took_is_said_to_be_asked_for_until_it_shows_it(
    paid: Till, fault: dict[str, Any]
) -> None:
    paid.sandbox.fail_next("GET", "*/orders/ord_*", times=4, **fault)

    told = await refund(paid)

    said = f"We asked the store to refund **$24.99** (plus its tax) of purchase `{paid.sale()['reference']}`."
    assert f"{said} Messages update once it confirms the refund." in told
    assert "was refunded" not in told
    assert "ord_" not in told
    assert "charged" not in told
    assert [order.status for order in paid.sandbox.store.orders] == ["REFUNDED"]
    [entry] = paid.shop.rows("SELECT action, actor_id, details FROM audit")
    assert (entry["action"], json.loads(entry["details"])["why"]) == ("refund_asked", "duplicate")
    assert entry["actor_id"] is not None


@pytest.mark.settings(pandabase={"api_token": "sk_orders-only"})
async def test_a_token_that_may_not_refund_is_told_to_staff_and_the_log(
    paid: Till, caplog: pytest.LogCaptureFixture
) -> None:
    paid.sandbox.add_token(Token("sk_orders-only", scopes=frozenset({"ORDERS_READ"})))

    with caplog.at_level(logging.ERROR):
        told = await refund(paid)

    assert "REFUNDS_WRITE" in told
    assert "dashboard" in told
    assert "charged" not in told
    assert "pandabase.api_token needs the scope REFUNDS_WRITE" in caplog.text


@pytest.mark.settings(pandabase=WITH_TOKEN)
@pytest.mark.parametrize(
    ("failure", "said"),
    [
        ({"status": 429}, "very busy"),
        ({"status": 503}, "shows whether it happened"),
        ({"lose_answer": True}, "shows whether it happened"),
        ({"malformed": True}, "shows whether it happened"),
    ],
)
async def test_a_refund_whose_answer_is_missing_isnt_said_not_to_have_happened(
    paid: Till, failure: dict[str, Any], said: str
) -> None:
    paid.sandbox.fail_next("POST", "*/refunds/*", times=4, **failure)

    told = await refund(paid)

    assert said in told
    assert "charged" not in told


async def test_a_store_that_was_never_reached_has_refunded_nothing(books: Books) -> None:
    class Away:
        scopes = PandabaseAccount.scopes

        async def refund(self, *_: Any, **__: Any) -> None:
            raise Unavailable(sent=False)

        async def order(self, _order_id: str) -> Any:
            raise AssertionError("it is away")

    await books.tell("PAYMENT_COMPLETED", books.order(await books.sale()))
    refunds = Refunds(books.database, books.payments, Away(), mark=books.marked.mark, clock=books.clock)

    [order] = await books.rows("SELECT reference FROM orders")
    with pytest.raises(RefundFailed, match="Not refunded: the store isn't answering"):
        await refunds.refund(SHOP.guild_id, order["reference"], RefundReason.DUPLICATE)


@pytest.mark.settings(pandabase=WITH_TOKEN)
async def test_a_refund_that_may_have_happened_is_found_out_soon(paid: Till) -> None:
    paid.sandbox.fail_next("POST", "*/refunds/*", times=4, lose_answer=True)

    await refund(paid)

    assert [order["money"] for order in paid.orders()] == ["refunded"]
