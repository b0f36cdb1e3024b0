"""A payment on the store's page, as its payer and the rows see it."""

from tests.harness.shop import text_of
from tests.harness.till import Till


async def test_a_payment_on_the_stores_page_pays_the_sale_and_the_message_says_so(till: Till) -> None:
    session = await till.link()

    await till.pay_on_page(session)

    assert till.states() == ["paid"]
    assert till.sale()["status"] == "paid"
    [order] = till.orders()
    assert (order["money"], order["order_number"], order["late"]) == ("paid", session.id, 0)
    [message, *_] = till.shop.dms(till.shop.alice)
    assert "Payment received. Thank you!" in text_of(message)
    assert till.outcomes() == [("PAYMENT_COMPLETED", "applied")]
