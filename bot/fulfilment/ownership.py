"""Whether somebody has already what is about to be bought: asked before anybody is charged."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from bot.checkout.models import AnyLine, Basket, Buyer, Origin
from bot.checkout.refusals import subscription_link_open
from bot.checkout.states import SaleStatus
from bot.errors import AlreadyHeld, PaymentClearing
from bot.fulfilment.models import EarnedBenefit
from bot.fulfilment.ownership_repository import OwnershipRepository, PaidSubscription
from bot.jobs.worker import Clock
from bot.payments.models import SubscriptionStatus
from bot.storage.transaction import Transaction
from bot.texts import Text, all_of, mention, ntext, text, titled

RoleName = Callable[[int, int], str]
"""The name of a role by its server's id and its own."""

_STILL_RUNS: Final = {
    SubscriptionStatus.TRIALING: text(
        "Your free trial is running, and the subscription follows. A second one would "
        "charge you twice, so we didn't create a link."
    ),
    SubscriptionStatus.ACTIVE: text(
        "It renews on its own. A second one would charge you twice, so we didn't create a link."
    ),
    SubscriptionStatus.PAST_DUE: text(
        "Its last payment failed, and the store will try again. To pay another way, see "
        "the store's email. A second one would charge you twice, so we didn't create a "
        "link."
    ),
    SubscriptionStatus.PAUSED: text(
        "It's paused for now. A second one would charge you twice, so we didn't create a link."
    ),
}


class Ownership:
    def __init__(self, role_name: RoleName, clock: Clock) -> None:
        self._role_name = role_name
        self._clock = clock

    async def require_new(
        self,
        tx: Transaction,
        buyer: Buyer,
        origin: Origin,
        basket: Basket,
        earned: Sequence[EarnedBenefit],
        *,
        anyway: bool,
    ) -> None:
        """Nothing of the basket, which would earn them `earned`, is what the one who gets it has already.

        `anyway` says that the buyer knows, and wants it where that makes sense. Raises AlreadyHeld,
        subscription_link_open and PaymentClearing.
        """
        if basket.charge is not None:
            return  # what staff charge for is up to them
        holder = basket.gift_to or buyer.id
        for line in basket.lines:
            if line.product_id is None:
                continue
            if line.is_subscription:
                await self._require_no_link(tx, origin.guild_id, buyer.id, basket, line)
                await self._require_no_subscription(tx, origin.guild_id, holder, basket, line, anyway=anyway)
            elif not anyway:
                self._require_role_missing(origin.guild_id, basket, line, earned)

    async def _require_no_link(
        self, tx: Transaction, guild_id: int, buyer_id: int, basket: Basket, line: AnyLine
    ) -> None:
        """No other link of the buyer's, with another coupon, say, leads to the same subscription."""
        standing = await OwnershipRepository(tx).about_to_subscribe(
            guild_id, buyer_id, basket, line, self._clock()
        )
        if standing is SaleStatus.CLEARING:
            raise PaymentClearing
        if standing is not None:
            raise subscription_link_open()

    async def _require_no_subscription(
        self, tx: Transaction, guild_id: int, holder: int, basket: Basket, line: AnyLine, *, anyway: bool
    ) -> None:
        for held in await OwnershipRepository(tx).subscriptions_to(guild_id, holder, line.product_id or ""):
            sentence = _about(held, line, self._clock())
            if sentence is None:
                continue
            runs = held.record is not None and held.record.status in _STILL_RUNS
            may_buy = not (runs and held.line.variant_id == line.variant_id)
            if anyway and may_buy:
                continue
            title = titled(held.line.title)
            if basket.gift_to is None:
                said = text("You already have **{product}**. {how}", product=title, how=sentence)
                raise AlreadyHeld(said, may_buy=may_buy)
            # How it stands with somebody else's subscription is between them and the store.
            said = (
                text("{member} already has **{product}**.", member=mention(holder), product=title)
                if may_buy
                else text(
                    "{member} already has **{product}** and can't get it twice, so we didn't create a link.",
                    member=mention(holder),
                    product=title,
                )
            )
            raise AlreadyHeld(said, may_buy=may_buy)

    def _require_role_missing(
        self, guild_id: int, basket: Basket, line: AnyLine, earned: Sequence[EarnedBenefit]
    ) -> None:
        """At least one of the roles that the line earns isn't theirs for ever, or it earns none."""
        of_line = [each for each in earned if each.benefit.is_earned_by(line)]
        if not of_line or not all(each.is_held for each in of_line):
            return
        roles = dict.fromkeys(each.benefit.terms.role_id for each in of_line)
        names = [self._role_name(guild_id, role) for role in roles]
        said = _has_roles(names, basket.gift_to)
        if len(basket.lines) > 1:
            said = text("**{product}**: {said}", product=titled(line.title), said=said)
        raise AlreadyHeld(said, may_buy=True)


def _has_roles(names: Sequence[str], gift_to: int | None) -> Text:
    """`gift_to` is who has them, if it isn't the reader."""
    shown = all_of(names)
    if gift_to is None:
        return ntext(
            "You already have the {roles} role for good, so this adds no role. Buy it only "
            "for what else comes with it.",
            "You already have the {roles} roles for good, so this adds no role. Buy it only "
            "for what else comes with it.",
            len(names),
            roles=shown,
        )
    return ntext(
        "{member} already has the {roles} role for good, so this adds no role. Buy it "
        "only for what else comes with it.",
        "{member} already has the {roles} roles for good, so this adds no role. Buy it "
        "only for what else comes with it.",
        len(names),
        member=mention(gift_to),
        roles=shown,
    )


def _about(held: PaidSubscription, wanted: AnyLine, now: datetime) -> Text | None:
    """How it stands with a subscription, for the one who has it; None if it has ended."""
    record = held.record
    if record is not None and record.status is SubscriptionStatus.CANCELLED:
        until = record.access_until
        if until is None or until <= now:
            return None
        return text(
            "It's cancelled and stays active until {until}. A new one would be charged from "
            "today, not from then.",
            until=until,
        )
    if held.line.variant_id != wanted.variant_id:
        return text("Your subscription to the other variant keeps running, so you'd pay for both.")
    if record is None:
        return text("It's paid for, but the store hasn't told us yet whether it renews.")
    return _STILL_RUNS.get(record.status, text("We don't know whether it's still active."))
