"""The store tells of a refund or dispute and not of which: the list finds it, or staff are told to look."""

from datetime import datetime
from typing import Any

import pytest

from bot.payments.models import PaymentEvent
from bot.payments.webhook_inbox import Inbox
from bot.storage.queues import Queue
from sandbox.core_api import DEMO_TOKEN
from tests.harness.books import WEBHOOKS, Books
from tests.harness.grove import Grove
from tests.harness.lists import Lists
from tests.harness.saying import english
from tests.harness.staff_notes import NOTES

pytestmark = pytest.mark.kept_shop

KINDS = ["REFUNDED", "DISPUTED", "DISPUTE_WON", "DISPUTE_LOST", "DISPUTE_PREVENTED"]


async def _notes(books: Books) -> list[str]:
    return [english(row["text"]) for row in await books.rows(f"SELECT text FROM {NOTES} ORDER BY id")]


async def _paid(books: Books) -> None:
    await books.tell("PAYMENT_COMPLETED", books.order(await books.sale()))


@pytest.mark.parametrize("order", [None, {}, {"id": None, "orderNumber": None}])
@pytest.mark.parametrize("kind", KINDS)
async def test_without_a_token_staff_are_told_once(books: Books, kind: str, order: Any) -> None:
    await _paid(books)
    event = books.event(f"PAYMENT_{kind}", order)

    await books.receive(event, event)
    await books.receive(event)

    [note] = await _notes(books)
    assert "didn't say which" in note
    assert "dashboard" in note


async def test_two_refunds_are_two_notes(books: Books) -> None:
    await _paid(books)
    await books.tell("PAYMENT_REFUNDED", None)
    await books.tell("PAYMENT_REFUNDED", None)

    assert len(await _notes(books)) == 2


async def test_where_nothing_was_paid_nobody_is_troubled(books: Books) -> None:
    await books.sale()
    await books.tell("PAYMENT_REFUNDED", None)

    assert await _notes(books) == []


async def test_other_events_that_name_nothing_are_no_news(books: Books) -> None:
    await _paid(books)
    for kind in ("PAYMENT_COMPLETED", "PAYMENT_FAILED", "SUBSCRIPTION_UPDATED"):
        assert await books.tell(kind, None) == "empty"

    assert await _notes(books) == []


async def test_with_a_token_the_list_is_asked_and_only_a_lost_dispute_is_told(lists: Lists) -> None:
    books = lists.books
    books.inbox = Inbox(books.database, books.payments, WEBHOOKS, ask=lists.api.order, clock=books.clock)
    await _paid(books)
    for kind in KINDS:
        books.marked.queues.clear()
        await books.tell(f"PAYMENT_{kind}", None)
        assert Queue.REFUNDS in books.marked.queues

    [note] = await _notes(lists.books)
    assert "A dispute was lost" in note


async def test_a_sweep_that_is_wanted_while_one_runs_comes_after_it(
    lists: Lists, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, _ = lists.pay(await lists.link())
    await lists.pass_time(minutes=2)
    lists.books.pass_time(hours=1)
    newest_orders = lists.refunds._lists.newest_orders
    worker = lists.refunds.worker
    lists.books.marked.serve([worker])

    async def refunded_meanwhile(since: datetime, event: Any) -> Any:
        if event is PaymentEvent.CHARGED_BACK:  # the refunds have just been read
            monkeypatch.undo()
            lists.sandbox.ledger.refund(order)
            lists.books.marked.mark(Queue.REFUNDS)
        return await newest_orders(since, event)

    monkeypatch.setattr(lists.refunds._lists, "newest_orders", refunded_meanwhile)
    worker.start()
    while worker._task is not None:
        await worker._task
    await worker.stop()

    assert await lists.statuses() == ["refunded"]


# --- as people see it ---------------------------------------------------------------------------------


async def _unnamed(grove: Grove, happening: str) -> None:
    """It happens at the store, whose webhook leaves the order out."""
    webhooks = grove.shop.sandbox.webhooks
    tell = webhooks.tell

    def bare(kind: str, _order: Any, subscription: Any) -> None:
        tell(kind, None, subscription)

    grove.shop.sandbox.ledger.tell = bare
    await grove.at_the_store(happening, grove.shop.sandbox.orders[-1])
    await grove.till.settled()


async def test_staff_read_that_a_payment_was_refunded(grove: Grove) -> None:
    await grove.benefit()
    await grove.keep_log()
    await grove.bought()

    await _unnamed(grove, "refund")

    assert [text for text in grove.logged() if "A payment was refunded" in text]
    assert grove.roles() == {"VIP"}


@pytest.mark.settings(pandabase={"api_token": DEMO_TOKEN.secret})
async def test_with_a_token_the_role_goes_at_once(grove: Grove) -> None:
    await grove.benefit()
    await grove.keep_log()
    await grove.bought()

    await _unnamed(grove, "refund")

    assert grove.roles() == set()
    assert not [text for text in grove.logged() if "didn't say which" in text]
