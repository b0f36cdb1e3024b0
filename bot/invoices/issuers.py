"""What who made an invoice hears of it."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.invoices.models import Invoice
from bot.invoices.states import InvoiceState
from bot.outbox.models import Step
from bot.storage.unit_of_work import Transaction


class Ending(StrEnum):
    """The value completes "The invoice was …"."""

    DECLINED = "declined"
    PAID = "paid"


_ENDINGS: Final = {InvoiceState.DECLINED: Ending.DECLINED, InvoiceState.PAID: Ending.PAID}


async def plan_to_tell_issuer(tx: Transaction, invoice: Invoice, now: datetime) -> None:
    """Have who made it told, once each, in the transaction of what happened."""
    ending = _ENDINGS.get(invoice.state)
    if ending is not None and invoice.sale_id is not None:
        await tx.outbox.plan(invoice.sale_id, Step.ISSUER, ending, now)
