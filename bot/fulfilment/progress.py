"""How far a sale has come, as its messages show it."""

from collections.abc import Sequence
from typing import Final

from bot.outbox.models import Outcome, PlannedStep, Step
from bot.sales.models import Sale
from bot.sales.states import SaleStatus

DELIVERED: Final = "delivered"
_DONE: Final = frozenset({Outcome.GIVEN, Outcome.TAKEN, Outcome.GONE})


def progress_of(sale: Sale, steps: Sequence[PlannedStep]) -> str:
    """The sale's status, or that all of what was paid for is given."""
    if sale.status is not SaleStatus.PAID or sale.basket.charge is not None:
        return sale.status
    roles = [step for step in steps if step.step is Step.ROLE]
    if roles and all(step.done_at is not None and step.outcome in _DONE for step in roles):
        return DELIVERED
    return sale.status
