"""The buyer's live message once there is money: on its way, checked by staff, paid, given back."""

from collections.abc import Mapping
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.states import SaleStatus
from bot.discord.cards import State
from bot.discord.components import Card
from bot.fulfilment.steps.registry import DELIVERED, HELD, LOST
from bot.texts import Text, mention, text
from cogs.checkout.totals import has_trial
from cogs.checkout.view import SaleView, footer

_MONEY_CARDS: Final[Mapping[str, tuple[State, Text, Text]]] = {
    SaleStatus.CLEARING: (
        State.WAITING,
        text("Payment on its way"),
        text("Some banks take a few days. There's nothing to do: we'll message you when it arrives."),
    ),
    HELD: (
        State.WAITING,
        text("Staff are checking your payment"),
        text("It doesn't match this purchase. Don't pay again: this message updates when they've decided."),
    ),
    SaleStatus.PAID: (
        State.PAID,
        text("Payment received. Thank you!"),
        text("Your receipt is in /purchases."),
    ),
    DELIVERED: (
        State.DELIVERED,
        text("Paid and delivered. Thank you!"),
        text("Your receipt is in /purchases."),
    ),
    SaleStatus.REFUNDED: (
        State.ENDED,
        text("Refunded"),
        text("The money goes back the way you paid. Banks can take a few days."),
    ),
    SaleStatus.DISPUTED: (
        State.ATTENTION,
        text("Payment disputed"),
        text("Your bank reported a dispute. Is that a mistake? Contact your bank or staff."),
    ),
    LOST: (State.ENDED, text("Payment returned"), text("Your bank gave the money back to you.")),
}


def money_card(view: SaleView, sale: Sale, progress: str) -> Card | None:
    """What the message shows now; None while there is no money to speak of."""
    shown = _MONEY_CARDS.get(progress)
    if shown is None:
        return None
    state, title, said = shown
    if progress in (SaleStatus.PAID, DELIVERED) and has_trial(sale):
        title = text("Your free trial has started")
    elif progress in (SaleStatus.PAID, DELIVERED) and sale.basket.gift_to is not None:
        said = text("Your gift goes to {member}.", member=mention(sale.recipient_id))
    return view.of_sale(state, title, sale, facts=(said, footer(sale.reference)))
