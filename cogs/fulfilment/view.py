"""What people are told once something is paid: receipts, and what became of it later."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import Sale
from bot.checkout.states import MoneyState
from bot.discord.components import MAXIMUM_TEXT, Card, button, notice
from bot.discord.spoken import Paragraph
from bot.fulfilment.deliverables import Revealed
from bot.fulfilment.notices import Audience, NoticeKind
from bot.fulfilment.states import GIVEN_BACK, GrantState
from bot.markdown import cut, escape_around_links
from bot.payments.models import OrderRecord
from bot.texts import NOTHING, Language, Text, joined, limited, lines, markdown, mention, ntext, text
from cogs import custom_ids
from cogs.checkout.view import SaleView, times
from cogs.fulfilment.text import Earned, Facts, earned_by, is_trial, message_of, notice_text, paid

LONGEST_TITLE: Final = 120
"""Characters of a line's title: ten lines of it stay well below a message's limit."""
_PRESS_REVEAL: Final = text(
    "-# Press Reveal to see what comes with it: keys or instructions. Only you will see it."
)
_SPARED: Final = 250
"""Characters for what stands around a message's text."""


@dataclass(frozen=True, slots=True)
class FulfilmentView:
    sales: SaleView

    # --- receipts -------------------------------------------------------------------------------------

    def receipt(
        self, sale: Sale, order: OrderRecord, earned: Sequence[Earned], number: str, *, reveals: bool
    ) -> Card:
        """For who bought for themselves. `reveals` says that the order holds something to open."""
        texts = [
            invoice_of(sale),
            self.sales.lines(sale),
            paid(sale, order),
            *_earned(order, earned),
            _file(sale, order, text("The store e-mails the file to the address that you paid with.")),
        ]
        title = _title(sale, order, text("Thank you, this is paid"))
        return self._card(title, texts, number, self._reveal(sale, order, reveals), _messages(earned))

    def gift_for_payer(self, sale: Sale, order: OrderRecord, number: str) -> Card:
        """Nothing of what the gift holds: that is the recipient's."""
        member = mention(sale.recipient_id)
        to = text(
            "It goes to {member}. They are told without the price, by direct message or, "
            "where those are closed, in /purchases.",
            member=member,
        )
        file = text("The store e-mails the file to you, not to {member}: pass it on.", member=member)
        texts = [
            self.sales.lines(sale),
            paid(sale, order),
            NOTHING if order.money in GIVEN_BACK else to,
            _file(sale, order, file),
        ]
        return self._card(_title(sale, order, text("Thank you, your gift is paid")), texts, number)

    def gift_for_recipient(
        self, sale: Sale, order: OrderRecord, earned: Sequence[Earned], number: str, *, reveals: bool
    ) -> Card:
        """Nothing of what it cost."""
        renewed = order.session_id is None
        giver = mention(sale.buyer_id)
        if renewed:
            gave = text("{member} goes on giving you:", member=giver)
        else:
            gave = text("{member} gave you:", member=giver)
        file = text("The store e-mails the file to {member}, who passes it on to you.", member=giver)
        texts = [gave, titles(sale), *_earned(order, earned), _file(sale, order, file)]
        shown = self._reveal(sale, order, reveals)
        title = text("A gift goes on") if renewed else text("A gift for you")
        return self._card(title, texts, number, shown, _messages(earned))

    def _reveal(self, sale: Sale, order: OrderRecord, reveals: bool) -> ui.Button[Any] | None:  # noqa: FBT001
        if not reveals:
            return None
        opens = custom_ids.reveal(sale.reference, order.reference)
        return button(text("Reveal"), opens, discord.ButtonStyle.secondary)

    # --- what became of it ----------------------------------------------------------------------------

    def notice(
        self,
        sale: Sale,
        kind: NoticeKind,
        audience: Audience,
        number: str,
        facts: Facts,
        *,
        is_over: bool,
    ) -> Card:
        """`facts` fill its sentences; `is_over` says that nothing is left of what the sale gave."""
        title, said = notice_text(sale, kind, audience, facts, is_over=is_over)
        return self._card(title, [titles(sale), said], number)

    # --- parts ----------------------------------------------------------------------------------------

    def _card(
        self,
        title: Text,
        texts: Sequence[Text | None],
        number: str,
        shown_button: ui.Button[Any] | None = None,
        messages: Sequence[Text] = (),
    ) -> Card:
        """The owner's `messages` share the room that the rest leaves."""
        room = MAXIMUM_TEXT - len(str(title)) - _SPARED
        body = limited(lines(*texts), room)
        for place, message in enumerate(messages):
            share = (room - len(str(body))) // (len(messages) - place) - 1
            body = lines(body, limited(message, share)) if share > 0 else body
        items: list[ui.Item[Any]] = [Paragraph(self.sales.heading(title)), Paragraph(body)]
        if shown_button is not None:
            items += [Paragraph(_PRESS_REVEAL), ui.ActionRow(shown_button)]
        return Card(*items, Paragraph(footer(number)))


