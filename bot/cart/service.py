"""What members put together before they buy it, kept until a payment link asks for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bot.cart.models import Cart, CartEntry, PricedCart, left_after, mark_of_line, units_of, with_line
from bot.cart.refusals import line_gone
from bot.cart.repository import CartRepository
from bot.catalog.availability import Line
from bot.checkout.events import LinkOpened
from bot.checkout.models import Sale
from bot.checkout.pricing import Pricing, ProductSource
from bot.errors import PandabaseError, Refusal
from bot.jobs.worker import Clock
from bot.privacy.events import MemberForgotten
from bot.storage.transaction import Transaction, UnitOfWork


class Carts:
    def __init__(self, database: UnitOfWork, products: ProductSource, pricing: Pricing, clock: Clock) -> None:
        self._database = database
        self._products = products
        self._pricing = pricing
        self._clock = clock

    async def add(
        self,
        user_id: int,
        guild_id: int,
        product_id: str,
        variant_id: str | None,
        quantity: int,
        *,
        coupon: str | None = None,
    ) -> tuple[Line, Cart]:
        """Put so many units in, beside those that are there; returns their line, and the cart.

        A `coupon` takes the place of the cart's. Raises bought_by_itself, cart_full, the Refusal that says
        why it can't be bought, and the PandabaseErrors.
        """
        product = await self._products.details(product_id)
        async with self._database.write() as tx:
            cart = await CartRepository(tx).find(user_id, guild_id)
            wanted = self._pricing.offered(product, variant_id, quantity, alone=False)
            units = quantity + units_of(cart.lines, wanted.product_id, wanted.variant_id)
            line = self._pricing.offered(product, variant_id, units, alone=False)
            cart = Cart(with_line(cart.lines, line), coupon or cart.coupon)
            await CartRepository(tx).keep(user_id, guild_id, cart, self._clock())
        return line, cart

    async def change(self, user_id: int, guild_id: int, mark: str, quantity: int) -> None:
        """Have so many units of the marked line; none removes it.

        Raises line_gone, and what `add` does.
        """
        async with self._database.look() as tx:
            line = _marked((await CartRepository(tx).find(user_id, guild_id)).lines, mark)
        changed = None
        if quantity:
            product = await self._products.details(line.product_id)
            changed = self._pricing.offered(product, line.variant_id, quantity, alone=False)
        async with self._database.write() as tx:
            cart = await CartRepository(tx).find(user_id, guild_id)
            line = _marked(cart.lines, mark)
            lines = (changed if each is line else each for each in cart.lines)
            cart = replace(cart, lines=tuple(each for each in lines if each is not None))
            await CartRepository(tx).keep(user_id, guild_id, cart, self._clock())

    async def use_coupon(self, user_id: int, guild_id: int, coupon: str | None) -> None:
        """The store says at checkout whether it takes the coupon."""
        async with self._database.write() as tx:
            cart = await CartRepository(tx).find(user_id, guild_id)
            await CartRepository(tx).keep(user_id, guild_id, replace(cart, coupon=coupon), self._clock())

    async def empty(self, user_id: int, guild_id: int) -> None:
        async with self._database.write() as tx:
            await CartRepository(tx).keep(user_id, guild_id, Cart(), self._clock())

    async def priced(self, user_id: int, guild_id: int) -> PricedCart:
        """The cart at today's prices, which its member has seen from here on."""
        async with self._database.look() as tx:
            cart = await CartRepository(tx).find(user_id, guild_id)
        told = await asyncio.gather(*map(self._entry, cart.lines))
        entries = tuple(entry or CartEntry(line) for entry, line in zip(told, cart.lines, strict=True))
        priced = PricedCart(entries, cart.coupon, is_current=None not in told)
        if tuple(entry.line for entry in entries) != cart.lines:
            await self._seen(user_id, guild_id, [entry.line for entry in entries])
        return priced

    async def _entry(self, line: Line) -> CartEntry | None:
        """How the line stands; None where the store doesn't say."""
        try:
            product = await self._products.details(line.product_id)
            now = self._pricing.offered(product, line.variant_id, line.quantity, alone=False)
        except PandabaseError:
            return None
        except Refusal as refusal:
            return CartEntry(line, refusal)
        seen = line.unit_amount if line.unit_amount != now.unit_amount else None
        return CartEntry(now, None, seen, product.max_per_customer or None)

    async def _seen(self, user_id: int, guild_id: int, lines: Sequence[Line]) -> None:
        """Write the prices down, of those lines that are still the same."""
        shown = {(mark_of_line(line), line.quantity): line for line in lines}
        async with self._database.write() as tx:
            cart = await CartRepository(tx).find(user_id, guild_id)
            kept = tuple(shown.get((mark_of_line(line), line.quantity), line) for line in cart.lines)
            await CartRepository(tx).keep(user_id, guild_id, replace(cart, lines=kept), self._clock())

    # --- what a link asks for has left the cart -------------------------------------------------------

    async def leave(self, sale: Sale) -> None:
        """Take out what the sale's link asks for, which was there before anybody checked the cart out."""
        async with self._database.write() as tx:
            await self._take_out(tx, sale)

    async def follow_link(self, tx: Transaction, event: LinkOpened) -> None:
        """Take out what the new link asks for, the first time that there is one."""
        if event.sale.basket.from_cart and await CartRepository(tx).take(event.sale.id):
            await self._take_out(tx, event.sale)

    async def forget(self, tx: Transaction, event: MemberForgotten) -> None:
        await CartRepository(tx).forget(event.user_id)

    async def _take_out(self, tx: Transaction, sale: Sale) -> None:
        cart = await CartRepository(tx).find(sale.buyer_id, sale.guild_id)
        left = left_after(cart.lines, sale.basket.lines)
        if left != cart.lines:
            await CartRepository(tx).keep(sale.buyer_id, sale.guild_id, Cart(left), self._clock())


def _marked(lines: Sequence[Line], mark: str) -> Line:
    """Raises line_gone."""
    found = next((line for line in lines if mark_of_line(line) == mark), None)
    if found is None:
        raise line_gone()
    return found
