"""What members want though they have it already: kept until they say so once more, or don't."""

from datetime import timedelta
from typing import Final

from bot.checkout.models import Basket, Buyer, Origin, Wish
from bot.checkout.wish_repository import WishRepository
from bot.errors import NotYours, WishGone
from bot.jobs.worker import Clock
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
        """Raises WishGone and NotYours."""
        async with self._database.read() as tx:
            wish = await WishRepository(tx).find(reference)
        if wish is None or wish.asked_at + _ANSWERED_WITHIN <= self._clock():
            raise WishGone
        if wish.buyer_id != buyer_id:
            raise NotYours
        return wish

    @staticmethod
    async def take(tx: Transaction, wish: Wish) -> None:
        """In the claim that fulfils it, so that it is fulfilled once. Raises WishGone."""
        if not await WishRepository(tx).take(wish.reference):
            raise WishGone
