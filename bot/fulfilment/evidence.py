"""What is known of a sale whose payment is disputed, for whoever answers in the store's dashboard."""

from dataclasses import dataclass
from datetime import datetime

from bot.checkout.refusals import button_from_before
from bot.checkout.states import MoneyState
from bot.fulfilment.facts import FactsOfSales
from bot.fulfilment.models import SaleFacts
from bot.fulfilment.notices import ANSWERED_AT_THE_STORE
from bot.jobs.models import JobKind
from bot.payments.models import OrderRecord
from bot.payments.repository import PaymentRepository
from bot.storage.transaction import UnitOfWork
from bot.texts import text


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sale with its disputed order; `at` (UTC) is when this was true."""

    facts: SaleFacts
    order: OrderRecord
    at: datetime

    @property
    def disputed_at(self) -> datetime | None:
        """Since when (UTC) its open dispute is known: the store names neither its beginning nor its end."""
        if self.order.money is not MoneyState.DISPUTED:
            return None
        matters = [f"-{kind}:{self.order.id}:" for kind in ANSWERED_AT_THE_STORE]
        told = [each for each in self.facts.jobs if each.kind == JobKind.NOTICE]
        known = [each.created_at for each in told if any(matter in f"{each.key}:" for matter in matters)]
        return max(known, default=None)


class Disputes:
    def __init__(self, database: UnitOfWork, facts: FactsOfSales) -> None:
        self._database = database
        self._facts = facts

    async def evidence(self, guild_id: int, order: str, at: datetime) -> Evidence:
        """Of an order of the server, by its reference. Raises button_from_before."""
        async with self._database.read() as tx:
            found = await PaymentRepository(tx).order_named(order)
        facts = await self._facts.of(found.sale_id) if found is not None else None
        if found is None or facts is None or facts.sale.guild_id != guild_id:
            raise button_from_before(text("Look for the purchase in the store's dashboard."))
        return Evidence(facts, facts.order(found.id), at)


def evidence_id(order: OrderRecord) -> str:
    """The button that writes it, by the order's public name; `cogs.custom_ids` has its pattern."""
    return f"bamboo:evidence:{order.reference}"
