"""What members want though they have it already: kept until they say so once more, or don't."""

from datetime import timedelta
from typing import Final

from bot.checkout.models import Basket, Buyer, Origin, UnconfirmedPurchase
from bot.checkout.refusals import confirmation_gone, not_yours
from bot.checkout.unconfirmed_repository import UnconfirmedPurchaseRepository
from bot.jobs.worker import Clock
from bot.privacy.events import MemberForgotten
from bot.storage.transaction import Transaction, UnitOfWork

_ANSWERED_WITHIN: Final = timedelta(days=1)


class UnconfirmedPurchases:
    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def keep(self, buyer: Buyer, origin: Origin, basket: Basket) -> str:
        """Write it down; returns the public name by which its button finds it, for a day."""
        now = self._clock()
        async with self._database.write() as tx:
            await UnconfirmedPurchaseRepository(tx).forget(now - _ANSWERED_WITHIN)
            return await UnconfirmedPurchaseRepository(tx).add(
                buyer.id, origin.guild_id, origin.channel_id, basket, now
            )

    async def of_buyer(self, buyer_id: int, reference: str) -> UnconfirmedPurchase:
        """Raises confirmation_gone and not_yours."""
        async with self._database.read() as tx:
            unconfirmed = await UnconfirmedPurchaseRepository(tx).find(reference)
        if unconfirmed is None or unconfirmed.asked_at + _ANSWERED_WITHIN <= self._clock():
            raise confirmation_gone()
        if unconfirmed.buyer_id != buyer_id:
            raise not_yours()
        return unconfirmed

    @staticmethod
    async def forget_member(tx: Transaction, event: MemberForgotten) -> None:
        await UnconfirmedPurchaseRepository(tx).forget_all_of(event.user_id)

    @staticmethod
    async def take(tx: Transaction, unconfirmed: UnconfirmedPurchase) -> None:
        """In the claim that fulfils it, so that it is fulfilled once. Raises confirmation_gone."""
        if not await UnconfirmedPurchaseRepository(tx).take(unconfirmed.reference):
            raise confirmation_gone()
