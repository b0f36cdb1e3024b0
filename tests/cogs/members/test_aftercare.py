"""What staff do with a sale: deliver again, add days, refund, move. Each is asked for, audited, and once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from bot.payments.provider import RefundReason
from bot.staff.models import AuditAction, AuditEntry
from cogs.staff.audit_text import audit_sentence
from sandbox.core_api import DEMO_TOKEN, Token
from tests.harness.grove import MEMBERSHIP
from tests.harness.sale_pages import (
    BUTTON,
    add_days,
    at_once,
    audited,
    care,
    choose,
    custom_id_of,
    days_typed,
    newest,
    sale,
    step,
    told,
    with_button,
)
from tests.harness.shop import buttons_of, text_of

if TYPE_CHECKING:
    from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


WITH_TOKEN: Final = {"api_token": DEMO_TOKEN.secret}


# --- deliver again ------------------------------------------------------------------------------------


async def test_what_a_sale_gives_is_delivered_again(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    grove.take_by_hand(grove.shop.alice, grove.role)
    before = len(grove.shop.dms(grove.shop.alice))

    page = await newest(grove)
    clicked = await grove.boss.click(page.response, label="Deliver again")
    await grove.till.settled()

    assert "Delivering again now" in told(clicked)
    assert "VIP" in grove.roles()
    assert len(grove.shop.dms(grove.shop.alice)) == before + 1
    assert "Payment received" in grove.told()[-1]
    reference = grove.till.sale()["reference"]
    said = {"sale": reference, "member": grove.shop.alice.id}
    assert audited(grove) == [("delivered_again", grove.boss.id, said)]


@pytest.mark.postgres
async def test_two_who_deliver_again_at_once_do_so_once(grove: Grove) -> None:
    await grove.bought()
    before = len(grove.shop.dms(grove.shop.alice))

    await at_once(
        grove, *[care(grove).deliver_again(grove.shop.guild.id, sale(grove), by=1) for _ in range(3)]
    )
    await grove.till.settled()

    assert len(grove.shop.dms(grove.shop.alice)) == before + 1


async def test_what_is_to_be_delivered_again_is_so_after_a_restart(grove: Grove) -> None:
    await grove.bought()
    page = await newest(grove)
    async with grove.outage():
        pass
    before = len(grove.shop.dms(grove.shop.alice))

    await grove.boss.click(page.response, label="Deliver again")
    await grove.till.settled()

    assert len(grove.shop.dms(grove.shop.alice)) == before + 1


async def test_what_was_refunded_meanwhile_isnt_delivered_again(grove: Grove) -> None:
    order = await grove.bought()
    page = await newest(grove)
    await grove.at_the_store("refund", order)

    clicked = await grove.boss.click(page.response, label="Deliver again")

    assert "isn't paid right now" in told(clicked)
    assert audited(grove) == []


# --- days ---------------------------------------------------------------------------------------------


@pytest.mark.postgres
async def test_a_timed_role_lasts_longer_by_the_days_that_are_added(grove: Grove) -> None:
    await grove.benefit(days=30)
    await grove.bought()
    [before] = grove.grants()

    assert "Added 7 days." in await add_days(grove, "7")

    await grove.till.settled()
    [after] = grove.grants()
    assert after["ends_at"] - before["ends_at"] == 7 * 86_400_000
    await grove.days(31)
    assert "VIP" in grove.roles()
    await grove.days(7)
    assert "VIP" not in grove.roles()
    assert audited(grove)[0][0] == "days_added"
    assert audited(grove)[0][2]["days"] == 7


async def test_a_role_that_has_ended_is_given_for_the_days_from_now_on(grove: Grove) -> None:
    await grove.benefit(days=1)
    await grove.bought()
    await grove.days(10)
    assert "VIP" not in grove.roles()

    await add_days(grove, "3")
    await grove.till.settled()

    assert "VIP" in grove.roles()
    await grove.days(2)
    assert "VIP" in grove.roles()
    await grove.days(2)
    assert "VIP" not in grove.roles()


@pytest.mark.parametrize("typed", ["0", "3651", "-1", "two", "٣"])
async def test_what_is_no_number_of_days_adds_nothing(grove: Grove, typed: str) -> None:
    await grove.benefit(days=30)
    await grove.bought()

    assert "isn't a number of days" in await add_days(grove, typed)

    assert [row["days"] for row in grove.grants()] == [30]


async def test_a_role_for_good_has_no_days_to_add(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    page = await newest(grove)
    assert "Add days" not in buttons_of(page.response)

    asked = await grove.boss.click(await with_button(grove, step(grove, "days")), label="?")
    answer = await grove.boss.submit_modal(asked, days_typed(asked, "5"))

    assert "gave no role that ends by itself" in told(answer)


# --- refunds ------------------------------------------------------------------------------------------


async def ask_refund(grove: Grove, reason: str = "requested") -> Any:
    page = (await newest(grove)).response
    await grove.boss.click(page, label="Refund")
    await choose(grove, page, reason)
    return page


@pytest.mark.settings(pandabase=WITH_TOKEN)
async def test_a_payment_is_refunded_after_a_reason_and_a_question(grove: Grove) -> None:
    await grove.benefit()
    await grove.bought()
    page = await ask_refund(grove)
    assert "Refund **$24.99** (plus its tax)? The money goes back to whoever paid." in text_of(page)
    assert "The member asked for it" in text_of(page)
    assert [order["money"] for order in grove.till.orders()] == ["paid"]

    clicked = await grove.boss.click(page, label="Refund")
    await grove.till.settled()

    assert f"**$24.99** (plus its tax) of purchase `{sale(grove)}` was refunded." in told(clicked)
    assert "ord_" not in told(clicked)
    assert [order["money"] for order in grove.till.orders()] == ["refunded"]
    assert "VIP" not in grove.roles()
    [(action, actor, said)] = audited(grove)
    assert (action, actor, said["why"], said["amount"]) == ("refund_asked", grove.boss.id, "requested", 2499)
    [body] = [request.body for request in grove.shop.sandbox.requests if "/refunds/" in request.path]
    assert body == {"reason": "REQUESTED_BY_CUSTOMER"}


@pytest.mark.settings(pandabase=WITH_TOKEN)
@pytest.mark.postgres
async def test_two_refunds_at_once_give_the_money_back_once(grove: Grove) -> None:
    await grove.bought()
    [order] = grove.till.orders()

    await at_once(
        grove,
        *[
            care(grove).refund(grove.shop.guild.id, order["reference"], reason, by=1)
            for reason in RefundReason
        ],
    )
    await grove.till.settled()

    assert [each["money"] for each in grove.till.orders()] == ["refunded"]
    events = [event.type for event in grove.shop.sandbox.webhooks.events]
    assert events.count("PAYMENT_REFUNDED") == 1


async def test_of_a_subscription_staff_choose_which_payment_is_refunded(grove: Grove) -> None:
    await grove.bought(MEMBERSHIP)
    await grove.at_the_store("renew", grove.subscription)
    page = (await newest(grove)).response

    await grove.boss.click(page, label="Refund")
    assert "Which payment" in text_of(page)
    renewal = grove.till.orders()[-1]["reference"]
    await choose(grove, page, renewal)
    await choose(grove, page, "duplicate")

    assert custom_id_of(page, BUTTON) == step(grove, "pay", renewal, "duplicate")


async def test_without_a_token_the_answer_says_where_to_refund(grove: Grove) -> None:
    await grove.bought()

    clicked = await grove.boss.click(await ask_refund(grove), label="Refund")

    assert "can't refund without pandabase.api_token" in told(clicked)


@pytest.mark.settings(pandabase=WITH_TOKEN)
async def test_a_token_without_the_scope_is_named(grove: Grove) -> None:
    await grove.bought()
    grove.take_token_back()
    grove.shop.sandbox.add_token(Token(DEMO_TOKEN.secret, scopes=frozenset({"ORDERS_READ"})))

    clicked = await grove.boss.click(await ask_refund(grove), label="Refund")

    assert "lacks the scope REFUNDS_WRITE" in told(clicked).replace("\\", "")
    assert [order["money"] for order in grove.till.orders()] == ["paid"]


@pytest.mark.settings(pandabase=WITH_TOKEN)
async def test_the_question_outlives_a_restart_and_a_refund_meanwhile_refuses_it(grove: Grove) -> None:
    order = await grove.bought()
    page = await ask_refund(grove)
    async with grove.outage():
        pass
    await grove.at_the_store("refund", order)

    clicked = await grove.boss.click(page, label="Refund")

    assert "already refunded" in told(clicked)


@pytest.mark.settings(staff={"log_channel_id": 1})
async def test_what_staff_do_with_sales_reads_as_sentences_in_their_log(grove: Grove) -> None:
    said = {"sale": "abcdefghij", "member": 5, "days": 1, "to": 7, "amount": 2499, "currency": "USD"}
    told_of = [
        str(audit_sentence(AuditEntry(1, action, 9, details=said)))
        for action in (
            AuditAction.DELIVERED_AGAIN,
            AuditAction.DAYS_ADDED,
            AuditAction.REFUND_ASKED,
            AuditAction.SALE_MOVED,
        )
    ]
    assert told_of == [
        "Purchase `abcdefghij` of <@5> was delivered again by <@9>",
        "Purchase `abcdefghij` of <@5> was given 1 more day by <@9>",
        "Purchase `abcdefghij` of <@5> had a refund of $24.99 requested by <@9>",
        "Purchase `abcdefghij` of <@5> was moved to <@7> by <@9>",
    ]
