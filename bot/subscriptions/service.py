"""Who pays a subscription cancels it, or takes that back, through the store."""

import logging
import secrets
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.checkout.models import Sale, owned
from bot.checkout.repository import SaleRepository
from bot.errors import NotFound, PandabaseError, Rejected, Unauthorized
from bot.jobs.worker import Clock
from bot.payments.models import SubscriptionRecord, SubscriptionStatus
from bot.payments.observations import Observation
from bot.payments.orders import Payments
from bot.payments.polling.repository import PollingRepository
from bot.payments.provider import PaymentProvider, Subscription
from bot.payments.repository import PaymentRepository
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.leases import Leases, LeaseTaken
from bot.storage.transaction import UnitOfWork
from bot.subscriptions.refusals import (
    ManagedElsewhere,
    SubscriptionUnchanged,
    in_the_middle,
    nothing_to_manage,
)

log = logging.getLogger(__name__)

_LOOKED_AT_AFTER: Final = timedelta(minutes=1)
"""When the store is asked what became of a change whose answer was lost, or whose process was killed."""
_AFTER_REFUSAL: Final = timedelta(minutes=30)
"""How long nothing is offered that the store's token may not do."""


class Step(StrEnum):
    CANCEL = "cancel"
    """It ends with the period that is paid."""
    RESUME = "resume"
    """A cancelled one that hasn't ended yet goes on."""


_AUDITED: Final = {
    Step.CANCEL: AuditAction.SUBSCRIPTION_CANCEL_ASKED,
    Step.RESUME: AuditAction.SUBSCRIPTION_RESUME_ASKED,
}


@dataclass(frozen=True, slots=True)
class ManagedSubscription:
    """`step` is what its payer can do with it here: None if it has ended or the store may not be asked."""

    sale: Sale
    subscription: SubscriptionRecord
    step: Step | None


class SubscriptionManagement:
    """`api` is None without a token of the store."""

    def __init__(
        self,
        database: UnitOfWork,
        payments: Payments,
        api: PaymentProvider | None,
        *,
        audit: Audit,
        leases: Leases,
        clock: Clock,
    ) -> None:
        self._database = database
        self._payments = payments
        self._api = api
        self._audit = audit
        self._leases = leases
        self._clock = clock
        self._refused_at: datetime | None = None

    async def of(self, user_id: int, reference: str) -> ManagedSubscription:
        """The payer's subscription by its sale's reference.

        Raises purchase_unknown, not_yours, nothing_to_manage, and ManagedElsewhere where the store hasn't
        told of it yet.
        """
        async with self._database.read() as tx:
            sale = owned(await SaleRepository(tx).by_reference(reference), user_id)
            found = await PaymentRepository(tx).subscription_of(sale.id)
        if not any(line.is_subscription for line in sale.basket.lines):
            raise nothing_to_manage()
        if found is None:
            raise ManagedElsewhere
        step = step_of(found, self._clock()) if self._may_ask else None
        return ManagedSubscription(sale, found, step)

    async def carry_out(self, user_id: int, reference: str, step: Step) -> ManagedSubscription:
        """Have the store do it, once, and show what is so then: also where it was done before.

        Raises as `of` does, in_the_middle, ManagedElsewhere, SubscriptionUnchanged, and Rejected or NotFound
        with the store's words.
        """
        managed = await self.of(user_id, reference)
        if self._api is None or not self._may_ask:
            raise ManagedElsewhere
        try:
            async with self._leases.holding(f"subscription:{managed.subscription.subscription_id}"):
                return await self._carry_out(self._api, managed, step)
        except LeaseTaken:
            raise in_the_middle() from None

    async def _carry_out(
        self, api: PaymentProvider, managed: ManagedSubscription, step: Step
    ) -> ManagedSubscription:
        name = managed.subscription.subscription_id
        asked = self._clock()
        shown = await self._ask(api, api.subscription(name), api.scopes.subscriptions, changing=False)
        if _is_cancelled(shown, asked) is not (step is Step.RESUME):
            return await self._observe(
                managed, shown, asked
            )  # done before: at the store, or by another click
        await self._write_down(managed, step)
        change = api.cancel_subscription if step is Step.CANCEL else api.resume_subscription
        key, asked = secrets.token_hex(12), self._clock()
        try:
            changing = change(name, idempotency_key=key)
            shown = await self._ask(api, changing, api.scopes.subscription_changes, changing=True)
        except Rejected:
            # Perhaps as an attempt before, whose answer was lost, has done it.
            asked = self._clock()
            shown = await self._ask(api, api.subscription(name), api.scopes.subscriptions, changing=True)
            if (managed := await self._observe(managed, shown, asked)).step is step:
                raise
            return managed
        managed = await self._observe(managed, shown, asked)
        if managed.step is step:
            raise SubscriptionUnchanged(None)
        return managed

    @property
    def _may_ask(self) -> bool:
        if self._api is None:
            return False
        return self._refused_at is None or self._clock() - self._refused_at > _AFTER_REFUSAL

    async def _ask(
        self, api: PaymentProvider, question: Awaitable[Subscription], scope: str, *, changing: bool
    ) -> Subscription:
        try:
            return await question
        except (Rejected, NotFound):
            raise  # the store's own words
        except Unauthorized as error:
            self._refused_at = self._clock()
            log.warning(
                "Members can't cancel or resume subscriptions here: pandabase.api_token needs the scopes %s "
                "and %s (%s: %s)",
                api.scopes.subscriptions,
                api.scopes.subscription_changes,
                scope,
                error,
            )
            raise ManagedElsewhere from error
        except PandabaseError as error:
            raise SubscriptionUnchanged(error, changing=changing) from error

    async def _write_down(self, managed: ManagedSubscription, step: Step) -> None:
        """Who asked for it is known whatever becomes of it, and what became of it is looked at soon."""
        sale, now = managed.sale, self._clock()
        async with self._database.write() as tx:
            details = {"sale": sale.reference}
            await self._audit.write(
                tx, AuditEntry(sale.guild_id, _AUDITED[step], sale.buyer_id, details=details)
            )
            await PollingRepository(tx).poll_subscription_at(managed.subscription.id, now + _LOOKED_AT_AFTER)

    async def _observe(
        self, managed: ManagedSubscription, shown: Subscription, asked: datetime
    ) -> ManagedSubscription:
        """Write what the store shows, and all that follows from it."""
        name = managed.subscription.subscription_id
        async with self._database.write() as tx:
            if shown.id == name:
                await self._payments.observe(tx, Observation.of_subscription(shown, asked))
            now = await PaymentRepository(tx).subscription(name) or managed.subscription
        return ManagedSubscription(managed.sale, now, step_of(now, self._clock()))


def _is_cancelled(shown: Subscription, asked: datetime) -> bool:
    """Whether it goes on to its end only, also where its status doesn't say so."""
    seen = Observation.of_subscription(shown, asked).subscription
    return seen is not None and seen.status is SubscriptionStatus.CANCELLED


def step_of(subscription: SubscriptionRecord, now: datetime) -> Step | None:
    """What its payer can do with it at `now` (UTC); None for one that has ended."""
    if subscription.status is not SubscriptionStatus.CANCELLED:
        return Step.CANCEL
    until = subscription.access_until
    return Step.RESUME if until is not None and until > now else None
