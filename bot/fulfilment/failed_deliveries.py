"""Deliveries that were given up: staff are told, and can have them tried again."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.refusals import button_from_before
from bot.checkout.repository import SaleRepository
from bot.fulfilment.models import Grant, Obstacle
from bot.fulfilment.refusals import not_retried
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.states import GrantState
from bot.jobs.given_up_repository import GivenUpRepository
from bot.jobs.models import Delivery, Hindrance, JobKind, NeedsStaff, StaysUnknown
from bot.jobs.repository import OutboxRepository
from bot.jobs.worker import Clock, Worker
from bot.staff.models import NoteButton, StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import Text, joined, mention, text

_ANOTHER_ROLE: Final = text(
    "Add another role with `/store benefit add`: it offers to give it to those who paid before, too."
)
_MAY_NOT: Final = {
    Obstacle.ROLE_ABOVE: text("In Server Settings → Roles, drag the bot's role above it, then press Retry."),
    Obstacle.NO_PERMISSION: text(
        "In Server Settings → Roles, give the bot's role Manage Roles, then press Retry."
    ),
}
_CANT_BE_GIVEN: Final = {
    **_MAY_NOT,
    Obstacle.ROLE_GONE: _ANOTHER_ROLE,
    Obstacle.ROLE_MANAGED: _ANOTHER_ROLE,
    Obstacle.ROLE_EVERYONE: _ANOTHER_ROLE,
}
_AGAIN_AND_AGAIN: Final = text("It failed again and again; the bot's log has why.")
_NEWER_NOTE: Final = text(
    "What could not be delivered has a newer note, and a Retry below its message in the sales log."
)
_NOT_KNOWN: Final = text(
    "Discord failed again and again, so nobody knows whether it arrived. "
    "Retry looks for it before it sends it again."
)


class GivenUp:
    """Tells staff. `retry_id` makes the Retry button's custom_id for a delivery.

    `obstacle` is why a server's role can't be given to anybody, as far as is known.
    """

    def __init__(
        self,
        *,
        notes: Worker,
        retry_id: Callable[[str], str],
        obstacle: Callable[[int, int], Obstacle | None],
        clock: Clock,
    ) -> None:
        self._notes = notes
        self._obstacle = obstacle
        self._retry_id = retry_id
        self._clock = clock

    async def __call__(self, tx: Transaction, delivery: Delivery, error: Exception) -> None:
        """Write the note. A link is its buyer's to ask for again."""
        sale = await SaleRepository(tx).by_id(delivery.sale_id)
        grant = (
            await FulfilmentRepository(tx).grant(int(delivery.target))
            if delivery.step is JobKind.ROLE
            else None
        )
        what = _what(delivery, grant, sale)
        if what is None:
            return
        to_do = None
        if grant is not None and isinstance(error, NeedsStaff):
            to_do = self._what_to_do(grant)
        told = joined(" ", [what, _reason(error), to_do])
        name = await GivenUpRepository(tx).name_of(delivery.id)
        buttons = (NoteButton(text("Retry"), self._retry_id(name)),) if name is not None else ()
        now = self._clock()
        await StaffRepository(tx).write_note(
            StaffNote(sale.guild_id, f"delivery:{delivery.id}", told, buttons), now
        )
        if delivery.step is not JobKind.LOG:
            await OutboxRepository(tx).plan_again(sale.id, JobKind.LOG, "", now)
        self._notes.wake()

    def _what_to_do(self, grant: Grant) -> Text | None:
        obstacle = self._obstacle(grant.guild_id, grant.role_id)
        ways_out = _CANT_BE_GIVEN if grant.state is GrantState.LIVE else _MAY_NOT
        return None if obstacle is None else ways_out.get(obstacle)


class FailedDeliveries:
    def __init__(self, database: UnitOfWork, *, outbox: Worker, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock

    async def retry(self, guild_id: int, reference: str) -> None:
        """Try it again now. Raises button_from_before, or not_retried when there is nothing to retry."""
        async with self._database.write() as tx:
            step = await GivenUpRepository(tx).named(reference)
            if step is None or (await SaleRepository(tx).by_id(step.sale_id)).guild_id != guild_id:
                raise button_from_before(_NEWER_NOTE)
            if await GivenUpRepository(tx).retry(step.id, self._clock()) is None:
                raise not_retried()
        self._outbox.wake()


def _what(  # noqa: PLR0911 - one for each kind
    delivery: Delivery, grant: Grant | None, sale: Sale
) -> Text | None:
    name, buyer, recipient = sale.name, mention(sale.buyer_id), mention(sale.recipient_id)
    if grant is not None and grant.state is GrantState.LIVE:
        return text(
            "A role that {recipient} earned with {sale} could not be given.", recipient=recipient, sale=name
        )
    if grant is not None:
        return text(
            "A role could not be taken from {recipient}: {sale} no longer gives it.",
            recipient=recipient,
            sale=name,
        )
    match delivery.step:
        case JobKind.RECEIPT:
            return text("A receipt for {sale} of {buyer} could not be sent.", sale=name, buyer=buyer)
        case JobKind.NOTICE:
            return text("A message about {sale} of {buyer} could not be sent.", sale=name, buyer=buyer)
        case JobKind.REMINDER:
            return text("A reminder of {sale} could not be sent to {buyer}.", sale=name, buyer=buyer)
        case JobKind.ISSUER:
            return text("Who made {sale} could not be told how it ended.", sale=name)
        case JobKind.MESSAGE:
            return text(
                "The direct message to {buyer} about {sale} could not be brought up to date: "
                "it may still offer what is no longer so.",
                buyer=buyer,
                sale=name,
            )
        case JobKind.LOG:
            return text(
                "The sales log's message about {sale} of {buyer} could not be written.",
                sale=name,
                buyer=buyer,
            )
        case _:
            return None


def _reason(error: Exception) -> Text:
    match error:
        case NeedsStaff():
            return error.what
        case StaysUnknown():
            return _NOT_KNOWN
        case _:
            return _AGAIN_AND_AGAIN


# --- discord doesn't let the bot send -----------------------------------------------------------------


log = logging.getLogger(__name__)

_TOLD_AGAIN_AFTER: Final = timedelta(hours=6)
"""However many messages it meets meanwhile; a restart doesn't count."""


class Hindered:
    """Tells staff of the server whose message could not be sent."""

    def __init__(self, *, notes: Worker, clock: Clock) -> None:
        self._notes = notes
        self._clock = clock

    async def __call__(self, tx: Transaction, delivery: Delivery, hindrance: Hindrance) -> None:
        """Write the note, in the transaction that records the attempt."""
        sale = await SaleRepository(tx).by_id(delivery.sale_id)
        note = StaffNote(sale.guild_id, hindrance.key, hindrance.text)
        if await StaffRepository(tx).write_note(note, self._clock(), again_after=_TOLD_AGAIN_AFTER):
            log.error("The bot can't send direct messages: %s", hindrance.text)
            self._notes.wake()
