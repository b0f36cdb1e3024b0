"""Webhooks, as far as they are read: kept before they are answered, applied afterwards, each once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.checkout.events import LinkOpened
from bot.errors import DatabaseAway, InboxClosed, PandabaseError
from bot.jobs.worker import Clock, Worker
from bot.payments.event_repository import EventRepository, TakenEvent
from bot.payments.models import (
    NOT_IN_LISTS,
    KeptEvent,
    ObservationResult,
    OrderLookupNeeded,
    PaymentEvent,
)
from bot.payments.observations import Observation
from bot.payments.orders import Payments
from bot.payments.provider import Order, WebhookEvent, WebhookReader
from bot.payments.repository import PaymentRepository
from bot.staff.models import StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import Text, markdown, text

log = logging.getLogger(__name__)

RETRY_AFTER: Final = (
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
"""When an event that can't be applied is tried again; after the last it waits for the next start."""
KEEP_WITHIN: Final = 10.0
"""Seconds; the store takes no answer within 15 s for a failure, and sends it again."""
ASK_WITHIN: Final = 5.0
"""Seconds for which other events wait for what the store says of one order."""
_KEPT_AT_ONCE: Final = 200
_READ_AT_MOST: Final = 1000
"""Webhooks that are remembered as they were read when they came; the others are read again."""
_APPLIED_AT_ONCE: Final = 5
"""Events in one transaction: whoever buys waits for no more, some 25 milliseconds."""
_TAKEN_UP_AT_ONCE: Final = 500
"""Events in one transaction, at the start: whoever buys then waits for no more."""
_TOLD_AGAIN: Final = timedelta(hours=1)
"""What makes one event fail makes others fail: staff hear of the first."""


