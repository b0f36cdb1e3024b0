"""What people are told once something is paid: receipts, and what became of it later."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import Sale
from bot.checkout.states import MoneyState
from bot.discord.components import MAXIMUM_TEXT, Card, button, notice
from bot.discord.spoken import Paragraph
from bot.fulfilment.deliverables import Revealed
from bot.fulfilment.models import filled
from bot.fulfilment.notices import Audience, NoticeKind
from bot.fulfilment.states import GIVEN_BACK, GrantState
from bot.markdown import cut, escape, escape_around_links
from bot.payments.models import OrderRecord
from bot.texts import Text, markdown, text
from cogs import custom_ids
from cogs.checkout.view import SaleView
from cogs.fulfilment.text import Earned, earned_by, is_trial, message_of, paid, story_of

LONGEST_TITLE: Final = 120
"""Characters of a line's title: ten lines of it stay well below a message's limit."""
_PRESS_REVEAL: Final = (
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
            str(self.sales.lines(sale)),
            paid(sale, order, self.sales.locale),
            *_earned(order, earned),
            _file(sale, order, "The store e-mails the file to the address that you paid with."),
        ]
        title = _title(sale, order, "Thank you, this is paid")
        return self._card(title, texts, number, self._reveal(sale, order, reveals), _messages(earned))

    def gift_for_payer(self, sale: Sale, order: OrderRecord, number: str) -> Card:
        """Nothing of what the gift holds: that is the recipient's."""
        to = (
            f"It goes to <@{sale.recipient_id}>. They are told without the price, by direct message or, "
            "where those are closed, in /purchases."
        )
        texts = [
            str(self.sales.lines(sale)),
            paid(sale, order, self.sales.locale),
            "" if order.money in GIVEN_BACK else to,
            _file(
                sale, order, f"The store e-mails the file to you, not to <@{sale.recipient_id}>: pass it on."
            ),
        ]
        return self._card(_title(sale, order, "Thank you, your gift is paid"), texts, number)

    def gift_for_recipient(
        self, sale: Sale, order: OrderRecord, earned: Sequence[Earned], number: str, *, reveals: bool
    ) -> Card:
        """Nothing of what it cost."""
        renewed = order.session_id is None
        gave = f"<@{sale.buyer_id}> {'goes on giving' if renewed else 'gave'} you:"
        file = f"The store e-mails the file to <@{sale.buyer_id}>, who passes it on to you."
        texts = [gave, titles(sale), *_earned(order, earned), _file(sale, order, file)]
        shown = self._reveal(sale, order, reveals)
        title = "A gift goes on" if renewed else "A gift for you"
        return self._card(title, texts, number, shown, _messages(earned))

    def _reveal(self, sale: Sale, order: OrderRecord, reveals: bool) -> ui.Button[Any] | None:  # noqa: FBT001
        if not reveals:
            return None
        opens = custom_ids.reveal(sale.reference, order.reference)
        return button("Reveal", opens, discord.ButtonStyle.secondary)

    # --- what became of it ----------------------------------------------------------------------------

    def notice(
        self,
        sale: Sale,
        story: NoticeKind,
        audience: Audience,
        number: str,
        facts: Mapping[str, str],
        *,
        is_over: bool,
    ) -> Card:
        """`facts` fill the story's sentences; `is_over` says that nothing is left of what the sale gave."""
        title, text = story_of(sale, story, audience, is_over=is_over)
        return self._card(title, [titles(sale), filled(text, facts).strip()], number)

    # --- parts ----------------------------------------------------------------------------------------

    def _card(
        self,
        title: str,
        texts: Sequence[str],
        number: str,
        shown_button: ui.Button[Any] | None = None,
        messages: Sequence[str] = (),
    ) -> Card:
        """The owner's `messages` share the room that the rest leaves."""
        room = MAXIMUM_TEXT - len(title) - _SPARED
        body = cut("\n".join(text for text in texts if text), room)
        for place, message in enumerate(messages):
            share = (room - len(body)) // (len(messages) - place) - 1
            body = f"{body}\n{cut(message, share)}" if share > 0 else body
        items: list[ui.Item[Any]] = [
            ui.TextDisplay(f"### {self.sales.mark!s}{title}"),
            ui.TextDisplay(body),
        ]
        if shown_button is not None:
            items += [ui.TextDisplay(_PRESS_REVEAL), ui.ActionRow(shown_button)]
        return Card(*items, Paragraph(footer(number)))


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


