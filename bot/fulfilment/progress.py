"""How far a sale has come, as its messages show it."""

from collections.abc import Iterable, Sequence
from typing import Final

from bot.outbox.models import Outcome, PlannedStep, Step
from bot.sales.models import Sale
from bot.sales.states import MoneyState, SaleStatus, is_lost

DELIVERED: Final = "delivered"
LOST: Final = "lost"
"""The payer has the money back for good: nothing is in dispute any more, or ever was."""
_ROLE_IS_THERE: Final = frozenset({Outcome.GIVEN, Outcome.TAKEN, Outcome.KEPT, Outcome.GONE})
_RECEIPT_WAS_SEEN: Final = frozenset({Outcome.DIRECT_MESSAGE, Outcome.COLLECTED})


def progress_of(sale: Sale, steps: Sequence[PlannedStep], money: Iterable[MoneyState]) -> str:
    """The sale's status, or more: that its `money` is lost, or who gets it has all that was paid for.

    The latter is said only where there is something to give: nobody tells the bot what people do.
    """
    if sale.status is SaleStatus.DISPUTED and is_lost(money):
        return LOST
    if sale.status is not SaleStatus.PAID or sale.basket.charge is not None:
        return sale.status
    roles = [step for step in steps if step.step is Step.ROLE]
    contents = [step for step in steps if step.step is Step.KEYS]
    if not roles and not contents:
        return sale.status
    given = all(step.done_at is not None and step.outcome in _ROLE_IS_THERE for step in roles)
    within_reach = all(_is_within_reach(step, steps) for step in contents)
    return DELIVERED if given and within_reach else sale.status


def shown_by_message(sale: Sale, steps: Sequence[PlannedStep], money: Iterable[MoneyState]) -> str:
    """What the sale's living message shows: how far it has come.

    An invoice's shows the status alone: its card has the rest in words of its own.
    """
    return sale.status if sale.basket.charge is not None else progress_of(sale, steps, money)


def _is_within_reach(content: PlannedStep, steps: Sequence[PlannedStep]) -> bool:
    """Whether keys were opened, or their button has reached the one who may open them."""
    return content.outcome is Outcome.REVEALED or any(
        step.step is Step.RECEIPT and step.target == content.target and step.outcome in _RECEIPT_WAS_SEEN
        for step in steps
    )
