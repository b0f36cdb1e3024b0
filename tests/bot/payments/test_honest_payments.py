"""Payments that look odd and are right all the same."""

from datetime import timedelta
from typing import Any

import pytest

from bot.checkout.models import Basket, Charge, CustomLine
from bot.checkout.repository import SaleRepository
from bot.checkout.signing import new_nonce
from bot.checkout.states import SessionState
from tests.harness.books import Books, line

CHARGE = Charge(7, 55)


async def _put_up_again(books: Books, sale: Any, price: int) -> None:
    """The link is withdrawn, and there is a new one at another price."""
    async with books.database.write() as tx:
        await SaleRepository(tx).move(sale.session_row, SessionState.WITHDRAWN)
        await SaleRepository(tx).reopen(sale.sale_id, Basket((line(unit_amount=price),)))
        row = await SaleRepository(tx).add_session(
            sale.sale_id, {}, nonce=new_nonce(), lease=books.now, now=books.now
        )
        await SaleRepository(tx).move(
            row,
            SessionState.OPEN,
            session_id="cs_new",
            url="https://pay.pandabase.io/c/cs_new",
            amount=2 * price,
            discount=0,
            expires_at=books.now + timedelta(hours=6),
        )


async def test_a_page_is_paid_by_what_it_asked_for_whatever_the_price_is_today(books: Books) -> None:
    sale = await books.sale()
    await _put_up_again(books, sale, 3000)

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale)) == "applied"

    assert books.heard.changes == ["paid"]


async def test_a_page_isnt_paid_by_the_price_of_another(books: Books) -> None:
    sale = await books.sale()
    await _put_up_again(books, sale, 1000)

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale, amount=2000)) == "quarantined"


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Family 👨\u200d👩\u200d👧 pack", None),
        ("10\u00a0000 coins", None),
        ("10\u00a0000 coins", "10 000  coins"),
        ("Design\u200b", "Design"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("\U0001fae8 new emoji", None),
    ],
)
async def test_an_item_is_the_same_however_its_name_is_written(
    books: Books, title: str, told: str | None
) -> None:
    sale = await books.sale(CustomLine(title, 2500, 1, "USD"), charge=CHARGE)
    order = books.order(sale)
    order["items"][0]["name"] = told or title

    assert await books.tell("PAYMENT_COMPLETED", order) == "applied"


@pytest.mark.parametrize("told", ["Another", "", " ", None, "Design\x00", "\u200b", "D esign"])
async def test_an_item_of_another_name_is_another(books: Books, told: str | None) -> None:
    sale = await books.sale(CustomLine("Design", 2500, 1, "USD"), charge=CHARGE)
    order = books.order(sale)
    order["items"][0]["name"] = told

    expected = "applied" if told == "Design\u200b" else "quarantined"
    assert await books.tell("PAYMENT_COMPLETED", order) == expected


COUPONS: list[dict[str, Any]] = [
    {"discounted": True},
    {"discountCode": "LEAF10"},
    {"payment": {"couponCode": "LEAF10"}},
]


@pytest.mark.parametrize("named", COUPONS)
async def test_a_coupon_that_was_typed_on_the_page_may_take_off_what_the_order_doesnt_say(
    books: Books, named: dict[str, Any]
) -> None:
    sale = await books.sale()

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale, amount=4500, **named)) == "applied"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 4500},
        {"amount": 4500, "discounted": False, "discountCode": None},
        {"amount": 4500, "discounted": "yes"},
        {"amount": 0, "discounted": True},
        {"amount": 5500, "discounted": True},
        {"amount": 4500, "discounted": True, "items": []},
    ],
)
async def test_less_without_a_coupon_and_more_with_one_wait_for_staff(
    books: Books, changes: dict[str, Any]
) -> None:
    sale = await books.sale()

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale, **changes)) == "quarantined"


async def test_after_a_lost_database_a_coupon_has_to_say_how_much(books: Books) -> None:
    sale = await books.sale()
    await books.lose()

    vague = books.order(sale, amount=4500, discounted=True)
    assert await books.tell("PAYMENT_COMPLETED", vague) == "quarantined"
    exact = books.order(sale, amount=4500, payment={"discountAmount": 500})
    assert await books.tell("PAYMENT_COMPLETED", exact) == "applied"
