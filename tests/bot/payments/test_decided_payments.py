"""Payments that wait for staff, whatever was told of their orders before, and what is decided of them."""

import pytest

from tests.harness.books import SHOP, Books, Opened, club
from tests.harness.ids import discord_id

EARLIER = ["PAYMENT_PENDING", "PAYMENT_PROCESSING", "PAYMENT_FAILED"]
CLUB = club()


async def held_after(books: Books, kind: str | None) -> Opened:
    """A sale of which too little was paid, after something else was told of the same order."""
    sale = await books.sale()
    if kind is not None:
        await books.tell(kind, books.order(sale, status="PENDING"))
    assert await books.tell("PAYMENT_COMPLETED", books.order(sale, amount=4000)) == "quarantined"
    books.heard.orders.clear()
    return sale


@pytest.mark.parametrize("earlier", [None, *EARLIER])
async def test_what_staff_accept_is_paid(books: Books, earlier: str | None) -> None:
    sale = await held_after(books, earlier)

    await books.accept()

    assert books.heard.changes == ["paid"]
    assert (await books.money(), await books.sale_status(sale)) == (["paid"], "paid")
    assert await books.tell("PAYMENT_COMPLETED", books.order(sale)) == "known"


async def test_what_staff_accept_after_a_dispute_was_won_is_paid(books: Books) -> None:
    sale = await books.sale()
    await books.tell("PAYMENT_DISPUTED", books.order(sale, status="CHARGEBACK"))
    for kind in ("PAYMENT_COMPLETED", "PAYMENT_DISPUTE_WON"):
        books.pass_time(minutes=1)
        await books.tell(kind, books.order(sale, amount=4000))
    assert await books.reasons() == [["amount_too_small"]]

    await books.accept()

    assert books.heard.changes == ["disputed", "paid"]
    assert (await books.money(), await books.sale_status(sale)) == (["paid"], "paid")


@pytest.mark.parametrize("earlier", EARLIER)
async def test_what_staff_accept_for_somebody_else_leaves_the_sale_it_began_to_pay(
    books: Books, earlier: str
) -> None:
    sale = await held_after(books, earlier)

    await books.accept(member_id=discord_id(9009))

    [(change, order)] = books.heard.orders
    assert (change, order.sale_id != sale.sale_id) == ("paid", True)
    assert await books.sale_status(sale) == "open"
    [row] = await books.rows(f"SELECT buyer_id, status FROM sales WHERE id = {order.sale_id}")
    assert row == {"buyer_id": discord_id(9009), "status": "paid"}


@pytest.mark.parametrize("earlier", [None, *EARLIER])
async def test_what_staff_dismiss_counts_neither_now_nor_later(books: Books, earlier: str | None) -> None:
    sale = await held_after(books, earlier)

    await books.dismiss()
    assert await books.tell("PAYMENT_COMPLETED", books.order(sale)) == "dismissed"

    assert "paid" not in books.heard.changes
    assert await books.sale_status(sale) == "open"


@pytest.mark.parametrize("earlier", [None, *EARLIER])
async def test_what_fits_after_all_no_longer_waits(books: Books, earlier: str | None) -> None:
    sale = await held_after(books, earlier)

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale)) == "applied"

    assert books.heard.changes == ["paid"]
    assert await books.reasons() == []


@pytest.mark.parametrize("earlier", [None, *EARLIER])
async def test_a_refund_of_what_waits_is_no_refund_of_the_sale(books: Books, earlier: str | None) -> None:
    sale = await held_after(books, earlier)

    await books.tell("PAYMENT_REFUNDED", books.order(sale, amount=4000, status="REFUNDED"))

    assert await books.reasons() == []
    assert not {"paid", "refunded"}.intersection(books.heard.changes)
    assert await books.sale_status(sale) == "open"


