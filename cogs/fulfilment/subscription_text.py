"""How a subscription stands, as the one who pays it reads it, and the way to manage it."""

from datetime import datetime, timedelta
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import AnyLine, Sale
from bot.discord.components import button, link_button
from bot.money import Money
from bot.payments.models import OrderRecord, SubscriptionRecord, SubscriptionStatus
from bot.texts import Text, as_text, moment, text
from cogs import custom_ids
from cogs.catalog.product_text import per_interval
from cogs.checkout.view import SaleView

_NOT_CHARGED: Final = {
    SubscriptionStatus.PAUSED: text("Paused. You won't be charged while it's paused."),
    SubscriptionStatus.PAST_DUE: text("The last renewal payment failed. Check your card."),
}


def subscribed_line(sale: Sale) -> AnyLine | None:
    """What of a sale is paid again and again; a subscription stands alone in its sale."""
    return next((each for each in sale.basket.lines if each.is_subscription), None)


def standing(
    sale: Sale, subscription: SubscriptionRecord | None, now: datetime, *, begun: OrderRecord | None
) -> Text | None:
    """What is charged next, or why nothing is, at `now` (UTC); None for what is paid once.

    `subscription` is None while the store hasn't told of it, only of the order that has `begun` it.
    """
    line = subscribed_line(sale)
    if line is None or line.amount is None:
        return None
    amount = line.amount if subscription is None or subscription.amount is None else subscription.amount
    price = per_interval(as_text(Money(amount, line.currency)), line.billing_interval)
    if subscription is None:
        return _free_until(_end_of_trial(line, begun), price)
    match subscription.status:
        case SubscriptionStatus.TRIALING:
            return _free_until(subscription.trial_end or subscription.current_period_end, price)
        case SubscriptionStatus.CANCELLED:
            return _cancelled(subscription.access_until, now)
        case status:
            return _NOT_CHARGED.get(status) or _active(subscription.current_period_end, price)


def is_charged(subscription: SubscriptionRecord | None) -> bool:
    """Whether it goes on, as far as is known: there is something to manage."""
    return subscription is None or subscription.status is not SubscriptionStatus.CANCELLED


def manage_button(view: SaleView, sale: Sale) -> ui.Button[Any] | None:
    """Leads to what its payer can do with a subscription, here or at the store."""
    label = text("Manage subscription")
    if view.manages:
        return button(label, custom_ids.subscription(sale.reference), discord.ButtonStyle.secondary)
    return link_button(label, view.portal) if view.portal else None


def _end_of_trial(line: AnyLine, begun: OrderRecord | None) -> datetime | None:
    if begun is None or begun.amount or begun.paid_at is None or not line.trial_days:
        return None
    return begun.paid_at + timedelta(days=line.trial_days)


def _free_until(end: datetime | None, price: Text) -> Text:
    if end is None:
        return text("Renews at {price} until you cancel.", price=price)
    return text("Free until {date}, then {price}.", date=moment(end, "D"), price=price)


def _cancelled(until: datetime | None, now: datetime) -> Text:
    if until is None:
        return text("Cancelled. You won't be charged again.")
    if until <= now:
        return text("Cancelled. Ended on {date}.", date=moment(until, "D"))
    return text("Cancelled. Active until {date}.", date=moment(until, "D"))


def _active(renews_at: datetime | None, price: Text) -> Text:
    if renews_at is None:
        return text("Renews at {price} until you cancel.", price=price)
    return text("Next charge: {price} on {date}.", price=price, date=moment(renews_at, "D"))
