"""Two processes on one database, and what only one of them may do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.app import build
from bot.checkout.models import Buyer, CustomLine, Origin
from bot.checkout.service import Link
from bot.errors import BambooError
from bot.invoices.models import Invoice, Person
from bot.jobs.models import Outcome
from cogs.invoices.actions import InvoiceActions
from sandbox.server import Sandbox
from tests.harness.database import beside, put_database, run
from tests.harness.ids import discord_id
from tests.harness.instants import milliseconds
from tests.harness.saying import Kind, kind_of, refused
from tests.harness.shop import settings_for

pytestmark = pytest.mark.postgres
GUILD, STAFF, SECOND, THIRD, PAYER = map(discord_id, range(1, 6))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Two:
    """Two processes' invoices, on the same file and the same store."""

    one: InvoiceActions
    other: InvoiceActions
    sandbox: Sandbox
    database: Path

    async def draft(self) -> Invoice:
        return await self.one.drafts.begin(
            Origin(GUILD, "Grove", 7),
            Person(STAFF, "bo"),
            Person(PAYER, "alice"),
            (CustomLine("Logo", 5000, 1, "USD"),),
        )

    async def sent(self) -> Invoice:
        draft = await self.draft()
        return (await self.one.invoices.issuing.submit(GUILD, draft.reference, STAFF, "alice")).invoice

    async def waiting(self) -> Invoice:
        """One that waits for approval."""
        draft = await self.draft()
        submitted = await self.one.invoices.issuing.submit(GUILD, draft.reference, STAFF, "alice")
        assert submitted.link is None
        return submitted.invoice

    def rows(self, query: str) -> list[dict[str, Any]]:
        return run(self.database, query)

    def state(self) -> str:
        [row] = self.rows("SELECT state FROM invoices")
        return str(row["state"])


@pytest.fixture
async def two(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Two]:
    marker = request.node.get_closest_marker("settings")
    database = tmp_path / "bamboo.db"
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox.running(clock=lambda: NOW))
        sections = {"discord": {"guild_ids": [GUILD]}, **(marker.kwargs if marker else {})}
        settings = settings_for(sandbox, database, **sections)
        actions = []
        await put_database(database)
        for _ in range(2):
            with beside(database):
                app = await stack.enter_async_context(build(settings, lambda: NOW))
            actions.append(app.bot.service(InvoiceActions))
        yield Two(*actions, sandbox, database)


async def outcomes(*attempts: Awaitable[object]) -> list[object]:
    """What became of attempts that were made at once: results and refusals."""
    results = await asyncio.gather(*attempts, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, BambooError):
            raise result
    return list(results)


def refusals(results: list[object]) -> list[Kind]:
    return [kind_of(result) for result in results if isinstance(result, BambooError)]


APPROVED = pytest.mark.settings(staff={"approval_above": "0"})


@pytest.mark.parametrize("attempt", range(5))
async def test_a_draft_that_is_sent_twice_at_once_is_sent_once(two: Two, attempt: int) -> None:
    draft = await two.draft()

    results = await outcomes(
        *(
            actions.invoices.issuing.submit(GUILD, draft.reference, STAFF, "alice")
            for actions in (two.one, two.other, two.one)
        )
    )

    assert refusals(results) in (
        ["draft_gone"] * 2,
        ["draft_gone", "invoice_settled"],
        ["invoice_settled", "draft_gone"],
        ["invoice_settled"] * 2,
    )
    assert two.state() == "open"
    assert len(two.sandbox.sessions) == 1
    assert two.rows("SELECT number FROM invoices") == [{"number": 1}]


@pytest.mark.parametrize("attempt", range(5))
async def test_either_sending_or_discarding_a_draft_wins(two: Two, attempt: int) -> None:
    draft = await two.draft()

    results = await outcomes(
        two.one.invoices.issuing.submit(GUILD, draft.reference, STAFF, "alice"),
        two.other.drafts.discard(GUILD, draft.reference, STAFF),
    )

    assert len(refusals(results)) == 1
    rows = two.rows("SELECT state FROM invoices")
    sent = [row["state"] for row in rows] == ["open"]
    assert sent == (len(two.sandbox.sessions) == 1)
    assert sent or rows in ([], [{"state": "cancelled"}])


@APPROVED
@pytest.mark.parametrize("attempt", range(5))
async def test_of_two_approvals_one_wins(two: Two, attempt: int) -> None:
    invoice = await two.waiting()

    results = await outcomes(
        two.one.invoices.issuing.approve(GUILD, invoice.reference, SECOND, "alice"),
        two.other.invoices.issuing.approve(GUILD, invoice.reference, THIRD, "alice"),
    )

    assert refusals(results) == ["invoice_settled"]
    assert len(two.sandbox.sessions) == 1
    approvals = two.rows("SELECT actor_id FROM audit WHERE action = 'approved'")
    [winner] = two.rows("SELECT approver_id FROM invoices")
    assert [row["actor_id"] for row in approvals] == [winner["approver_id"]]


