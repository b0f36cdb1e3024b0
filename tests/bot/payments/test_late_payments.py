"""What is late by the store's clock, and payments of which nobody ever tells how they ended."""

from datetime import timedelta

import pytest

from bot.checkout.repository import SaleRepository
from bot.pandabase import orders
from bot.pandabase.schemas.orders import StoreOrder
from bot.payments.observations import Observation
from bot.payments.polling.clearing import ClearingPayments
from bot.storage.queues import Queue
from tests.harness.books import Books
from tests.harness.saying import english
from tests.harness.staff_notes import NOTES


@pytest.mark.parametrize(("hours", "late"), [(1, False), (5, False), (7, True)])
async def test_a_payment_is_late_by_when_it_was_made_not_by_when_we_hear_of_it(
    books: Books,
    hours: int,
    late: bool,  # noqa: FBT001  # a parameter
) -> None:
    sale = await books.sale()
    paid_at = books.now + timedelta(hours=hours)
    books.pass_time(hours=8)
    await books.expire()

    await books.tell("PAYMENT_COMPLETED", books.order(sale), at=paid_at)

    [(_, order)] = books.heard.orders
    assert order.late == late
    assert len(await books.rows(f"SELECT id FROM {NOTES}")) == late


async def test_so_it_is_when_the_stores_list_tells_it(books: Books) -> None:
    sale = await books.sale()
    made = (books.now + timedelta(hours=5)).isoformat()
    books.pass_time(hours=8)
    await books.expire()

    listed = orders.order(StoreOrder.model_validate(books.order(sale, createdAt=made)))
    async with books.database.write() as tx:
        await books.payments.observe(tx, Observation.of_order(listed, books.now))

    [(_, order)] = books.heard.orders
    assert not order.late


async def test_a_link_doesnt_expire_while_what_was_told_of_it_waits_to_be_applied(books: Books) -> None:
    sale = await books.sale()
    paid_at = books.now + timedelta(hours=1)
    books.pass_time(hours=8)
    await books.inbox.keep(books.event("PAYMENT_COMPLETED", books.order(sale), at=paid_at))

    await books.expire()
    async with books.database.read() as tx:
        assert await SaleRepository(tx).next_expiry() is None
    assert await books.session_state(sale) == "open"

    await books.inbox.apply_due()
    assert await books.session_state(sale) == "paid"


async def test_a_clearing_payment_is_waited_for_as_long_as_banks_take_and_then_no_longer(
    books: Books,
) -> None:
    clearing = ClearingPayments(books.database, books.payments, books.clock)
    sale = await books.sale()
    await books.tell("PAYMENT_PROCESSING", books.order(sale, status="PENDING"))

    books.pass_time(days=14)
    await clearing.end_some()
    assert await books.sale_status(sale) == "clearing"

    books.pass_time(days=2)
    books.marked.queues.clear()
    await clearing.end_some()
    assert Queue.OPEN_SESSIONS in books.marked.queues
    await books.expire()
    assert await books.sale_status(sale) == "expired"
    [note] = await books.rows(f"SELECT text FROM {NOTES}")
    assert "never said how" in english(note["text"])

    await books.tell("PAYMENT_COMPLETED", books.order(sale))
    assert await books.sale_status(sale) == "paid"
    assert books.heard.changes == ["clearing", "cancelled", "paid"]
