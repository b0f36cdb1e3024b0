"""Deliveries that were given up: staff are told, and can have them tried again."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.repository import SaleRepository
from bot.errors import ButtonFromBefore, NotRetried
from bot.fulfilment.models import Grant, Obstacle
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.states import GrantState
from bot.jobs.given_up_repository import GivenUpRepository
from bot.jobs.models import Delivery, Hindrance, JobKind, NeedsStaff, StaysUnknown
from bot.jobs.repository import OutboxRepository
from bot.jobs.worker import Clock
from bot.staff.models import NoteButton, StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction, UnitOfWork

_GIVING: Final = "A role that <@{recipient}> earned with {sale} could not be given."
_TAKING: Final = "A role could not be taken from <@{recipient}>: {sale} no longer gives it."
_ANOTHER_ROLE: Final = (
    "Add another role with `/store benefit add`: it offers to give it to those who paid before, too."
)
_MAY_NOT: Final = {
    Obstacle.ROLE_ABOVE: "In Server Settings → Roles, drag the bot's role above it, then press Retry.",
    Obstacle.NO_PERMISSION: "In Server Settings → Roles, give the bot's role Manage Roles, then press Retry.",
}
_CANT_BE_GIVEN: Final = {
    **_MAY_NOT,
    Obstacle.ROLE_GONE: _ANOTHER_ROLE,
    Obstacle.ROLE_MANAGED: _ANOTHER_ROLE,
    Obstacle.ROLE_EVERYONE: _ANOTHER_ROLE,
}
_WHAT: Final = {
    JobKind.RECEIPT: "A receipt for {sale} of <@{buyer}> could not be sent.",
    JobKind.NOTICE: "A message about {sale} of <@{buyer}> could not be sent.",
    JobKind.REMINDER: "A reminder of {sale} could not be sent to <@{buyer}>.",
    JobKind.ISSUER: "Who made {sale} could not be told how it ended.",
    JobKind.MESSAGE: (
        "The direct message to <@{buyer}> about {sale} could not be brought up to date: "
        "it may still offer what is no longer so."
    ),
    JobKind.LOG: "The sales log's message about {sale} of <@{buyer}> could not be written.",
}
_AGAIN_AND_AGAIN: Final = "It failed again and again; the bot's log has why."
_NEWER_NOTE: Final = (
    "What could not be delivered has a newer note, and a Retry below its message in the sales log."
)
_NOT_KNOWN: Final = (
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
        retry_id: Callable[[str], str],
        obstacle: Callable[[int, int], Obstacle | None],
        clock: Clock,
    ) -> None:
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
        what = _what(delivery, grant)
        if what is None:
            return
        text = f"{_filled(what, sale)} {_reason(error)}"
        if grant is not None and isinstance(error, NeedsStaff):
            text = f"{text} {self._what_to_do(grant)}".rstrip()
        name = await GivenUpRepository(tx).name_of(delivery.id)
        buttons = (NoteButton("Retry", self._retry_id(name)),) if name is not None else ()
        now = self._clock()
        await StaffRepository(tx).write_note(
            StaffNote(sale.guild_id, f"delivery:{delivery.id}", text, buttons), now
        )
        if delivery.step is not JobKind.LOG:
            await OutboxRepository(tx).plan_again(sale.id, JobKind.LOG, "", now)

    def _what_to_do(self, grant: Grant) -> str:
        obstacle = self._obstacle(grant.guild_id, grant.role_id)
        ways_out = _CANT_BE_GIVEN if grant.state is GrantState.LIVE else _MAY_NOT
        return "" if obstacle is None else ways_out.get(obstacle, "")


class FailedDeliveries:
    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def retry(self, guild_id: int, reference: str) -> None:
        """Try it again now. Raises ButtonFromBefore, or NotRetried when there is nothing to retry."""
        async with self._database.write() as tx:
            step = await GivenUpRepository(tx).named(reference)
            if step is None or (await SaleRepository(tx).by_id(step.sale_id)).guild_id != guild_id:
                raise ButtonFromBefore(_NEWER_NOTE)
            if await GivenUpRepository(tx).retry(step.id, self._clock()) is None:
                raise NotRetried


def _what(delivery: Delivery, grant: Grant | None) -> str | None:
    if grant is None:
        return _WHAT.get(delivery.step)
    return _GIVING if grant.state is GrantState.LIVE else _TAKING


def _filled(what: str, sale: Sale) -> str:
    return what.format(sale=sale.name, buyer=sale.buyer_id, recipient=sale.recipient_id)


def _reason(error: Exception) -> str:
    match error:
        case NeedsStaff():
            return str(error)
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

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, tx: Transaction, delivery: Delivery, hindrance: Hindrance) -> None:
        """Write the note, in the transaction that records the attempt."""
        sale = await SaleRepository(tx).by_id(delivery.sale_id)
        note = StaffNote(sale.guild_id, hindrance.key, hindrance.text)
        if await StaffRepository(tx).write_note(note, self._clock(), again_after=_TOLD_AGAIN_AFTER):
            log.error("The bot can't send direct messages: %s", hindrance.text)
