"""What people are told once something is paid: receipts, and what became of it later."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import ui

from bot.checkout.models import FreeOfCharge, Sale
from bot.checkout.states import GIVEN_BACK, MoneyState
from bot.discord.cards import LONGEST_SENDER, State, card
from bot.discord.components import Card, button, notice
from bot.discord.localized import MAXIMUM_TEXT, Paragraph
from bot.fulfilment.deliverables import OrderContents, Revealed
from bot.fulfilment.notices import Audience, NoticeKind
from bot.fulfilment.states import GrantState
from bot.jobs.worker import Clock
from bot.markdown import cut, escape_around_links
from bot.payments.models import OrderRecord, SubscriptionRecord
from bot.texts import NOTHING, Language, Text, joined, limited, lines, markdown, mention, ntext, text
from cogs import custom_ids
from cogs.checkout.view import SaleView, footer, gift_note, times
from cogs.fulfilment.subscription_text import is_charged, manage_button, standing
from cogs.fulfilment.text import (
    Earned,
    Facts,
    earned_by,
    is_trial,
    message_of,
    notice_text,
    paid,
)

LONGEST_TITLE: Final = 120
"""Characters of a line's title: ten lines of it stay well below a message's limit."""
_SPARED: Final = 150
"""Characters for what stands around a message's text."""


