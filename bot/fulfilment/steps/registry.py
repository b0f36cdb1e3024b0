"""Every fulfilment step, in the order in which a payment plans them, and what all of them come to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.states import MoneyState, SaleStatus, is_lost
from bot.fulfilment.notices import Audience
from bot.fulfilment.steps.base import FulfilmentStep, StepTools
from bot.fulfilment.steps.channel_welcome import ChannelWelcome
from bot.fulfilment.steps.contents import RevealedContents
from bot.fulfilment.steps.notice import NoticeMessage
from bot.fulfilment.steps.receipt import ReceiptMessage
from bot.fulfilment.steps.replaced_role import ReplacedRole
from bot.fulfilment.steps.role import BenefitRole
from bot.jobs.models import JobRecord

STEPS: Final[dict[str, type[FulfilmentStep]]] = {
    step.kind: step
    for step in (BenefitRole, ReplacedRole, ReceiptMessage, ChannelWelcome, RevealedContents, NoticeMessage)
}

Steps = Mapping[str, FulfilmentStep]
"""The steps by their kinds, each with the tools that it is carried out with."""


def steps_with(tools: StepTools) -> Steps:
    return {kind: step(tools) for kind, step in STEPS.items()}


def kept_kinds() -> list[str]:
    """The kinds of the messages that stay worth reading."""
    return [kind for kind, step in STEPS.items() if step.is_kept]


def reader_of(kind: str, key: str, buyer_id: int, recipient_id: int) -> int:
    """Whom a message about a sale is for; of a gift, each side has messages of its own."""
    step = STEPS.get(kind)
    for_payer = step is None or step.audience_of(key) is Audience.PAYER
    return buyer_id if for_payer else recipient_id


# --- how far a sale has come, as its messages show it -------------------------------------------------


DELIVERED: Final = "delivered"
HELD: Final = "held"
"""Staff have to decide about a payment of it."""
LOST: Final = "lost"
"""The payer has the money back for good: nothing is in dispute any more, or ever was."""


def progress_of(sale: Sale, jobs: Sequence[JobRecord], money: Iterable[MoneyState]) -> str:
    """The sale's status, or more: that its `money` is lost, or who gets it has all that was paid for.

    The latter is said only where there is something to give: nobody tells the bot what people do.
    """
    if sale.status is SaleStatus.DISPUTED and is_lost(money):
        return LOST
    if sale.status is not SaleStatus.PAID or sale.basket.charge is not None:
        return sale.status
    delivered = [
        told
        for job in jobs
        if (step := STEPS.get(job.kind)) is not None and (told := step.is_delivered(job, jobs)) is not None
    ]
    return DELIVERED if delivered and all(delivered) else sale.status


def says_all(status: str) -> bool:
    """Whether a sale's status is all that its message shows, whatever its jobs and its money came to."""
    return status not in {SaleStatus.PAID, SaleStatus.DISPUTED}


def shown_by_message(sale: Sale, jobs: Sequence[JobRecord], money: Iterable[MoneyState]) -> str:
    """What the sale's live message shows: how far it has come.

    An invoice's shows the status alone: its card has the rest in words of its own.
    """
    return sale.status if sale.basket.charge is not None else progress_of(sale, jobs, money)
