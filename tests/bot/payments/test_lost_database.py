"""What our own signature brings back when the database is gone."""

from datetime import timedelta

from bot.checkout.models import Charge, CustomLine
from bot.invoices.repository import InvoiceRepository
from bot.payments.refunds import idempotency_key
from tests.harness.books import SHOP, Books, line

LOGO = CustomLine("Logo design", 2500, 1, "USD")


async def test_an_invoice_comes_back_with_its_number_which_is_never_given_out_again(books: Books) -> None:
    sale = await books.sale(LOGO, line(), charge=Charge(7, 55))
    await books.lose()

    assert await books.tell("PAYMENT_COMPLETED", books.order(sale)) == "applied"

    [row] = await books.rows("SELECT kind, invoice_number, status FROM sales")
    assert row == {"kind": "invoice", "invoice_number": 7, "status": "paid"}
    async with books.database.write() as tx:
        assert await InvoiceRepository(tx).next_number(SHOP.guild_id) == 8


async def test_an_older_invoice_that_comes_back_leaves_the_numbers_alone(books: Books) -> None:
    sale = await books.sale(LOGO, charge=Charge(2, 55))
    await books.lose()
    async with books.database.write() as tx:
        numbers = [await InvoiceRepository(tx).next_number(SHOP.guild_id) for _ in range(5)]
    await books.tell("PAYMENT_COMPLETED", books.order(sale))

    async with books.database.write() as tx:
        assert await InvoiceRepository(tx).next_number(SHOP.guild_id) == numbers[-1] + 1


async def test_an_invoice_for_something_else_isnt_ours(books: Books) -> None:
    sale = await books.sale(LOGO, charge=Charge(7, 55))
    await books.lose()
    order = books.order(sale)
    order["items"][0]["name"] = "A house"

    assert await books.tell("PAYMENT_COMPLETED", order) == "quarantined"

    assert await books.reasons() == [["not_signed"]]


async def test_a_refund_that_overtook_its_payment_is_the_last_word(books: Books) -> None:
    sale = await books.sale()
    paid_at = books.now
    await books.lose()
    books.pass_time(hours=2)

    refunded = books.order(sale, status="REFUNDED")
    assert await books.tell("PAYMENT_REFUNDED", refunded) == "unmatched"
    await books.tell("PAYMENT_COMPLETED", books.order(sale), at=paid_at + timedelta(minutes=5))

    assert await books.money() == ["refunded"]
    assert books.heard.changes == ["paid", "refunded"]


def test_a_refunds_key_is_the_orders_own() -> None:
    keys = {idempotency_key(f"ord_{number}") for number in range(100)}

    assert len(keys) == 100
    assert {len(key) for key in keys} == {32}  # the store takes 8 to 32 characters
    assert idempotency_key("ord_1") == idempotency_key("ord_1")
