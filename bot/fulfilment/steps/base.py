"""What a fulfilment step is: one thing that a payment earns, as a strategy in a file of its own."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from bot.checkout.models import Sale
from bot.checkout.states import MoneyState
from bot.fulfilment.facts import FactsOfSales
from bot.fulfilment.grants import Grants, plan_of
from bot.fulfilment.models import Benefit, Obstacle, SaleFacts
from bot.fulfilment.notices import Audience
from bot.fulfilment.repository import FulfilmentRepository
from bot.jobs.handlers import failure_text
from bot.jobs.models import Job, JobRecord, Result
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.payments.events import OrderChanged, SubscriptionChanged
from bot.payments.models import OrderRecord, PaymentEvent, SubscriptionRecord
from bot.payments.repository import PaymentRepository
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


@dataclass(frozen=True, slots=True)
class Earnings:
    """What a payment earns by benefits, read once for all steps.

    `subscription` is the one that its sale began, as far as the store has told of it.
    """

    benefits: Sequence[Benefit]
    subscription: SubscriptionRecord | None


async def earnings_of(tx: Transaction, event: OrderChanged) -> Earnings | None:
    """None where the event isn't a payment that earns what was sold: what came again is to be given back."""
    sale, order = event.sale, event.order
    if event.change is not PaymentEvent.PAID or order.again:
        return None
    subscription = await PaymentRepository(tx).subscription_of(sale.id)
    plan = plan_of(sale, subscription, [order])
    return Earnings(await FulfilmentRepository(tx).benefits_of(sale.guild_id, plan), subscription)


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

    async def order_changed(self, tx: Transaction, event: OrderChanged, earned: Earnings | None) -> None:
        """Plan what is to be done: once for a payment, and anew whenever its money goes, or comes back.

        `earned` is None where the event is no payment that earns something.
        """
        sale, key, jobs = event.sale, str(event.order.id), JobRepository(tx)
        if earned is not None:
            if await self.is_earned(tx, sale, event.order):
                await jobs.plan(sale.id, self.kind, key, event.at)
        elif any(job.key == key for job in await jobs.of_sales([sale.id], [self.kind])):
            await jobs.plan_again(sale.id, self.kind, key, event.at)

    async def subscription_changed(  # noqa: B027  # most steps have nothing to do then
        self, tx: Transaction, sale: Sale, event: SubscriptionChanged
    ) -> None:
        """Plan what the turn of a subscription means; nothing by default."""

    async def is_earned(self, _tx: Transaction, _sale: Sale, _order: OrderRecord) -> bool:
        """Whether a payment earns it."""
        return True

    # --- carrying it out ------------------------------------------------------------------------------

    async def carry_out(self, job: Job) -> Result:
        """Grant or revoke, by what is true now."""
        facts = await self.tools.facts.of(job.sale_id)
        return await (self.grant if self.stands(job.key, facts) else self.revoke)(job, facts)

    @classmethod
    def stands(cls, key: str, facts: SaleFacts) -> bool:
        """Whether what the job is about is earned now: as long as the order's money is there."""
        return facts.order(int(key)).money is MoneyState.PAID

    async def send(self, job: Job, facts: SaleFacts) -> Result:
        """Send it by direct message, to the one it is for."""
        for_payer = self.audience_of(job.key) is Audience.PAYER
        reader_id = facts.sale.buyer_id if for_payer else facts.sale.recipient_id
        return await self.tools.mail.send(job, facts, reader_id)

    @abstractmethod
    async def grant(self, job: Job, facts: SaleFacts) -> Result:
        """Give it, unless an earlier attempt did."""

    @abstractmethod
    async def revoke(self, job: Job, facts: SaleFacts) -> Result:
        """Take it back, as far as it was given."""
