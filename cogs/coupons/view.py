"""How coupons read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.catalog.catalog import Catalog
from bot.coupons.provider import Coupon, CouponState
from bot.discord.components import Card, notice, page_turns
from bot.money import Money
from bot.texts import Text, as_text, code, joined, lines, moment, ntext, text
from cogs import custom_ids
from cogs.catalog.product_text import shown

_LONGEST_TITLE: Final = 60
_STATES: Final[Mapping[CouponState, Text]] = {
    CouponState.RUNNING: text("🟢 Running"),
    CouponState.NOT_STARTED: text("⏳ Not started"),
    CouponState.USED_UP: text("⚪ Used up"),
    CouponState.ENDED: text("⚪ Ended"),
    CouponState.DISABLED: text("⚪ Disabled"),
}


@dataclass(frozen=True, slots=True)
class CouponView:
    """`currency` is the store's; `mark` says that it is a test store."""

    catalog: Catalog
    currency: str
    mark: Text

    def created(self, coupon: Coupon, now: datetime) -> Card:
        hint = text("Members enter the code when they buy.")
        return notice(lines(self._heading(text("Coupon created")), *self._lines(coupon, now), hint))

    def disabled(self, coupon: Coupon, now: datetime) -> Card:
        hint = text("Payment links that are already out keep their price.")
        return notice(lines(self._heading(text("Coupon disabled")), *self._lines(coupon, now), hint))

    def listed(self, coupons: Sequence[Coupon], number: int, pages: int, now: datetime) -> Card:
        """A page; pages count from 0."""
        if not coupons:
            return notice(text("The store has no coupons yet. Create one with /store coupon create."))
        turns = page_turns(number, pages, custom_ids.coupons) if pages > 1 else ()
        said = [line for coupon in coupons for line in self._lines(coupon, now)]
        return notice(self._heading(text("Coupons")), lines(*said), buttons=turns)

    def label(self, coupon: Coupon) -> Text:
        """In a menu."""
        return text("{code} (−{discount})", code=coupon.code, discount=self._off(coupon))

    def _off(self, coupon: Coupon) -> Text:
        if coupon.amount is not None:
            return as_text(Money(coupon.amount, self.currency))
        return text("{percent}%", percent=coupon.percent or 0)

    def _heading(self, title: Text) -> Text:
        return text("### {mark}{title}", mark=self.mark, title=title)

    def _lines(self, coupon: Coupon, now: datetime) -> Iterator[Text]:
        state, off = _STATES[coupon.state(now)], self._off(coupon)
        yield text("{code} · **{discount} off** · {state}", code=code(coupon.code), discount=off, state=state)
        yield text("-# {facts}", facts=joined(" · ", self._facts(coupon, now)))

    def _facts(self, coupon: Coupon, now: datetime) -> Iterator[Text]:
        if coupon.most_uses is None:
            yield ntext("used {count} time", "used {count} times", coupon.uses)
        else:
            yield ntext(
                "used {uses} of {count} time",
                "used {uses} of {count} times",
                coupon.most_uses,
                uses=coupon.uses,
            )
        if coupon.starts_at is not None and coupon.starts_at > now:
            yield text("starts {when}", when=moment(coupon.starts_at))
        if coupon.ends_at is not None and coupon.ends_at > now:
            yield text("ends {when}", when=moment(coupon.ends_at))
        elif coupon.ends_at is not None:
            yield text("ended {when}", when=moment(coupon.ends_at))
        if coupon.least_purchase:
            yield text("from {amount}", amount=Money(coupon.least_purchase, self.currency))
        if len(coupon.product_ids) == 1:
            yield text("only for {product}", product=self._title(coupon.product_ids[0]))
        elif coupon.product_ids:
            yield ntext("only for {count} product", "only for {count} products", len(coupon.product_ids))

    def _title(self, product_id: str) -> Text:
        product = self.catalog.known(product_id)
        if product is None:
            return text("a product that isn't sold")
        return shown(product.title, _LONGEST_TITLE)