def titles(sale: Sale) -> Text:
    """What is sold, without prices."""
    sold = (
        times(line.quantity, text("**{title}**", title=cut(line.title, LONGEST_TITLE)))
        for line in sale.basket.lines
    )
    return lines(invoice_of(sale), *sold)


def invoice_of(sale: Sale) -> Text | None:
    """Which invoice the sale is; None for a purchase."""
    charge = sale.basket.charge
    return None if charge is None else text("Invoice #{number}", number=charge.number)


def footer(number: str) -> Text:
    """The line by which a message is found again when nobody knows whether it arrived."""
    return text("-# Number {number}", number=markdown(number))


def _title(sale: Sale, order: OrderRecord, thanks: Text) -> Text:
    if order.money in GIVEN_BACK:
        return text("This was paid, and given back since")
    if order.money is MoneyState.DISPUTED:
        return text("This was paid, and is disputed")
    if order.session_id is None:
        return text("Thank you, the subscription is renewed")
    return text("Thank you, your free trial begins") if is_trial(sale, order) else thanks


def _earned(order: OrderRecord, earned: Sequence[Earned]) -> list[Text]:
    return [earned_by(each, renewed=order.session_id is None) for each in earned]


def _file(sale: Sale, order: OrderRecord, sentence: Text) -> Text:
    """Where the file is; empty where the sale has none, or none any more."""
    return sentence if sale.basket.has_download and order.money is MoneyState.PAID else NOTHING


def _messages(earned: Sequence[Earned]) -> list[Text]:
    """What the owner says to those who hold it."""
    return [
        message_of(each)
        for each in earned
        if each.benefit.terms.message and each.grant.state is GrantState.LIVE
    ]


# --- what an order holds, as the one who gets it is shown it ------------------------------------------


_SPARED_BELOW: Final = 200
"""Characters for what an answer may get below it."""
_BY_E_MAIL: Final = text("Keys and downloads come by e-mail from the store.")
_NOTHING_YET: Final = text("There is nothing here yet. The store may still be preparing it: try again later.")
_IN_A_FILE: Final = text("A message is too short for it: all of it is in this file.")


def revealed_card(revealed: Revealed, language: Language) -> tuple[Card, list[discord.File]]:
    """All of it in a message, or in a file beside it where a message can't hold it; for its one reader."""
    if revealed.is_empty:
        return notice(_NOTHING_YET), []
    messages = [markdown(escape_around_links(message)) for message in revealed.messages]
    whole = joined("\n\n", (_keys(revealed.keys), *messages))
    if _fits(whole, language):
        return notice(whole), []
    shown = lines(_heading(revealed.keys), _IN_A_FILE)
    for message in messages:
        longer = joined("\n\n", (shown, message))
        if _fits(longer, language):
            shown = longer
    name = f"purchase-{revealed.sale.reference}.txt"
    card = Card(Paragraph(shown), ui.File(f"attachment://{name}"))
    written = _plain(revealed).render(language, plain=True)
    return card, [discord.File(io.BytesIO(written.encode()), name)]


def _keys(keys: Sequence[str] | None) -> Text:
    if keys is None:
        return _BY_E_MAIL
    return lines(_heading(keys), *map(_copied, keys)) if keys else NOTHING


def _copied(key: str) -> Text:
    """In backticks, which people copy; a key that has one itself needs two around it."""
    return markdown(f"`` {key} ``" if "`" in key else f"`{key}`")


def _heading(keys: Sequence[str] | None) -> Text:
    if not keys:
        return text("### What comes with it")
    return ntext("### Your key", "### Your {count} keys", len(keys))


def _plain(revealed: Revealed) -> Text:
    keys = _BY_E_MAIL if revealed.keys is None else markdown("\n".join(revealed.keys))
    return joined("\n\n", (keys, *map(markdown, revealed.messages)))


def _fits(content: Text, language: Language) -> bool:
    return len(content.render(language)) <= MAXIMUM_TEXT - _SPARED_BELOW
