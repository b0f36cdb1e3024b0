"""What members want though they have it already: kept until they say so once more, or don't."""

from datetime import timedelta
from typing import Final

from bot.checkout.models import Basket, Buyer, Origin, Wish
from bot.checkout.refusals import not_yours, wish_gone
from bot.checkout.wish_repository import WishRepository
from bot.jobs.worker import Clock
from bot.privacy.events import MemberForgotten
from bot.storage.transaction import Transaction, UnitOfWork

_ANSWERED_WITHIN: Final = timedelta(days=1)


class Wishes:
    def __init__(self, database: UnitOfWork, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def keep(self, buyer: Buyer, origin: Origin, basket: Basket) -> str:
        """Write it down; returns the public name by which its button finds it, for a day."""
        now = self._clock()
        async with self._database.write() as tx:
            await WishRepository(tx).forget(now - _ANSWERED_WITHIN)
            return await WishRepository(tx).add(buyer.id, origin.guild_id, origin.channel_id, basket, now)

    async def of_buyer(self, buyer_id: int, reference: str) -> Wish:
        """Raises wish_gone and not_yours."""
        async with self._database.read() as tx:
            wish = await WishRepository(tx).find(reference)
        if wish is None or wish.asked_at + _ANSWERED_WITHIN <= self._clock():
            raise wish_gone()
        if wish.buyer_id != buyer_id:
            raise not_yours()
        return wish

    @staticmethod
    async def forget_member(tx: Transaction, event: MemberForgotten) -> None:
        await WishRepository(tx).forget_all_of(event.user_id)

    @staticmethod
    async def take(tx: Transaction, wish: Wish) -> None:
        """In the claim that fulfils it, so that it is fulfilled once. Raises wish_gone."""
        if not await WishRepository(tx).take(wish.reference):
            raise wish_gone()