@dataclass(frozen=True, slots=True)
class FulfilmentView:
    sales: SaleView
    clock: Clock

    # --- receipts -------------------------------------------------------------------------------------

    def receipt(
        self,
        sale: Sale,
        order: OrderRecord,
        earned: Sequence[Earned],
        *,
        contents: OrderContents,
        subscription: SubscriptionRecord | None = None,
        newest: bool = True,
    ) -> Card:
        """For who bought for themselves. `contents` is what the order holds besides.

        The `newest` receipt of a subscription says how it stands.
        """
        return self._card(
            _heading_of(sale, order, text("Payment received. Thank you!"), has_all=bool(earned or contents)),
            sale,
            said=[invoice_of(sale), self._lines(sale, order), paid(sale, order)],
            facts=[
                *_earned(order, earned),
                _emailed(
                    sale,
                    order,
                    key=ntext(
                        "Your key was emailed to the address you paid with.",
                        "Your keys were emailed to the address you paid with.",
                        contents.emailed,
                    )
                    if contents.emailed
                    else None,
                    file=text("Your download link was emailed to the address you paid with."),
                ),
                self._subscribed(sale, order, subscription) if newest else None,
            ],
            shown=self._reveal(sale, order, contents),
            messages=_messages(earned),
        )

    def gift_for_payer(
        self,
        sale: Sale,
        order: OrderRecord,
        *,
        subscription: SubscriptionRecord | None = None,
        newest: bool = True,
    ) -> Card:
        """Nothing of what the gift holds: that is the recipient's."""
        member = mention(sale.recipient_id)
        to = text(
            "It goes to {member}. They're told without the price: by direct message, or in /purchases.",
            member=member,
        )
        file = text("The download link was emailed to you. Pass it on to {member}.", member=member)
        return self._card(
            _heading_of(sale, order, text("Gift paid. Thank you!"), has_all=False),
            sale,
            said=[self._lines(sale, order), paid(sale, order)],
            facts=[
                None if order.money in GIVEN_BACK else to,
                gift_note(sale),
                _emailed(sale, order, file=file),
                self._subscribed(sale, order, subscription) if newest else None,
            ],
        )

    def gift_for_recipient(
        self, sale: Sale, order: OrderRecord, earned: Sequence[Earned], *, contents: OrderContents
    ) -> Card:
        """Nothing of what it cost."""
        renewed, giver = order.session_id is None, mention(sale.buyer_id)
        if renewed:
            gave = text("{member} keeps giving you:", member=giver)
        else:
            gave = text("{member} gave you:", member=giver)
        heading = _gift_heading_unless_paid(order) or (
            State.DELIVERED,
            text("Your gift continues") if renewed else text("A gift for you"),
        )
        key = ntext(
            "The key was emailed to {member}. Ask them to pass it on.",
            "The keys were emailed to {member}. Ask them to pass them on.",
            contents.emailed,
            member=giver,
        )
        file = text("The download link was emailed to {member}. Ask them to pass it on.", member=giver)
        return self._card(
            heading,
            sale,
            said=[gave, titles(sale), None if renewed else _note(sale)],
            facts=[
                *_earned(order, earned),
                _emailed(sale, order, key=key if contents.emailed else None, file=file),
            ],
            shown=self._reveal(sale, order, contents),
            messages=_messages(earned),
        )

    def given(
        self,
        sale: Sale,
        given: FreeOfCharge,
        order: OrderRecord,
        earned: Sequence[Earned],
        *,
        contents: OrderContents,
    ) -> Card:
        """For who was given it by staff, or took it as it is free. `contents` come with it besides."""
        reason = text("“{reason}”", reason=given.reason) if given.reason else None
        return self._card(
            (State.DELIVERED, text("It's yours") if given.by is None else text("A gift for you")),
            sale,
            said=[None if given.by is None else text("Staff gave you:"), titles(sale), reason],
            facts=_earned(order, earned),
            shown=self._reveal(sale, order, contents),
            messages=_messages(earned),
        )

    def _reveal(self, sale: Sale, order: OrderRecord, contents: OrderContents) -> ui.Button[Any] | None:
        if not contents:
            return None
        opens = custom_ids.reveal(sale.reference, order.reference)
        label = text("Show key") if contents.keys else text("Show message")
        return button(label, opens, discord.ButtonStyle.primary)

    def _lines(self, sale: Sale, order: OrderRecord) -> Text:
        return self.sales.lines(sale, renewed=order.session_id is None)

    def _subscribed(
        self, sale: Sale, order: OrderRecord, subscription: SubscriptionRecord | None
    ) -> Text | None:
        """What is charged next, and how to end that, while it is to be charged."""
        if order.money is not MoneyState.PAID:
            return None
        now = standing(sale, subscription, self.clock(), begun=order)
        return now and joined(" ", (now, self.sales.where_to_cancel if is_charged(subscription) else None))

    def moved(self, sale: Sale) -> Card:
        """For whose it was: not whose it is, nor what it gives."""
        said = text(
            "Staff moved this purchase to another account, and its roles and receipt with it. "
            "Is something wrong? Contact staff."
        )
        heading = State.ENDED, text("Moved to another account")
        return self._card(heading, sale, said=[titles(sale)], facts=[said], helps=False)

    # --- what became of it ----------------------------------------------------------------------------

    def notice(
        self,
        sale: Sale,
        kind: NoticeKind,
        audience: Audience,
        facts: Facts,
        *,
        is_over: bool,
    ) -> Card:
        """`facts` fill its sentences; `is_over` says that nothing is left of what the sale gave."""
        state, title, said = notice_text(sale, kind, audience, facts, is_over=is_over)
        step = self._next_step(sale, kind)
        heading, what = (state, title), [titles(sale)]
        return self._card(heading, sale, said=what, facts=[said], shown=step, helps=False)

    def _next_step(self, sale: Sale, kind: NoticeKind) -> ui.Button[Any] | None:
        """Of a reminder: buy it again, or decide about the subscription; a gift is its payer's to renew."""
        is_once = not any(line.is_subscription for line in sale.basket.lines)
        is_own = sale.basket.gift_to is None and sale.basket.charge is None
        if kind is NoticeKind.ENDS_SOON and is_own and is_once:
            return button(text("Renew"), custom_ids.renew(sale.reference))
        if kind in {NoticeKind.TRIAL_ENDS, NoticeKind.PERIOD_ENDS}:
            return manage_button(self.sales, sale)
        return None

    # --- parts ----------------------------------------------------------------------------------------

    def _card(
        self,
        heading: tuple[State, Text],
        sale: Sale,
        *,
        said: Sequence[Text | None],
        facts: Sequence[Text | None],
        shown: ui.Button[Any] | None = None,
        helps: bool = True,
        messages: Sequence[Text] = (),
    ) -> Card:
        """The owner's `messages` share the room that the rest leaves; `helps` offers staff's help."""
        state, title = heading
        room = MAXIMUM_TEXT - len(str(title)) - _SPARED - LONGEST_SENDER
        what = limited(lines(*said), room)
        body = limited(lines(*facts), max(1, room - len(str(what))))
        for place, message in enumerate(messages):
            share = (room - len(str(what)) - len(str(body))) // (len(messages) - place) - 1
            body = lines(body, limited(message, share)) if share > 0 else body
        return card(
            state,
            title,
            what,
            picture=self.sales.picture_of(sale.basket),
            facts=(body, footer(sale.reference)),
            buttons=(*([shown] if shown else []), *([_help(sale)] if helps else [])),
            mark=self.sales.mark,
        )


