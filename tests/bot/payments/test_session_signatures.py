"""Which session an order is of, where the store's answer to our call never told its name."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.checkout.models import Charge, CustomLine
from tests.harness.books import Books, Opened, line, open_books
from tests.harness.lists import listed
from tests.harness.properties import run_in_loop

HOUSE = CustomLine("A house", 50000, 1, "USD")
CHARGE = Charge(7, 55)


async def bare(books: Books, sale: Opened, *, is_row_bare: bool = True) -> Opened:
    """The session as a program before nonces signed it, and wrote it."""
    facts = {key: value for key, value in sale.metadata.items() if key != "signature"}
    if is_row_bare:
        async with books.database._database.writer.transaction() as connection:
            await connection.rows("UPDATE sessions SET nonce = NULL", {})
    return replace(sale, metadata={**facts, "signature": books.signer.signature(facts, sale.basket)})


# --- orders that aren't ours --------------------------------------------------------------------------


@pytest.mark.parametrize("learned", ["by the list", "by a webhook"])
@pytest.mark.parametrize("signature", ["of an older link", "from before nonces"])
async def test_a_cheap_order_takes_no_session_of_a_failed_create(
    books: Books, learned: str, signature: str
) -> None:
    """Copied metadata, a line of the same name, and one of the shop's coupons."""
    old = await books.sale(HOUSE, charge=CHARGE)
    await books.next_session(old)
    if signature == "from before nonces":
        old = await bare(books, old, is_row_bare=False)
    cheap = [{"productId": None, "name": "A house", "quantity": 1, "price": 150, "amount": 150}]
    order = books.order(
        old,
        id="ord_cheap",
        orderNumber="cs_cheap",
        amount=135,
        items=cheap,
        discounted=True,
        discountCode="LEAF10",
    )

    told = listed(books, order) if learned == "by the list" else books.tell("PAYMENT_COMPLETED", order)
    assert await told == "quarantined"

    assert books.heard.changes == []
    assert await books.sale_status(old) == "open"


async def test_even_a_full_payment_takes_no_session_by_the_metadata_of_another(books: Books) -> None:
    old = await books.sale()
    new = await books.next_session(old)

    copied = books.order(old, id="ord_copy", orderNumber="cs_copy")
    assert await books.tell("PAYMENT_COMPLETED", copied) == "quarantined"
    assert await books.reasons() == [["used_already"]]

    assert await books.tell("PAYMENT_COMPLETED", books.order(new)) == "applied"
    assert await books.session_state(new) == "paid"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 45000, "discounted": True},
        {"amount": 45000, "payment": {"couponCode": "LEAF10"}},
        {"amount": 135, "payment": {"discountAmount": 15}},
        {"amount": 0, "payment": {"discountAmount": 49999}},
        {"items": [{"productId": None, "name": "A house", "quantity": 1, "amount": 100}]},
        {"items": [{"productId": None, "name": "A house", "quantity": 1}]},
    ],
)
async def test_until_the_store_has_answered_its_price_or_a_discount_of_known_size_is_paid(
    books: Books, changes: dict[str, Any]
) -> None:
    sale = await books.sale(HOUSE, charge=CHARGE, made=False)

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale, **changes)) == "quarantined"


async def test_until_the_store_has_answered_a_discount_of_known_size_fits(books: Books) -> None:
    sale = await books.sale(HOUSE, charge=CHARGE, made=False)

    order = books.order(sale, amount=45000, payment={"discountAmount": 5000})
    assert await books.tell("PAYMENT_COMPLETED", order) == "applied"


# --- orders that are ------------------------------------------------------------------------------------


async def test_a_webhook_that_is_faster_than_the_answer_finds_its_session(books: Books) -> None:
    old = await books.sale()
    new = await books.next_session(old)

    assert await books.tell("PAYMENT_PENDING", books.order(new, status="PENDING")) == "applied"
    await books.make(new)
    assert await books.tell("PAYMENT_COMPLETED", books.order(new)) == "applied"

    rows = await books.rows("SELECT session_id, state FROM sessions ORDER BY id")
    assert [row["state"] for row in rows] == ["withdrawn", "paid"]
    assert rows[1]["session_id"] == new.session_id


async def test_of_two_orders_that_carry_the_signature_of_one_session_one_counts(books: Books) -> None:
    sale = await books.sale(made=False)
    twins = [books.order(sale, id=f"ord_{n}", orderNumber=f"cs_twin_{n}") for n in range(4)]

    outcomes = await asyncio.gather(*(listed(books, order) for order in twins))

    assert sorted(outcomes) == ["applied", "quarantined", "quarantined", "quarantined"]
    assert books.heard.changes == ["paid"]


