"""What a fulfilment step is: one thing that a payment earns, as a strategy in a file of its own."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from bot.checkout.models import Sale
from bot.checkout.states import MoneyState
from bot.fulfilment.facts import FactsOfSales
from bot.fulfilment.grants import Grants
from bot.fulfilment.models import Obstacle, SaleFacts
from bot.fulfilment.notices import Audience
from bot.jobs.handlers import failure_text
from bot.jobs.models import Job, JobRecord, Result
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.payments.models import OrderRecord, PaymentEvent, SubscriptionChange, SubscriptionRecord
from bot.storage.shared_writes import SharedWrites
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import Template, Text

Seen = Callable[[bool], Awaitable[None]]
"""Told right before a role is given whether the member has it already."""


class Roles(Protocol):
    """Discord's roles. Giving and taking raise NeedsStaff for what only staff can change."""

    async def give(self, guild_id: int, user_id: int, role_id: int, *, seen: Seen | None = None) -> bool:
        """Says whether the member is there."""
        ...

    async def take(self, guild_id: int, user_id: int, role_id: int, *, replaced: bool = False) -> bool:
        """Says whether the member is there. `replaced` says why, for the server's own log."""
        ...

    def obstacle(self, guild_id: int, role_id: int) -> Obstacle | None:
        """Why the role can't be given to anybody, as far as is known."""
        ...

    def name(self, guild_id: int, role_id: int) -> str:
        """The role's name, as far as is known."""
        ...

    def server(self, guild_id: int) -> str:
        """The server's name, as far as is known."""
        ...


class Mail(Protocol):
    """Receipts and notices by direct message."""

    async def send(self, job: Job, facts: SaleFacts, reader_id: int) -> Result:
        """Send the message of this job, as it reads now."""
        ...


class Channels(Protocol):
    """Messages in the server's channels."""

    async def say(self, channel_id: int, what: Text, job: Job, *, mentioned: int | None = None) -> None:
        """Post a text, once, however often the job is carried out; of all it names only `mentioned` is told.

        Raises NeedsStaff where the bot may not, and what Discord answers.
        """
        ...


@dataclass(frozen=True, slots=True)
class StepTools:
    """What steps are carried out with."""

    database: UnitOfWork
    facts: FactsOfSales
    writes: SharedWrites
    grants: Grants
    roles: Roles
    mail: Mail
    channels: Channels
    clock: Clock


class FulfilmentStep(ABC):
    """By default, each paid order earns it once: the job's key is the order's row.

    What is true when a job is carried out decides whether it is granted or revoked, so that it may come late,
    or twice. Both raise NeedsStaff for what only staff can change; whatever else they raise is tried again.
    """

    kind: ClassVar[str]
    """The name of its jobs, in at most 16 characters. It stays: rows have it."""
    audience: ClassVar[Audience]
    """Who hears of it. Of a gift, payer and recipient are two people."""
    log_label: ClassVar[Text]
    """What the sales log calls it."""
    failure: ClassVar[Template]
    """What staff read where it was given up, with `{sale}`, `{buyer}` and `{recipient}`."""
    is_kept: ClassVar[bool] = False
    """Whether it is a message that stays worth reading, in /purchases."""

    def __init__(self, tools: StepTools) -> None:
        self.tools = tools

    # --- what it is, of one job -----------------------------------------------------------------------

    @classmethod
    def audience_of(cls, _key: str) -> Audience:
        return cls.audience

    @classmethod
    def label_of(cls, _key: str) -> Text:
        return cls.log_label

    @classmethod
    def knows(cls, _key: str) -> bool:
        """Whether this version can say what the job is about."""
        return True

    @classmethod
    def is_delivered(cls, _job: JobRecord, _jobs: Sequence[JobRecord]) -> bool | None:
        """Whether its people have it, as one of the sale's `jobs`; None where a sale is delivered without."""
        return None

    async def failure_of(self, _tx: Transaction, _job: Job, sale: Sale, error: Exception) -> Text:
        """What staff read of a job that was given up because of `error`."""
        return failure_text(self.failure, sale, error)

    # --- what payments mean for it: planned in their transaction --------------------------------------

    async def order_changed(
        self, tx: Transaction, sale: Sale, order: OrderRecord, change: PaymentEvent, now: datetime
    ) -> None:
        """Plan what is to be done: once for a payment, and anew whenever its money goes, or comes back."""
        key, jobs = str(order.id), JobRepository(tx)
        if earns_now(order, change):
            if await self.is_earned(tx, sale, order):
                await jobs.plan(sale.id, self.kind, key, now)
        elif any(job.key == key for job in await jobs.of_sales([sale.id], [self.kind])):
            await jobs.plan_again(sale.id, self.kind, key, now)

    async def subscription_changed(  # noqa: B027  # most steps have nothing to do then
        self,
        tx: Transaction,
        sale: Sale,
        subscription: SubscriptionRecord,
        change: SubscriptionChange,
        now: datetime,
    ) -> None:
        """Plan what the turn of a subscription means; nothing by default."""

    async def is_earned(self, _tx: Transaction, _sale: Sale, _order: OrderRecord) -> bool:
        """Whether a payment earns it."""
        return True

    # --- carrying it out ------------------------------------------------------------------------------

    async def carry_out(self, job: Job) -> Result:
        """Grant or revoke, as the order's money is now."""
        facts = await self.tools.facts.of(job.sale_id)
        stands = self.stands(facts.order(self.order_row(job.key)))
        return await (self.grant if stands else self.revoke)(job, facts.sale)

    @abstractmethod
    async def grant(self, job: Job, sale: Sale) -> Result:
        """Give it, unless an earlier attempt did."""

    @abstractmethod
    async def revoke(self, job: Job, sale: Sale) -> Result:
        """Take it back, as far as it was given."""

    @classmethod
    def stands(cls, order: OrderRecord) -> bool:
        """Whether the order's money earns it now."""
        return order.money is MoneyState.PAID

    @classmethod
    def order_row(cls, key: str) -> int:
        """The order that a job is about."""
        return int(key)


def earns_now(order: OrderRecord, event: PaymentEvent) -> bool:
    """Whether the event is the payment that earns what was sold: what came again is to be given back."""
    return event is PaymentEvent.PAID and not order.again