def _help(sale: Sale) -> ui.Button[Any]:
    label = text("Problem with this purchase")
    return button(label, custom_ids.support(sale.reference), discord.ButtonStyle.secondary)


def titles(sale: Sale) -> Text:
    """What is sold, without prices, and which invoice it is."""
    return lines(invoice_of(sale), sold(sale))


def sold(sale: Sale) -> Text:
    """What is sold alone, without prices."""
    return lines(
        *(
            times(line.quantity, text("**{title}**", title=cut(line.title, LONGEST_TITLE)))
            for line in sale.basket.lines
        )
    )


def _note(sale: Sale) -> Text | None:
    note = sale.basket.gift_note
    return text("“{note}”", note=note) if note else None


def invoice_of(sale: Sale) -> Text | None:
    """Which invoice the sale is; None for a purchase."""
    charge = sale.basket.charge
    return None if charge is None else text("Invoice #{number}", number=charge.number)


def _heading_of(sale: Sale, order: OrderRecord, thanks: Text, *, has_all: bool) -> tuple[State, Text]:
    """The state and the title; `has_all` says that something was handed over."""
    if heading := _heading_unless_paid(order):
        return heading
    state = State.DELIVERED if has_all else State.PAID
    if order.session_id is None:
        return state, text("Subscription renewed. Thank you!")
    return state, text("Your free trial has started") if is_trial(sale, order) else thanks


def _heading_unless_paid(order: OrderRecord) -> tuple[State, Text] | None:
    """What became of the money, if it doesn't stand."""
    if order.money is MoneyState.REFUNDED:
        return State.ENDED, text("Paid, then refunded")
    if order.money in GIVEN_BACK:
        return State.ENDED, text("Paid, then returned by your bank")
    if order.money is MoneyState.DISPUTED:
        return State.ATTENTION, text("Paid, now disputed")
    return None


def _gift_heading_unless_paid(order: OrderRecord) -> tuple[State, Text] | None:
    """The same for who got it: what happened to the money is between the payer and the store."""
    if order.money in GIVEN_BACK:
        return State.ENDED, text("Your gift was taken back")
    if order.money is MoneyState.DISPUTED:
        return State.WAITING, text("Your gift is on hold")
    return None


def _earned(order: OrderRecord, earned: Sequence[Earned]) -> list[Text]:
    return [earned_by(each, renewed=order.session_id is None) for each in earned]


def _emailed(sale: Sale, order: OrderRecord, *, key: Text | None = None, file: Text) -> Text | None:
    """What the store has emailed, and to whom: the `key`, if it is there alone, or the `file`."""
    if order.money is not MoneyState.PAID:
        return None
    return key or (file if sale.basket.has_download else None)


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
_BY_E_MAIL: Final = text("Keys and downloads come by email from the store.")
_NOTHING_YET: Final = text("There's nothing here yet. The store may still be preparing it: try again later.")
_IN_A_FILE: Final = text("It's too long for a message, so it's all in this file.")


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
