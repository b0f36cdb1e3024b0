"""What people are told once something is paid: receipts, and what became of it later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import ui

from bot.discord_io import custom_ids
from bot.discord_io.cards import MAXIMUM_TEXT, Card, button
from bot.discord_io.sale_cards import SaleCards
from bot.fulfilment.models import Benefit, Grant, filled
from bot.fulfilment.states import GrantState
from bot.fulfilment.stories import Audience, Story
from bot.markdown import cut, escape
from bot.money import Money
from bot.sales.models import Sale

LONGEST_TITLE: Final = 120
"""Characters of a line's title: ten lines of it stay well below a message's limit."""
LONGEST_MESSAGE: Final = 1000
"""Characters of a benefit's message: several of them fit one receipt."""


@dataclass(frozen=True, slots=True)
class Earned:
    """A grant as its holder reads it. `role` and `server` are names as they are now."""

    grant: Grant
    benefit: Benefit
    role: str
    server: str


@dataclass(frozen=True, slots=True)
class FulfilmentCards:
    sales: SaleCards

    # --- receipts -------------------------------------------------------------------------------------

    def receipt(self, sale: Sale, earned: Sequence[Earned], number: str, order: int | None) -> Card:
        """For who bought for themselves. `order` is the row of what can be revealed, if there is anything."""
        texts = [
            invoice_of(sale),
            self.sales.lines(sale),
            paid(sale, self.sales.locale),
            *self.earned(earned),
        ]
        return self._card("Thank you, this is paid", texts, number, self._reveal(sale, order))

    def gift_for_payer(self, sale: Sale, number: str) -> Card:
        """Nothing of what the gift holds: that is the recipient's."""
        to = f"It goes to <@{sale.recipient_id}>, who is told by direct message, without the price."
        texts = [self.sales.lines(sale), paid(sale, self.sales.locale), to]
        return self._card("Thank you, your gift is paid", texts, number, None)

    def gift_for_recipient(
        self, sale: Sale, earned: Sequence[Earned], number: str, order: int | None
    ) -> Card:
        """Nothing of what it cost."""
        texts = [f"<@{sale.buyer_id}> gave you:", titles(sale), *self.earned(earned)]
        return self._card("A gift for you", texts, number, self._reveal(sale, order))

    def earned(self, earned: Sequence[Earned]) -> list[str]:
        """What somebody gets, each with its benefit's message."""
        texts = []
        for each in earned:
            role = f"the role **{escape(each.role)}** in {escape(each.server)}"
            texts.append(_GRANTED[each.grant.state].format(role=role, until=_until(each.grant)))
            taken_back = each.grant.state in (GrantState.SUSPENDED, GrantState.REVOKED)
            if each.benefit.terms.message and not taken_back:
                texts.append(_message(each))
        return texts

    def _reveal(self, sale: Sale, order: int | None) -> ui.Button[Any] | None:
        if order is None:
            return None
        return button("Reveal", custom_ids.reveal(sale.reference, order), discord.ButtonStyle.secondary)

    # --- what became of it ----------------------------------------------------------------------------

    def notice(
        self, sale: Sale, story: Story, audience: Audience, number: str, facts: Mapping[str, str]
    ) -> Card:
        """`facts` fill the story's sentences: `role` (that has ended), `after` (what is left), `earned`."""
        title, text = _STORIES[story]
        if sale.basket.gift_to is not None and audience is Audience.RECIPIENT:
            title, text = _GIFT_STORIES.get(story, (title, text))
        texts = [titles(sale), filled(text, facts)]
        return self._card(title, [each for each in texts if each.strip()], number, None)

    # --- parts ----------------------------------------------------------------------------------------

    def _card(
        self, title: str, texts: Sequence[str], number: str, shown_button: ui.Button[Any] | None
    ) -> Card:
        mark = self.sales.mark
        body = cut("\n".join(text for text in texts if text), MAXIMUM_TEXT - len(title) - 100)
        rows = (ui.ActionRow(shown_button),) if shown_button is not None else ()
        return Card(
            ui.TextDisplay(f"### {mark}{title}"), ui.TextDisplay(body), *rows, ui.TextDisplay(footer(number))
        )


