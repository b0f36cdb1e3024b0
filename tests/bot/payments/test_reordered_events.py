"""A sale's whole life, told in every order, with repetitions: it ends the same."""

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from bot.payments.models import KeptEvent
from bot.storage.values import instant
from tests.harness.books import START, Books, Opened, club, open_books, subscription

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

SUBSCRIPTION_STATUS = {
    "CREATED": "ACTIVE",
    "RENEWED": "ACTIVE",
    "RESUMED": "ACTIVE",
    "PAST_DUE": "PAST_DUE",
    "PAUSED": "PAUSED",
    "CANCELLED": "CANCELLED",
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


CLUB = club()
_DAYS_FROM: Final = START + timedelta(days=15)
SUBSCRIPTIONS: dict[str, tuple[list[str], str, int]] = {
    "begun": (["CREATED"], "ACTIVE", 1),
    "renewed": (["CREATED", "RENEWED"], "ACTIVE", 2),
    "renewed late": (["CREATED", "PAST_DUE", "RENEWED"], "ACTIVE", 3),
    "cancelled": (["CREATED", "RENEWED", "CANCELLED"], "CANCELLED", 2),
    "taken up again": (["CREATED", "CANCELLED", "RESUMED", "RENEWED"], "ACTIVE", 4),
    "paused": (["CREATED", "RENEWED", "PAUSED"], "PAUSED", 2),
    "falling behind": (["CREATED", "RENEWED", "PAST_DUE"], "PAST_DUE", 2),
    "cancelled at once": (["CREATED", "CANCELLED"], "CANCELLED", 1),
    "paused at once": (["CREATED", "PAUSED"], "PAUSED", 1),
}
"""What happens, how it ends, and which of the months is paid last."""


def _subscription_told(books: Books, sale: Opened, kinds: list[str], dice: random.Random) -> list[KeptEvent]:
    """All that the store sends, some of it without order, metadata or subscription, as it does."""
    events, paid_until = [], 1
    for month, kind in enumerate(kinds, start=1):
        said = books.now - timedelta(days=30 * (len(kinds) - month))
        paid_until = month if kind in {"CREATED", "RENEWED"} else paid_until
        began = _DAYS_FROM + timedelta(days=30 * paid_until)
        given = subscription(said if kind in {"CREATED", "RENEWED"} else began, id=f"sub_{sale.session_id}")
        given |= {"status": SUBSCRIPTION_STATUS[kind], "currentPeriodEnd": began.isoformat()}
        if kind == "CANCELLED":
            given["cancelledAt"] = said.isoformat()
        if kind == "RENEWED":
            bare = dice.choice([{}, {"metadata": None}])
            order = books.order(sale, id=f"ord_{sale.session_id}_{month}", orderNumber=f"rnw_{month}", **bare)
            events.append(books.event("PAYMENT_COMPLETED", order, at=said))
        elif kind == "CREATED":
            events.append(books.event("PAYMENT_COMPLETED", books.order(sale), at=said))
        events.append(books.event(f"SUBSCRIPTION_{kind}", subscription=given, at=said))
    return events


@pytest.mark.parametrize("name", SUBSCRIPTIONS)
async def test_a_subscription_told_in_any_order_ends_the_same(tmp_path: Path, name: str) -> None:
    await _tell_in_any_order(tmp_path, name, lost=False)


@pytest.mark.parametrize("name", ["begun", "cancelled at once", "paused at once"])
async def test_so_it_does_after_a_lost_database(tmp_path: Path, name: str) -> None:
    await _tell_in_any_order(tmp_path, name, lost=True)


async def _tell_in_any_order(tmp_path: Path, name: str, *, lost: bool) -> None:
    kinds, status, paid_until = SUBSCRIPTIONS[name]
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    async with open_books(tmp_path) as books:
        for _ in range(15):
            books.pass_time(hours=1)  # what is paid in the same moment is told apart by the store alone
            sale = await books.sale(CLUB)
            events = _subscription_told(books, sale, kinds, dice)
            if lost:
                await _forget(books)
            told = [*events, *dice.choices(events, k=2)]
            dice.shuffle(told)
            books.heard.orders.clear()
            for event in told:
                await books.receive(event)

            order = f"seed {seed}: {[(event.type, event.payload) for event in told]}"
            [row] = await books.rows("SELECT * FROM subscriptions ORDER BY id DESC LIMIT 1")
            assert row["subscription_id"] == f"sub_{sale.session_id}", order
            ends = (_DAYS_FROM + timedelta(days=30 * paid_until)).date()
            assert (row["status"], instant(row["current_period_end"]).date()) == (status, ends), order
            assert (row["cancelled_at"] is not None) == (status == "CANCELLED"), order
            renewals = ["renewed"] * kinds.count("RENEWED")
            assert sorted(books.heard.changes) == ["paid", *renewals], order
            assert await books.reasons() == [], order


async def _forget(books: Books) -> None:
    async with books.database._database.writer.transaction() as connection:
        for table in ("quarantine", "orders", "subscriptions", "sessions", "sales"):
            await connection.rows(f"DELETE FROM {table}", {})


async def test_webhook_and_list_at_once_count_once(books: Books) -> None:
    from bot.pandabase import orders
    from bot.pandabase.schemas.orders import StoreOrder
    from bot.payments.observations import Observation

    sale = await books.sale()
    order: dict[str, Any] = books.order(sale)

    async def by_list() -> None:
        seen = Observation.of_order(orders.order(StoreOrder.model_validate(order)), books.now)
        async with books.database.write() as tx:
            await books.payments.observe(tx, seen)

    await asyncio.gather(
        by_list(), books.tell("PAYMENT_COMPLETED", order), by_list(), books.tell("PAYMENT_COMPLETED", order)
    )

    assert books.heard.changes == ["paid"]
