"""What an invoice's payer is told when their payment link was not made, stays true."""

import pytest
import simcord

from bot.checkout.claiming import MAKING_LEASE
from tests.harness.invoicing import click, posted_notice, staff_member, told
from tests.harness.shop import Shop, buttons_of, text_of
from tests.harness.trouble import INTERRUPTED, dying_process, leases_run_out

pytestmark = pytest.mark.kept_shop


NOTICE = "Open your private message"


@pytest.fixture
def bo(shop: Shop) -> simcord.MemberActor:
    return staff_member(shop, "bo")


async def noticed(shop: Shop, bo: simcord.MemberActor) -> simcord.ResponseMessage:
    """A notice of an invoice that reached nobody, and whose first link is payment link is closed."""
    notice = await posted_notice(shop, bo)
    shop.close_dms()
    await shop.pass_time(hours=6, seconds=5)
    return notice.message


async def test_what_the_store_said_is_not_overwritten_later(shop: Shop, bo: simcord.MemberActor) -> None:
    notice = await noticed(shop, bo)
    shop.sandbox.fail_next("POST", "*/checkouts", status=400)
    result = await shop.alice.click(notice, label=NOTICE)
    said = told(result)
    assert "can't be paid right now" in said

    await shop.pass_time(minutes=2)

    assert told(result) == said


async def test_an_invoice_whose_link_was_refused_stays_as_it_is(shop: Shop, bo: simcord.MemberActor) -> None:
    await noticed(shop, bo)
    listed = await shop.alice.slash(shop.channel, "purchases")
    shown = await click(shop.alice, listed, "Show invoice")
    shop.sandbox.fail_next("POST", "*/checkouts", status=400)
    clicked = await click(shop.alice, shown, "Get payment link")
    assert "can't be paid right now" in told(clicked)

    await shop.pass_time(minutes=2)

    assert list(buttons_of(shown.response)) == ["Get payment link", "Decline"]


async def test_who_still_waits_is_told_that_it_was_interrupted(shop: Shop, bo: simcord.MemberActor) -> None:
    notice = await noticed(shop, bo)
    with dying_process(shop):
        result = await shop.alice.click(notice, label=NOTICE)
    assert text_of(result.response) == ""
    shop.sandbox.fail_next("POST", "*/checkouts", status=400)
    await shop.restart()

    await leases_run_out(shop)
    await shop.pass_time(seconds=MAKING_LEASE.total_seconds())

    assert INTERRUPTED in text_of(result.response)


@pytest.mark.parametrize("closed", [True, False])
async def test_an_answer_that_may_not_have_arrived_is_given_again(
    shop: Shop, bo: simcord.MemberActor, *, closed: bool
) -> None:
    notice = await noticed(shop, bo)
    if not closed:
        shop.open_dms()
    shop.env.inject_error("PATCH", "/webhooks/*/*/messages/*", status=503)
    result = await shop.alice.click(notice, label=NOTICE)
    assert text_of(result.response) == ""

    await shop.pass_time(minutes=1, seconds=5)

    assert "Invoice #1" in text_of(result.response)
    assert ("Open the message" in buttons_of(result.response)) is not closed
    assert len(shop.dms(shop.alice)) == (0 if closed else 1)