def footer(number: str) -> Text:
    """The line by which a message is found again when nobody knows whether it arrived."""
    return text("-# Number {number}", number=markdown(number))


def _title(sale: Sale, order: OrderRecord, thanks: str) -> str:
    if order.money in GIVEN_BACK:
        return "This was paid, and given back since"
    if order.money is MoneyState.DISPUTED:
        return "This was paid, and is disputed"
    if order.session_id is None:
        return "Thank you, the subscription is renewed"
    return "Thank you, your free trial begins" if is_trial(sale, order) else thanks


def _earned(order: OrderRecord, earned: Sequence[Earned]) -> list[str]:
    return [earned_by(each, renewed=order.session_id is None) for each in earned]


def _file(sale: Sale, order: OrderRecord, sentence: str) -> str:
    """Where the file is; empty where the sale has none, or none any more."""
    return sentence if sale.basket.has_download and order.money is MoneyState.PAID else ""


def _messages(earned: Sequence[Earned]) -> list[str]:
    """What the owner says to those who hold it."""
    return [
        message_of(each)
        for each in earned
        if each.benefit.terms.message and each.grant.state is GrantState.LIVE
    ]


# --- what an order holds, as the one who gets it is shown it ------------------------------------------


_SPARED_BELOW: Final = 200
"""Characters for what an answer may get below it."""
_BY_E_MAIL: Final = "Keys and downloads come by e-mail from the store."
_NOTHING_YET: Final = "There is nothing here yet. The store may still be preparing it: try again later."


def revealed_card(revealed: Revealed) -> tuple[Card, list[discord.File]]:
    """All of it in a message, or in a file beside it where a message can't hold it."""
    if revealed.is_empty:
        return notice(_NOTHING_YET), []
    messages = [escape_around_links(message) for message in revealed.messages]
    if _fits([_keys(revealed.keys), *messages]):
        return notice(_joined([_keys(revealed.keys), *messages])), []
    shown = [f"{_heading(revealed.keys)}\nA message is too short for it: all of it is in this file."]
    for message in messages:
        if _fits([*shown, message]):
            shown.append(message)
    name = f"purchase-{revealed.sale.reference}.txt"
    card = Card(ui.TextDisplay(_joined(shown)), ui.File(f"attachment://{name}"))
    return card, [discord.File(io.BytesIO(_plain(revealed).encode()), name)]


def _keys(keys: Sequence[str] | None) -> str:
    if keys is None:
        return _BY_E_MAIL
    return "\n".join([_heading(keys), *map(_copied, keys)]) if keys else ""


def _copied(key: str) -> str:
    """In backticks, which people copy; a key that has one itself needs two around it."""
    return f"`` {key} ``" if "`" in key else f"`{key}`"


def _heading(keys: Sequence[str] | None) -> str:
    if not keys:
        return "### What comes with it"
    return "### Your key" if len(keys) == 1 else f"### Your {len(keys)} keys"


def _plain(revealed: Revealed) -> str:
    keys = _BY_E_MAIL if revealed.keys is None else "\n".join(revealed.keys)
    return _joined([keys, *revealed.messages])


def _joined(texts: Sequence[str]) -> str:
    return "\n\n".join(filter(None, texts))


def _fits(texts: Sequence[str]) -> bool:
    return len(_joined(texts)) <= MAXIMUM_TEXT - _SPARED_BELOW