@pytest.mark.parametrize("first", ["without an id", "with one"])
async def test_a_decision_stands_however_the_store_names_the_order(books: Books, first: str) -> None:
    sale = await books.sale()
    named, nameless = books.order(sale, amount=4000), books.order(sale, amount=4000, id=None)
    before, after = (nameless, named) if first == "without an id" else (named, nameless)

    assert await books.tell("PAYMENT_COMPLETED", before) == "quarantined"
    await books.dismiss()

    assert await books.tell("PAYMENT_COMPLETED", after) == "dismissed"
    assert await books.reasons() == []


async def test_an_order_gets_its_own_id_as_soon_as_the_store_tells_it(books: Books) -> None:
    sale = await books.sale()

    await books.tell("PAYMENT_COMPLETED", books.order(sale, id=None))
    assert await books.tell("PAYMENT_COMPLETED", books.order(sale)) == "known"
    await books.tell("PAYMENT_REFUNDED", books.order(sale, orderNumber=None, status="REFUNDED"))

    assert await books.rows("SELECT order_id, money FROM orders") == [
        {"order_id": f"ord_{sale.session_id}", "money": "refunded"}
    ]


async def test_an_early_payment_with_a_coupon_fits_once_the_session_says_its_discount(books: Books) -> None:
    sale = await books.sale(coupon="LEAF10", made=False)
    assert await books.tell("PAYMENT_COMPLETED", books.order(sale, amount=4500)) == "quarantined"

    assert await books.make(sale, discount=500)
    await books.inbox.apply_due()

    assert books.heard.changes == ["paid"]
    assert await books.reasons() == []


@pytest.mark.parametrize("named", [{"id": "sub_1"}, None])
async def test_an_accepted_renewal_is_the_next_period_of_its_subscription(
    books: Books, named: dict[str, str] | None
) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale)
    other = [{"productId": "prd_other", "quantity": 1, "amount": 2500}]
    renewal = books.order(sale, id="ord_renewal", orderNumber="rnw_1", items=other)
    await books.tell("PAYMENT_COMPLETED", renewal, subscription=named, beside=True)
    assert len(await books.reasons()) == 1

    await books.accept()

    assert books.heard.changes == ["paid", "renewed"]
    assert books.heard.orders[-1][1].subscription_id == "sub_1"
    assert await books.rows("SELECT id FROM sales") == [{"id": sale.sale_id}]


async def test_a_renewal_accepted_for_somebody_else_is_a_sale_of_their_own(books: Books) -> None:
    sale = await books.sale(CLUB)
    await books.begin(sale)
    renewal = books.order(sale, id="ord_renewal", orderNumber="rnw_1", items=None)
    await books.tell("PAYMENT_COMPLETED", renewal)

    await books.accept(member_id=discord_id(9009))

    assert books.heard.changes == ["paid", "paid"]
    assert len(await books.rows(f"SELECT id FROM sales WHERE guild_id = {SHOP.guild_id}")) == 2


@pytest.mark.parametrize("per", ["unit", "line"])
async def test_what_is_accepted_without_a_sale_costs_what_the_order_says(books: Books, per: str) -> None:
    sale = await books.sale()
    order = books.order(sale, metadata={**sale.metadata, "signature": "another"})
    order["items"][0]["amount"] *= order["items"][0]["quantity"] if per == "line" else 1
    await books.lose()
    await books.tell("PAYMENT_COMPLETED", order)

    await books.quarantine.accept(SHOP, await _reference(books), 9009, by=7)

    [row] = await books.rows("SELECT subtotal FROM sales")
    assert row["subtotal"] == 5000


async def _reference(books: Books) -> str:
    [row] = await books.rows("SELECT reference FROM quarantine")
    return str(row["reference"])


@pytest.mark.parametrize("kind", ["PAYMENT_REFUNDED", "PAYMENT_DISPUTE_PREVENTED"])
async def test_what_its_payer_has_back_for_good_need_not_be_decided(books: Books, kind: str) -> None:
    sale = await books.sale()
    await books.tell("PAYMENT_COMPLETED", books.order(sale, amount=1))
    assert len(await books.reasons()) == 1

    await books.tell(kind, books.order(sale, amount=1))

    assert await books.reasons() == []
    assert books.heard.changes == []
