"""A sale's whole life, told in every order, with repetitions: it ends the same."""

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.payments.repository import KeptEvent
from tests.bot.payments.books import Books, Opened, open_books

LIVES: dict[str, tuple[list[str], str, str]] = {
    "paid": (["PENDING", "COMPLETED"], "paid", "paid"),
    "paid by a slow bank": (["PENDING", "PROCESSING", "COMPLETED"], "paid", "paid"),
    "paid and refunded": (["PENDING", "COMPLETED", "REFUNDED"], "refunded", "refunded"),
    "disputed": (["PENDING", "COMPLETED", "DISPUTED"], "disputed", "disputed"),
    "disputed and won": (["COMPLETED", "DISPUTED", "DISPUTE_WON"], "paid", "paid"),
    "disputed and lost": (["COMPLETED", "DISPUTED", "DISPUTE_LOST"], "lost", "disputed"),
    "won, then refunded": (["COMPLETED", "DISPUTED", "DISPUTE_WON", "REFUNDED"], "refunded", "refunded"),
    "disputed twice": (["COMPLETED", "DISPUTED", "DISPUTE_WON", "DISPUTED"], "disputed", "disputed"),
    "declined": (["PENDING", "PROCESSING", "FAILED"], "failed", "open"),
    "declined, then paid": (["PENDING", "FAILED", "PROCESSING", "COMPLETED"], "paid", "paid"),
}
STATUS = {
    "PENDING": "PENDING",
    "PROCESSING": "PENDING",
    "COMPLETED": "COMPLETED",
    "FAILED": "FAILED",
    "REFUNDED": "REFUNDED",
    "DISPUTED": "CHARGEBACK",
    "DISPUTE_WON": "COMPLETED",
    "DISPUTE_LOST": "CHARGEBACK",
}


def _life(books: Books, sale: Opened, kinds: list[str]) -> list[KeptEvent]:
    events = []
    for day, kind in enumerate(kinds):
        later = {"metadata": None, "customFields": None} if kind not in {"PENDING", "COMPLETED"} else {}
        order = books.order(sale, status=STATUS[kind], **later)
        said = books.now - timedelta(days=len(kinds) - day)  # all of it lies behind us
        events.append(books.event(f"PAYMENT_{kind}", order, at=said))
    return events


@pytest.mark.parametrize("name", LIVES)
async def test_a_life_told_in_any_order_ends_the_same(tmp_path: Path, name: str) -> None:
    kinds, money, status = LIVES[name]
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    async with open_books(tmp_path) as books:
        for _ in range(25):
            sale = await books.sale()
            events = _life(books, sale, kinds)
            told = [*events, *dice.choices(events, k=2)]
            dice.shuffle(told)
            books.heard.orders.clear()
            await books.receive(*told)

            order = f"seed {seed}: {[event.type for event in told]}"
            [row] = await books.rows(f"SELECT money FROM orders WHERE sale_id = {sale.sale_id}")
            assert row["money"] == money, order
            assert await books.sale_status(sale) == status, order
            changes = books.heard.changes
            assert len(changes) == len(set(changes)) or name == "disputed twice", (order, changes)
            if money == "paid":
                assert changes.count("paid") == 1, (order, changes)


async def test_webhook_and_list_at_once_count_once(books: Books) -> None:
    from bot.pandabase.schemas.orders import StoreOrder
    from bot.payments.observations import Observation

    sale = await books.sale()
    order: dict[str, Any] = books.order(sale)

    async def by_list() -> None:
        seen = Observation.of_order(StoreOrder.model_validate(order), books.now)
        async with books.database.write() as tx:
            await books.payments.observe(tx, seen)

    await asyncio.gather(
        by_list(), books.tell("PAYMENT_COMPLETED", order), by_list(), books.tell("PAYMENT_COMPLETED", order)
    )

    assert books.heard.changes == ["paid"]