async def test_of_two_orders_with_one_nonce_one_brings_a_lost_sale_back(books: Books, tmp_path: Path) -> None:
    sale = await books.sale()
    await books.lose()
    twins = [books.order(sale, id=f"ord_{n}", orderNumber=f"cs_twin_{n}") for n in range(4)]

    outcomes = await asyncio.gather(*(listed(books, order) for order in twins))

    assert sorted(outcomes) == ["applied", "quarantined", "quarantined", "quarantined"]
    async with open_books(tmp_path) as later:
        again = books.order(sale, id="ord_again", orderNumber="cs_again")
        assert await listed(later, again) == "quarantined"
        assert len(await later.rows("SELECT id FROM orders")) == 1


async def test_both_links_of_a_lost_sale_come_back_and_the_second_payment_is_one_to_refund(
    books: Books,
) -> None:
    old = await books.sale()
    new = await books.next_session(old, made=True)
    await books.lose()

    assert await books.tell("PAYMENT_COMPLETED", books.order(old)) == "applied"
    assert await books.tell("PAYMENT_COMPLETED", books.order(new)) == "applied"

    assert books.heard.changes == ["paid", "paid_again"]


@pytest.mark.parametrize("fits", [True, False])
async def test_a_session_that_a_power_cut_took_comes_back_to_its_sale(books: Books, *, fits: bool) -> None:
    old = await books.sale()
    new = await books.next_session(old, made=True)
    async with books.database._database.writer.transaction() as connection:
        await connection.rows(f"DELETE FROM sessions WHERE id = {new.session_row}", {})
        await connection.rows("UPDATE sales SET status = 'withdrawn'", {})
    order = books.order(new) if fits else books.order(new, amount=4500, discounted=True)

    assert await books.tell("PAYMENT_COMPLETED", order) == ("applied" if fits else "quarantined")

    assert await books.sale_status(old) == ("paid" if fits else "withdrawn")
    rows = await books.rows("SELECT session_id FROM sessions ORDER BY id")
    assert [row["session_id"] for row in rows] == [old.session_id, *([new.session_id] if fits else [])]
    twin = {**order, "id": "ord_twin", "orderNumber": "cs_twin"}
    assert await books.tell("PAYMENT_COMPLETED", twin) == "quarantined"


# --- links from before nonces -----------------------------------------------------------------------------


@pytest.mark.parametrize("made", [True, False])
async def test_a_link_from_before_nonces_is_still_paid(books: Books, *, made: bool) -> None:
    sale = await bare(books, await books.sale(made=made))

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale)) == "applied"

    assert await books.sale_status(sale) == "paid"


async def test_a_link_from_before_nonces_brings_its_lost_sale_back_once(books: Books) -> None:
    sale = await bare(books, await books.sale())
    await books.lose()

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale)) == "applied"
    twin = books.order(sale, id="ord_twin", orderNumber="cs_twin")
    assert await books.tell("PAYMENT_COMPLETED", twin) == "quarantined"

    assert books.heard.changes == ["paid"]


# --- by the hundred ---------------------------------------------------------------------------------------

_ORDERS = st.fixed_dictionaries(
    {
        "signature": st.sampled_from(["own", "older", "bare"]),
        "price": st.integers(1, 50000),
        "off": st.integers(0, 60000),
        "stated": st.booleans(),
        "named": st.booleans(),
        "kind": st.sampled_from(["custom", "catalog"]),
    }
)


async def test_a_session_without_an_answer_is_paid_only_in_full_or_by_a_stated_discount(
    tmp_path: Path,
) -> None:
    async with open_books(tmp_path) as books:
        counted = 0

        @settings(max_examples=250, suppress_health_check=list(HealthCheck))
        @given(_ORDERS)
        async def pay(drawn: dict[str, Any]) -> None:
            nonlocal counted
            sold = HOUSE if drawn["kind"] == "custom" else line(unit_amount=50000, quantity=1)
            charge = Charge(counted + 1, 55) if drawn["kind"] == "custom" else None
            old = await books.sale(sold, charge=charge)
            new = await books.next_session(old)
            signed = new if drawn["signature"] == "own" else old
            if drawn["signature"] == "bare":
                signed = await bare(books, old, is_row_bare=False)
            price = 50000 if drawn["price"] % 2 else drawn["price"]
            off = drawn["off"] % (price + 1)
            order = books.order(
                signed,
                id=f"ord_{new.session_id}",
                orderNumber=new.session_id,
                amount=price - off,
                discounted=drawn["named"],
                payment={"discountAmount": off} if drawn["stated"] else None,
            )
            order["items"][0]["amount"] = price
            outcome = await listed(books, order)
            # A catalog's price is the store's: there the order's amount and its discount say it all.
            in_full = price == 50000 and (off == 0 or drawn["stated"]) and price > off
            counts = drawn["signature"] == "own" and in_full
            assert outcome == ("applied" if counts else "quarantined"), drawn
            counted += counts

        await run_in_loop(pay)
        assert counted >= 5
