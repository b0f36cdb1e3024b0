"""Events that a version of the bot can't apply: staff hear of it, and the next start tries again."""

from typing import Any

import pytest

from bot.payments.models import KeptEvent
from bot.payments.webhook_inbox import RETRY_AFTER, Inbox
from tests.harness.books import SHOP, WEBHOOKS, Books
from tests.harness.saying import english
from tests.harness.staff_notes import NOTES


async def _broken(*_: Any) -> str:
    raise RuntimeError("a mistake of this version")


@pytest.fixture
async def given_up(books: Books, monkeypatch: pytest.MonkeyPatch) -> KeptEvent:
    """A payment that could not be applied, as often as it was tried."""
    event = books.event("PAYMENT_COMPLETED", books.order(await books.sale()))
    books.inbox = _inbox(books)
    with monkeypatch.context() as broken:
        broken.setattr(books.payments, "observe", _broken)
        await books.receive(event)
        for _ in RETRY_AFTER:
            books.pass_time(hours=13)
            await books.inbox.apply_due()
    [row] = await books.rows("SELECT attempts, due_at, applied_at FROM events")
    assert row == {"attempts": 7, "due_at": None, "applied_at": None}
    return event


def _inbox(books: Books) -> Inbox:
    return Inbox(books.database, books.payments, WEBHOOKS, servers=lambda: [SHOP.guild_id], clock=books.clock)


@pytest.mark.usefixtures("given_up")
async def test_staff_hear_once_that_something_could_not_be_applied(books: Books) -> None:
    [note] = await books.rows(f"SELECT guild_id, text FROM {NOTES}")

    assert note["guild_id"] == SHOP.guild_id
    assert "PAYMENT_COMPLETED" in english(note["text"])


@pytest.mark.usefixtures("given_up")
async def test_the_next_start_applies_what_the_last_program_could_not(books: Books) -> None:
    assert await books.inbox.apply_due() is None
    assert books.heard.changes == []

    await _inbox(books).apply_due()

    assert books.heard.changes == ["paid"]


async def test_what_the_store_repeats_is_tried_again(books: Books, given_up: KeptEvent) -> None:
    await books.receive(given_up)
    await books.receive(given_up)

    assert books.heard.changes == ["paid"]


async def test_what_was_taken_up_again_and_then_given_up_is_applied_by_the_next_start(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = await books.sale(made=False)
    event = books.event("PAYMENT_COMPLETED", books.order(sale, metadata={}))
    await books.receive(event)
    assert await books.outcome(event) == "unmatched"
    await books.make(sale)
    with monkeypatch.context() as broken:
        broken.setattr(books.payments, "observe", _broken)
        for _ in (None, *RETRY_AFTER):
            await books.inbox.apply_due()
            books.pass_time(hours=13)

    await _inbox(books).apply_due()

    assert books.heard.changes == ["paid"]
    assert await books.outcome(event) == "applied"