class Inbox:
    """`applied` hears each outcome.

    `ask` gives an order as the Store API shows it; it may raise the PandabaseErrors. Without it, staff are
    told of a refund or dispute whose webhook doesn't say of what; else the store's lists are looked through.
    `servers` says whose staff hear of an event that can't be applied.
    """

    def __init__(
        self,
        database: UnitOfWork,
        payments: Payments,
        reader: WebhookReader,
        *,
        applied: Callable[[str], None] = lambda _outcome: None,
        ask: Callable[[str], Awaitable[Order]] | None = None,
        servers: Callable[[], Collection[int]] = tuple,
        clock: Clock,
    ) -> None:
        self._database = database
        self._payments = payments
        self._reader = reader
        self._applied = applied
        self._ask = ask
        self._answers: dict[int, Order | None] = {}
        self._read: dict[bytes, WebhookEvent] = {}
        self._to_be_alone = 0
        """How many events are applied each in a transaction of its own, as one among them failed."""
        self._servers = servers
        self._clock = clock
        self._took_up = False
        self._waiting: list[tuple[KeptEvent, asyncio.Future[None]]] = []
        self._keeper: asyncio.Task[None] | None = None
        self.worker = Worker(self.apply_due, name="webhooks", clock=clock, queue=Queue.EVENTS)

    async def keep(self, event: KeptEvent) -> None:
        """Return once the event can no longer be lost. Raises InboxClosed when the database is away."""
        if event.read is not None:
            if len(self._read) >= _READ_AT_MOST:
                del self._read[next(iter(self._read))]
            self._read[event.payload] = event.read
        loop = asyncio.get_running_loop()
        kept = loop.create_future()
        self._waiting.append((event, kept))
        if self._keeper is None:
            self._keeper = loop.create_task(self._keep_waiting(), name="inbox")
        try:
            async with asyncio.timeout(KEEP_WITHIN):
                await kept
        except TimeoutError:
            raise InboxClosed from None

    async def _keep_waiting(self) -> None:
        """Commit what has gathered while the last commit was on its way to the disk."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_KEPT_AT_ONCE], self._waiting[_KEPT_AT_ONCE:]
                error = await self._commit([event for event, _ in batch])
                for _, kept in batch:
                    if not kept.done():
                        kept.set_exception(error) if error else kept.set_result(None)
        finally:
            self._keeper = None

    async def _commit(self, batch: list[KeptEvent]) -> Exception | None:
        try:
            async with self._database.inbox() as tx:
                await EventRepository(tx).keep(batch)
        except DatabaseAway:  # the log has it
            return InboxClosed()
        except Exception as error:  # noqa: BLE001  # whatever it is, the store is asked to send again
            log.error(
                "%d webhook(s) could not be kept, and the store is asked to repeat: %r", len(batch), error
            )
            return InboxClosed()
        return None

    async def apply_due(self) -> datetime | None:
        """Apply every event that is due, in the order of arrival; returns when (UTC) the next one is."""
        while not self._took_up:  # this program may be able to do what the one before it could not
            self._took_up = not await self._take_up_some()
        while True:
            at_once = 1 if self._to_be_alone else _APPLIED_AT_ONCE
            self._to_be_alone = max(0, self._to_be_alone - 1)
            events: list[TakenEvent] = []
            try:
                async with self._database.write() as tx:
                    events, next_due = await EventRepository(tx).take(
                        self._clock(), RETRY_AFTER, limit=at_once
                    )
                    if not events:
                        return next_due
                    outcomes = [await self._apply(tx, event) for event in events]
            except DatabaseAway:
                raise  # it isn't the events' fault
            except Exception as error:
                match events:
                    case []:
                        raise
                    case [event]:
                        await self._could_not(event, error)
                    case _:  # nothing is applied; alone, each undoes only itself
                        self._to_be_alone = len(events)
            else:
                for event, outcome in zip(events, outcomes, strict=True):
                    self._forget(event)
                    self._applied(outcome)

    async def _could_not(self, event: TakenEvent, error: Exception) -> None:
        if isinstance(error, OrderLookupNeeded):
            self._answers[event.id] = await self._answer(error.order_id)
            return
        self._forget(event)
        await self._failed(event, error)

    def _forget(self, event: TakenEvent) -> None:
        self._answers.pop(event.id, None)
        self._read.pop(event.payload, None)

    async def _take_up_some(self) -> bool:
        async with self._database.write() as tx:
            return await EventRepository(tx).take_up(self._clock(), limit=_TAKEN_UP_AT_ONCE)

    async def _apply(self, tx: Transaction, event: TakenEvent) -> ObservationResult:
        """What came of it."""
        webhook = self._read.get(event.payload) or self._reader.read(event.payload)
        outcome = await self._observe(tx, event, webhook)
        if outcome is ObservationResult.ASKED:
            return outcome  # it stays due again in a little while, as it was when it was taken
        if outcome is ObservationResult.EMPTY and webhook.payment_event in ABOUT_MONEY_GONE:
            if self._ask is None or webhook.payment_event in NOT_IN_LISTS:
                await note_unidentified_refund(tx, event.id, webhook.payment_event, self._clock)
            tx.mark(Queue.REFUNDS)
        is_paid = outcome is ObservationResult.APPLIED and webhook.payment_event is PaymentEvent.PAID
        await EventRepository(tx).applied(event.id, outcome, self._clock(), is_paid=is_paid)
        return outcome

    async def _observe(self, tx: Transaction, event: TakenEvent, webhook: WebhookEvent) -> ObservationResult:
        if not webhook.is_known:
            return ObservationResult.IGNORED
        asked = self._answers.get(event.id)
        seen = Observation.of_event(webhook, event.received_at, asked, may_wait=event.attempts == 1)
        can_ask = self._ask is not None and event.id not in self._answers
        return await self._payments.observe(tx, seen, can_ask=can_ask)

    async def _answer(self, order_id: str) -> Order | None:
        """The order as the store shows it now; None where it doesn't: other events wait."""
        assert self._ask is not None  # noqa: S101  # else nothing is left open
        try:
            async with asyncio.timeout(ASK_WITHIN):
                return await self._ask(order_id)
        except (PandabaseError, TimeoutError) as error:
            log.warning("The order %s could not be asked for: %r", order_id, error)
            return None

    async def _failed(self, event: TakenEvent, error: Exception) -> None:
        attempt = event.attempts - 1  # this one is counted already
        wait = RETRY_AFTER[attempt] if attempt < len(RETRY_AFTER) else None
        log.error(
            "The event %s (%s) can't be applied; next attempt: %s",
            event.event_id,
            event.type,
            wait,
            exc_info=error,
        )
        async with self._database.write() as tx:
            await EventRepository(tx).failed(
                event.id, repr(error), self._clock() + wait if wait is not None else None
            )
            if wait is None:
                await self._tell_staff(tx, event.type)

    async def _tell_staff(self, tx: Transaction, kind: str) -> None:
        told = text(
            "The store reported something ({kind}) that the bot couldn't process, so it "
            "stopped trying. Its log says why. It tries again when it restarts; a newer "
            "version may help. Until then, check the order in Pandabase's dashboard.",
            kind=markdown(kind),
        )
        for guild_id in self._servers():
            note = StaffNote(guild_id, "events", told)
            await StaffRepository(tx).write_note(note, self._clock(), again_after=_TOLD_AGAIN)


# --- webhooks that came before the answer to the call that they are about -----------------------------


async def apply_what_was_told_early(tx: Transaction, event: LinkOpened) -> None:
    """The store may have told of a payment before we knew what it calls the session."""
    if event.was_told:
        await EventRepository(tx).reconsider(event.at, order_numbers=[event.session_id])


# --- refunds and disputes whose webhook doesn't say of which order ------------------------------------


_HAPPENED: Final[Mapping[PaymentEvent | None, Text]] = {
    PaymentEvent.REFUNDED: text("A payment was refunded"),
    PaymentEvent.DISPUTED: text("A payer disputed a payment"),
    PaymentEvent.DISPUTE_WON: text("A dispute was won"),
    PaymentEvent.DISPUTE_LOST: text("A dispute was lost"),
    PaymentEvent.DISPUTE_PREVENTED: text("The card network returned a payment for good"),
}
ABOUT_MONEY_GONE: Final = frozenset(_HAPPENED)


async def note_unidentified_refund(
    tx: Transaction, event: int, kind: PaymentEvent | None, clock: Clock
) -> None:
    """Have the staff of every server that sold something told, once for each event (by its row)."""
    told = text(
        "{what}, but the store didn't say which one; it may have been sold elsewhere. See"
        " Pandabase's dashboard. If it was sold here, nothing has changed yet: update the"
        " member's role by hand.",
        what=_HAPPENED[kind],
    )
    for guild_id in await PaymentRepository(tx).servers_with_money():
        await StaffRepository(tx).write_note(StaffNote(guild_id, f"unnamed:{event}", told), clock())