def titles(sale: Sale) -> str:
    """What is sold, without prices."""
    lines = (
        f"{f'{line.quantity} × ' if line.quantity > 1 else ''}**{escape(cut(line.title, LONGEST_TITLE))}**"
        for line in sale.basket.lines
    )
    return "\n".join(filter(None, (invoice_of(sale), *lines)))


def invoice_of(sale: Sale) -> str:
    """Which invoice the sale is; empty for a purchase."""
    charge = sale.basket.charge
    return "" if charge is None else f"Invoice #{charge.number}"


def paid(sale: Sale, locale: str) -> str:
    """What was paid before tax, by the store's own count; empty where the payer chose the price."""
    if sale.basket.subtotal is None or sale.session.amount is None:
        return ""
    total = Money(sale.session.amount - (sale.session.discount or 0), sale.basket.currency)
    return f"Paid: **{total.format(locale)}**, and tax where it is due."


def footer(number: str) -> str:
    """The line by which a message is found again when nobody knows whether it arrived."""
    return f"-# Number {number}"


PAST_DUE: Final = (
    "You keep everything for now, and the store tries again over the next days. To mend it, make sure that "
    "your card is valid and covered, or follow the link in the store's e-mail to pay another way."
)
_STORIES: Final[Mapping[Story, tuple[str, str]]] = {
    Story.REFUNDED: ("This was refunded", "The money goes back the way it came.{after}"),
    Story.DISPUTED: (
        "This payment is disputed",
        "Your bank says that you dispute it.{after} Is it a mistake? Then tell your bank, or the staff.",
    ),
    Story.DISPUTE_WON: ("The dispute is over", "The payment stands.{after}"),
    Story.DISPUTE_LOST: ("The dispute is over", "The money goes back to you.{after}"),
    Story.DISPUTE_PREVENTED: ("The dispute is over", "It went no further, and the payment stands.{after}"),
    Story.PAST_DUE: (
        "Your subscription could not be charged",
        PAST_DUE,
    ),
    Story.CANCELLED: ("Your subscription is cancelled", "It won't be charged again.{after}"),
    Story.PAUSED: ("Your subscription is paused", "It isn't charged meanwhile.{after}"),
    Story.RESUMED: ("Your subscription goes on", "It is charged again as before.{after}"),
    Story.ENDED: ("This has ended", "The role {role} is gone. You can get it again with /buy."),
    Story.EARNED: ("You get something more", "What you bought now earns more than before.\n{earned}"),
}
_GIFT_STORIES: Final[Mapping[Story, tuple[str, str]]] = {
    # Whose money it is, and what happened to it, is between the payer and the store.
    Story.REFUNDED: ("A gift was taken back", "{after}"),
    Story.DISPUTED: ("A gift is on hold", "{after}"),
    Story.DISPUTE_WON: ("A gift is yours again", "{after}"),
    Story.DISPUTE_LOST: ("A gift was taken back", "{after}"),
    Story.DISPUTE_PREVENTED: ("A gift is yours again", "{after}"),
    Story.CANCELLED: ("A gift will end", "{after}"),
    Story.PAUSED: ("A gift is paused", "{after}"),
    Story.RESUMED: ("A gift goes on", "{after}"),
    Story.ENDED: ("A gift has ended", "The role {role} is gone."),
    Story.EARNED: ("A gift holds something more", "{earned}"),
}


_GRANTED: Final[Mapping[GrantState, str]] = {
    # A receipt may be read long after it was written.
    GrantState.LIVE: "You get {role}{until}.",
    GrantState.ENDED: "You had {role}{until}.",
    GrantState.SUSPENDED: "You don't have {role} by it for now.",
    GrantState.REVOKED: "You no longer have {role} by it.",
}


def _until(grant: Grant) -> str:
    if grant.ends_at is None:
        return " for as long as the subscription lives" if grant.follows_subscription else ""
    return f" until {discord.utils.format_dt(grant.ends_at, 'f')}"


def _message(earned: Earned) -> str:
    """The owner's own words: their Markdown is meant, what is filled in isn't."""
    grant = earned.grant
    values = {
        "member": f"<@{grant.user_id}>",
        "product": escape(earned.benefit.title),
        "role": escape(earned.role),
        "server": escape(earned.server),
        "until": discord.utils.format_dt(grant.ends_at, "f") if grant.ends_at else "for ever",
    }
    return cut(filled(earned.benefit.terms.message or "", values), LONGEST_MESSAGE)
