"""The buyer's living message once there is money: clearing, paid, delivered, and what became of it.

It is read by the payer alone: the recipient of a gift has messages of their own.
"""

from collections.abc import Mapping
from typing import Final

from discord import ui

from bot.discord_io.cards import Card
from bot.discord_io.sale_cards import SaleCards
from bot.fulfilment.progress import DELIVERED, LOST
from bot.sales.models import Sale
from bot.sales.states import SaleStatus

_STORIES: Final[Mapping[str, tuple[str, str]]] = {
    SaleStatus.CLEARING: (
        "Your payment is on its way",
        "Some banks take days for it. There is nothing to do: you hear from me once it is there.",
    ),
    SaleStatus.PAID: ("Paid", "Thank you! Your receipt has a message of its own, and is in /purchases."),
    DELIVERED: ("Paid and delivered", "Thank you!"),
    SaleStatus.REFUNDED: ("Refunded", "The money goes back the way it came."),
    SaleStatus.DISPUTED: ("Disputed", "Your bank took this payment back, or says that you dispute it."),
    LOST: ("Not paid any more", "The money goes back to you."),
}


def money_card(cards: SaleCards, sale: Sale, progress: str) -> Card | None:
    """What the message shows now; None while there is no money to speak of."""
    story = _STORIES.get(progress)
    if story is None:
        return None
    title, text = story
    if progress in (SaleStatus.PAID, DELIVERED) and sale.basket.gift_to is not None:
        text = f"Thank you! Your gift goes to <@{sale.recipient_id}>."
    return Card(ui.TextDisplay(f"### {cards.mark}{title}"), ui.TextDisplay(f"{cards.lines(sale)}\n{text}"))
