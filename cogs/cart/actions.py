"""`/cart` and its buttons: what it shows, and what they change. All of it is the cart of whoever asks."""

from bot.billing.service import MemberBilling
from bot.cart.models import PricedCart
from bot.cart.service import Carts
from bot.catalog.availability import Line
from bot.checkout.models import Buyer, Origin
from bot.checkout.refusals import quantity_unknown
from bot.discord.forms import whole_number
from bot.discord.interactions import Answer
from bot.texts import Text, text
from cogs.cart.view import CartView
from cogs.checkout.actions import CheckoutActions

_CHANGED = text("Your cart has changed. You haven't been charged. Take another look, then check out again.")


class CartActions:
    def __init__(self, carts: Carts, billing: MemberBilling, links: CheckoutActions, view: CartView) -> None:
        self._carts = carts
        self._billing = billing
        self._links = links
        self._view = view

    async def add(
        self, answer: Answer, user_id: int, guild_id: int, line: Line, coupon: str | None = None
    ) -> None:
        """Put the line in, and say what is there now. Raises as `Carts.add` does."""
        added, cart = await self._carts.add(
            user_id, guild_id, line.product_id, line.variant_id, line.quantity, coupon=coupon
        )
        await answer.show(self._view.added(added, cart))

    async def show(self, answer: Answer, user_id: int, guild_id: int, note: Text | None = None) -> None:
        """Show the cart at today's prices."""
        await self._show(answer, user_id, await self._carts.priced(user_id, guild_id), note)

    async def empty(self, answer: Answer, user_id: int, guild_id: int) -> None:
        await self._carts.empty(user_id, guild_id)
        await self.show(answer, user_id, guild_id)

    async def remove(self, answer: Answer, user_id: int, guild_id: int, mark: str) -> None:
        """Raises line_gone."""
        await self._carts.change(user_id, guild_id, mark, 0)
        await self.show(answer, user_id, guild_id)

    async def change(self, answer: Answer, user_id: int, guild_id: int, mark: str, typed: str) -> None:
        """Have as many of the line as was typed. Raises quantity_unknown, and as `Carts.change` does."""
        quantity = whole_number(typed)
        if quantity is None:
            raise quantity_unknown(typed)
        await self._carts.change(user_id, guild_id, mark, quantity)
        await self.show(answer, user_id, guild_id)

    async def use_coupon(self, answer: Answer, user_id: int, guild_id: int, typed: str) -> None:
        await self._carts.use_coupon(user_id, guild_id, typed or None)
        await self.show(answer, user_id, guild_id)

    async def buy(
        self, answer: Answer, buyer: Buyer, origin: Origin, *, mark: str, amount: int | None
    ) -> None:
        """One payment link for all of it, in the place of the cart.

        `mark` says what the cart showed, `amount` (cents) what it came to: anything else is shown first.
        """
        priced = await self._carts.priced(buyer.id, origin.guild_id)
        basket, total = priced.basket, priced.total
        if not priced.entries:
            await self._show(answer, buyer.id, priced)
            return
        if basket is None or priced.mark != mark or (total.amount if total else None) != amount:
            await self._show(answer, buyer.id, priced, _CHANGED)
            return
        link = await self._links.buy(answer, buyer, origin, basket)
        if link is not None and link.job is None:
            await self._carts.leave(link.sale)

    async def _show(self, answer: Answer, user_id: int, priced: PricedCart, note: Text | None = None) -> None:
        basket = priced.basket
        estimate = await self._billing.estimate(user_id, basket) if basket is not None else None
        await answer.show(self._view.page(priced, note, estimate))
