"""A payment that staff have to decide about: what its payer reads meanwhile, and where staff see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness.invoicing import sent
from tests.harness.sale_pages import offered, opened
from tests.harness.shop import buttons_of, link_of, text_of

if TYPE_CHECKING:
    from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


async def pay_too_little(grove: Grove) -> None:
    """The store reports a payment of the newest link that doesn't fit."""
    session = list(grove.till.sandbox.sessions)[-1]
    order = grove.till.sandbox.store.begin_payment(session)
    order.quote.lines[0].unit_amount = 1
    grove.till.sandbox.ledger.clear(order)
    await grove.till.settled()


@pytest.mark.own_shop
@pytest.mark.parametrize("label", ["Accept for this member", "Dismiss"])
async def test_the_message_of_the_link_says_that_staff_look_at_its_payment_until_they_decide(
    grove: Grove, label: str
) -> None:
    till = grove.till
    await till.link()
    await pay_too_little(grove)

    [message] = till.shop.dms(till.shop.alice)
    assert "Staff are checking your payment" in text_of(message)
    assert "Don't pay again" in text_of(message)
    assert buttons_of(message) == {}
    await till.shop.pass_time(hours=7)
    [message] = till.shop.dms(till.shop.alice)
    assert "Staff are checking your payment" in text_of(message)  # though the link has expired

    shown = await grove.boss.slash(till.shop.channel, "store quarantine")
    await grove.boss.click(shown.response, label=label)
    await till.settled()

    [message] = till.shop.dms(till.shop.alice)
    if label == "Dismiss":
        assert "Payment link expired" in text_of(message)
        assert list(buttons_of(message)) == ["Get a new link"]
    else:
        assert "Payment received" in text_of(message)


async def test_an_invoices_message_says_that_staff_look_at_its_payment(grove: Grove) -> None:
    await sent(grove.shop, grove.boss)
    await pay_too_little(grove)

    [message] = grove.shop.dms(grove.shop.alice)
    assert "Staff are checking your payment" in text_of(message)
    assert buttons_of(message) == {}
    page = await grove.boss.slash(grove.shop.channel, "invoice show", number=1)
    assert "A payment doesn't match it." in text_of(page.response)

    shown = await grove.boss.slash(grove.shop.channel, "store quarantine")
    await grove.boss.click(shown.response, label="Dismiss")
    await grove.till.settled()
    [message] = grove.shop.dms(grove.shop.alice)
    assert link_of(message) is not None
    page = await grove.boss.slash(grove.shop.channel, "invoice show", number=1)
    assert "A payment doesn't match it." not in text_of(page.response)


async def test_staff_see_that_a_purchases_payment_is_in_quarantine_and_go_there(grove: Grove) -> None:
    await grove.till.link()
    await pay_too_little(grove)

    member = await grove.store_result("member", member=grove.shop.alice)
    listed = await grove.store_result("orders")
    sale = await opened(grove, listed.response)

    for page in (member, listed):
        assert "Payment in quarantine" in text_of(page.response)
        assert "Open" not in text_of(page.response)
        assert offered(page.response)[0].endswith("Payment in quarantine")
    assert "Payment in quarantine" in text_of(sale.response)
    there = await grove.boss.click(sale.response, label="Quarantine")
    assert "Payment that doesn't match" in text_of(there.response)
