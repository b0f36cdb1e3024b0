"""Webhooks that wait together are applied together; each still stands or falls alone."""

from typing import Any

import pytest

from bot.payments.models import ObservationResult
from bot.payments.observations import Observation
from bot.storage.transaction import Transaction
from tests.harness.books import Books
from tests.harness.trips import trips_counted


async def test_what_waits_together_is_applied_in_few_transactions(books: Books) -> None:
    sales = [await books.sale() for _ in range(10)]
    for sale in sales:
        await books.inbox.keep(books.event("PAYMENT_COMPLETED", books.order(sale)))
    await books.inbox._take_up_some()

    with trips_counted() as trips:
        await books.inbox.apply_due()

    assert await books.money() == ["paid"] * 10
    assert trips.transactions <= 4, trips.made  # two of five events, what was given up, and what is next


async def test_one_that_cannot_be_applied_undoes_only_itself(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = [await books.sale() for _ in range(4)]
    events = [books.event("PAYMENT_COMPLETED", books.order(sale)) for sale in sales]
    observe = books.payments.observe

    async def mistaken(tx: Transaction, seen: Observation, **more: Any) -> ObservationResult:
        result = await observe(tx, seen, **more)
        if seen.order is not None and seen.order.order_number == sales[1].session_id:
            raise RuntimeError("a mistake of this version")
        return result

    with monkeypatch.context() as broken:
        broken.setattr(books.payments, "observe", mistaken)
        await books.receive(*events)

    assert [await books.sale_status(sale) for sale in sales] == ["paid", "open", "paid", "paid"]
    assert await books.money() == ["paid"] * 3
    books.pass_time(hours=1)
    await books.inbox.apply_due()
    assert await books.sale_status(sales[1]) == "paid"
    [row] = await books.rows("SELECT max(attempts) AS most FROM events")
    assert row["most"] > 1


async def test_each_is_told_of_once(books: Books) -> None:
    sales = [await books.sale() for _ in range(7)]
    twice = [books.event("PAYMENT_COMPLETED", books.order(sale)) for sale in sales for _ in range(2)]

    await books.receive(*twice)

    assert books.heard.changes == ["paid"] * 7
