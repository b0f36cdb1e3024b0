"""How many links somebody may have, and ask for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.checkout.models import Basket, Buyer, Origin, Sale
from bot.checkout.refusals import too_many_links
from bot.checkout.repository import SaleRepository
from bot.errors import TooManyPurchases
from bot.storage.transaction import Transaction

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """`open_links` is of one member in one server at a time; `per_minute` is how many they may ask for."""

    open_links: int
    per_minute: int

    async def require(
        self,
        tx: Transaction,
        buyer: Buyer,
        origin: Origin,
        basket: Basket,
        renewing: Sale | None,
        *,
        now: datetime,
    ) -> None:
        """Raises too_many_links and TooManyPurchases; `now` is UTC."""
        if basket.charge is not None:
            # How many invoices somebody gets is up to staff; how often one is opened isn't.
            recent = (
                await SaleRepository(tx).recent_sessions_of(renewing.id, now - _MINUTE) if renewing else []
            )
            self._require_pace(recent)
            return
        open_links = await SaleRepository(tx).open_links(buyer.id, origin.guild_id, now)
        if len(open_links) >= self.open_links:
            raise too_many_links(len(open_links), open_links[0])
        self._require_pace(await SaleRepository(tx).recent_sessions(buyer.id, origin.guild_id, now - _MINUTE))

    def _require_pace(self, recent: list[datetime]) -> None:
        if len(recent) >= self.per_minute:
            raise TooManyPurchases(recent[-self.per_minute] + _MINUTE)
