"""Refunds and disputes whose webhook doesn't say of which order: looked for in the list, or told to staff."""

from collections.abc import Mapping
from typing import Final

from bot.alarm import Clock
from bot.fulfilment.models import StaffNote
from bot.storage.unit_of_work import Transaction

_HAPPENED: Final[Mapping[str, str]] = {
    "PAYMENT_REFUNDED": "A payment was refunded",
    "PAYMENT_DISPUTED": "A payment is disputed by its payer",
    "PAYMENT_DISPUTE_WON": "A dispute was won",
    "PAYMENT_DISPUTE_LOST": "A dispute was lost",
    "PAYMENT_DISPUTE_PREVENTED": "The card network gave a payment back to its payer, for good",
}
ABOUT_MONEY_GONE: Final = frozenset(_HAPPENED)
NOT_IN_LISTS: Final = frozenset({"PAYMENT_DISPUTE_LOST"})
"""A lost dispute looks in the list like one that goes on."""


async def tell_staff(tx: Transaction, event: int, kind: str, clock: Clock) -> None:
    """Have the staff of every server that sold something told, once for each event (by its row)."""
    text = (
        f"{_HAPPENED[kind]}, and the store didn't say which; it may have been sold elsewhere. "
        "Its dashboard on Pandabase says it. If it was sold here, nothing has been taken back or given "
        "back: look after the member's role by hand."
    )
    for guild_id in await tx.payments.servers_with_money():
        await tx.staff.write_note(StaffNote(guild_id, f"unnamed:{event}", text), clock())
