"""What members give for the bill, if they want to: kept sealed, sent when they buy, theirs to delete."""

from collections.abc import Mapping

from bot.billing.models import BillingDetails
from bot.billing.repository import BillingRepository
from bot.billing.sealing import Seal
from bot.checkout.draft import CheckoutEstimate, CheckoutItem, Payer
from bot.checkout.gateway import CheckoutGateway
from bot.checkout.models import Basket
from bot.jobs.worker import Clock
from bot.privacy.events import MemberForgotten
from bot.storage.transaction import Transaction, UnitOfWork


class MemberBilling:
    def __init__(self, database: UnitOfWork, seal: Seal, checkouts: CheckoutGateway, clock: Clock) -> None:
        self._database = database
        self._seal = seal
        self._checkouts = checkouts
        self._clock = clock

    def payer(self, user_id: int, sealed: str | None) -> Payer:
        """Who the member is as a payer, by what is kept of them."""
        return self._seal.payer(user_id, sealed)

    async def details(self, user_id: int) -> BillingDetails:
        async with self._database.look() as tx:
            sealed = await BillingRepository(tx).sealed(user_id)
        return self._seal.open(user_id, sealed)

    async def change(self, user_id: int, typed: Mapping[str, str], locale: str) -> BillingDetails:
        """Keep what was typed, by the fields' names, beside what there is; returns all of it.

        Raises as `BillingDetails.changed` does.
        """
        async with self._database.write() as tx:
            before = self._seal.open(user_id, await BillingRepository(tx).sealed(user_id))
            details = before.changed(typed, locale)
            if details.given:
                sealed = self._seal.close(user_id, details)
                await BillingRepository(tx).keep(user_id, sealed, self._clock())
            else:
                await BillingRepository(tx).forget(user_id)
        return details

    async def delete(self, user_id: int) -> None:
        async with self._database.write() as tx:
            await BillingRepository(tx).forget(user_id)

    async def estimate(self, user_id: int, basket: Basket) -> CheckoutEstimate | None:
        """What it comes to with tax; None where that isn't known, or not in time."""
        payer = (await self.details(user_id)).payer
        if basket.subtotal is None or any(line.trial_days for line in basket.lines):
            return None
        items = tuple(map(CheckoutItem.of, basket.lines))
        return await self._checkouts.estimate(items, basket.coupon, payer)

    async def forget(self, tx: Transaction, event: MemberForgotten) -> None:
        await BillingRepository(tx).forget(event.user_id)