@APPROVED
@pytest.mark.parametrize("attempt", range(5))
async def test_either_approval_or_refusal_wins(two: Two, attempt: int) -> None:
    invoice = await two.waiting()

    results = await outcomes(
        two.one.invoices.issuing.approve(GUILD, invoice.reference, SECOND, "alice"),
        two.other.invoices.issuing.refuse(GUILD, invoice.reference, THIRD, None),
    )

    assert refusals(results) == ["invoice_settled"]
    assert (two.state() == "open") == (len(two.sandbox.sessions) == 1)
    assert two.state() in ("open", "refused")


@APPROVED
@pytest.mark.parametrize("attempt", range(5))
async def test_a_cancelled_invoice_leaves_no_link_however_close_the_sending_was(
    two: Two, attempt: int
) -> None:
    invoice = await two.waiting()

    results = await outcomes(
        two.one.invoices.issuing.approve(GUILD, invoice.reference, SECOND, "alice"),
        two.other.invoices.cancel(GUILD, invoice.reference, STAFF, None),
    )

    # Cancelling always works: before the approval, or after it.
    assert refusals(results[1:]) == []
    assert two.state() == "cancelled"
    if refusals(results):
        assert two.sandbox.sessions == {}
    with refused("invoice_closed"):
        await two.one.invoices.link(invoice.reference, Buyer(PAYER, "alice", "alice"), None)


@pytest.mark.parametrize("attempt", range(5))
async def test_a_double_click_on_get_payment_link_makes_one_session(two: Two, attempt: int) -> None:
    invoice = await two.sent()
    run(two.database, f"UPDATE sessions SET expires_at = {milliseconds('2025-12-31 00:00:00')}")
    buyer = Buyer(PAYER, "alice", "alice")

    results = await outcomes(
        *(actions.invoices.link(invoice.reference, buyer, None) for actions in (two.one, two.other) * 2)
    )

    assert refusals(results) == []
    assert len({result.sale.link for result in results}) == 1  # type: ignore[attr-defined]
    assert len(two.sandbox.sessions) == 2
    assert [row["state"] for row in two.rows("SELECT state FROM sessions ORDER BY id")] == ["expired", "open"]


@pytest.mark.parametrize("attempt", range(5))
async def test_of_declining_and_cancelling_one_wins(two: Two, attempt: int) -> None:
    invoice = await two.sent()

    results = await outcomes(
        two.one.invoices.decline(invoice.reference, PAYER, "No"),
        two.other.invoices.cancel(GUILD, invoice.reference, STAFF, "Mistake"),
    )

    assert len(refusals(results)) == 1
    [row] = two.rows("SELECT state, reason FROM invoices")
    assert (row["state"], row["reason"]) in (("declined", "No"), ("cancelled", "Mistake"))
    assert len(two.rows("SELECT * FROM audit WHERE action IN ('declined', 'cancelled')")) == 1


@pytest.mark.parametrize("attempt", range(3))
async def test_a_link_asked_for_while_it_is_cancelled_is_shown_to_nobody_or_withdrawn(
    two: Two, attempt: int
) -> None:
    invoice = await two.sent()
    run(two.database, f"UPDATE sessions SET expires_at = {milliseconds('2025-12-31 00:00:00')}")

    results = await outcomes(
        two.one.invoices.link(invoice.reference, Buyer(PAYER, "alice", "alice"), None),
        two.other.invoices.cancel(GUILD, invoice.reference, STAFF, None),
    )

    assert refusals(results[1:]) == []
    assert two.state() == "cancelled"
    assert refusals(results[:1]) in ([], ["invoice_closed"])
    # What was made all the same has not been shown, and never is.
    for link in results[:1]:
        if isinstance(link, Link) and link.job is not None:
            assert await two.one.queue.carry_out(link.job) is Outcome.GONE
    assert "open" not in [row["state"] for row in two.rows("SELECT state FROM sessions")]


async def test_twenty_invoices_sent_at_once_have_twenty_numbers(two: Two) -> None:
    drafts = [await two.draft() for _ in range(20)]

    results = await outcomes(
        *(
            actions.invoices.issuing.submit(GUILD, draft.reference, STAFF, "alice")
            for draft, actions in zip(drafts, (two.one, two.other) * 10, strict=True)
        )
    )

    assert refusals(results) == []
    assert sorted(row["number"] for row in two.rows("SELECT number FROM invoices")) == list(range(1, 21))


@pytest.mark.settings(staff={"daily_cap": "100.00"})
@pytest.mark.parametrize("attempt", range(3))
async def test_invoices_sent_at_once_stay_below_the_cap_of_the_day(two: Two, attempt: int) -> None:
    drafts = [await two.draft() for _ in range(4)]

    results = await outcomes(
        *(
            actions.invoices.issuing.submit(GUILD, draft.reference, STAFF, "alice")
            for draft, actions in zip(drafts, (two.one, two.other) * 2, strict=True)
        )
    )

    assert len(refusals(results)) == 2
    assert [row["state"] for row in two.rows("SELECT state FROM invoices ORDER BY state")] == [
        "draft",
        "draft",
        "open",
        "open",
    ]
