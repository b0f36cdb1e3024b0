"""How what was paid, what it earns and what became of it reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.checkout.models import Sale
from bot.checkout.states import MoneyState
from bot.fulfilment.models import Benefit, Grant, filled
from bot.fulfilment.notices import Audience, NoticeKind
from bot.fulfilment.states import GIVEN_BACK, GrantState
from bot.markdown import cut, escape
from bot.money import Money
from bot.payments.models import OrderRecord

LONGEST_MESSAGE: Final = 1000
"""Characters of a benefit's message."""
_WAS_PAID: Final = frozenset({MoneyState.PAID, MoneyState.DISPUTED}) | GIVEN_BACK
_TAX: Final = "and tax where it is due"


@dataclass(frozen=True, slots=True)
class Earned:
    """A grant as its holder reads it. `role` and `server` are names as they are now."""

    grant: Grant
    benefit: Benefit
    role: str
    server: str


# --- money --------------------------------------------------------------------------------------------


def paid(sale: Sale, order: OrderRecord, locale: str) -> str:
    """What the payer paid before tax with this order; empty where nobody knows."""
    if is_trial(sale, order):
        return "Nothing was charged: your free trial comes first."
    cost = _cost(sale, order)
    return "" if cost is None else f"Paid: **{cost.format(locale)}**, {_TAX}."


def takings(sale: Sale, orders: Sequence[OrderRecord], locale: str) -> str:
    """What the sale has brought so far before tax, or is to bring."""
    payments = [order for order in orders if order.money in _WAS_PAID]
    if not payments:
        price = _price(sale)
        return "" if price is None else f"To pay: **{price.format(locale)}**, {_TAX}."
    costs = [cost for order in payments if (cost := _cost(sale, order)) is not None]
    if len(costs) < len(payments):
        return ""
    total = Money(sum(cost.amount for cost in costs), costs[0].currency)
    charged = sum(not is_trial(sale, order) for order in payments)
    if not charged:
        return "Nothing charged yet: a free trial."
    times = f" in {charged} payments" if charged > 1 else ""
    return f"Paid: **{total.format(locale)}**{times}, {_TAX}."


def is_trial(sale: Sale, order: OrderRecord) -> bool:
    """Whether the order began a subscription's free trial."""
    return order.amount == 0 and any(line.trial_days for line in sale.basket.lines)


def _cost(sale: Sale, order: OrderRecord) -> Money | None:
    if order.amount == 0 and not is_trial(sale, order):
        return _price(sale)  # the store didn't say
    subtotal, amount = sale.basket.subtotal, order.amount
    if order.session_id is not None and subtotal is not None and amount == subtotal.amount:
        # The store counts some orders before their discount, others after it.
        amount -= order.discount or sale.session.discount or 0
    return Money(amount, order.currency or sale.basket.currency)


def _price(sale: Sale) -> Money | None:
    """By the store's own count at the checkout; None where the payer chooses."""
    if sale.basket.subtotal is None or sale.session.amount is None:
        return None
    return Money(sale.session.amount - (sale.session.discount or 0), sale.basket.currency)


# --- what is earned -----------------------------------------------------------------------------------

_EARNED: Final[Mapping[GrantState, str]] = {
    GrantState.LIVE: "You get the role {role}{until}.",
    # Who got it as a gift reads it too, and the payer's dispute is none of theirs.
    GrantState.SUSPENDED: "The role {role} is on hold.",
    GrantState.ENDED: "You had the role {role}{until}.",
    GrantState.REVOKED: "This no longer gives the role {role}.",  # who had it before has it still
}


def earned_by(earned: Earned, *, renewed: bool) -> str:
    """What a receipt says of a role, as it is now."""
    state = earned.grant.state
    sentence = "You keep the role {role}{until}." if renewed and state is GrantState.LIVE else _EARNED[state]
    role = f"**{escape(earned.role)}** in {escape(earned.server)}"
    return filled(sentence, {"until": _until(earned.grant), "role": role})


def message_of(earned: Earned) -> str:
    """The owner's own words: their Markdown is meant, what is filled in isn't."""
    grant = earned.grant
    end = "the subscription ends" if grant.follows_subscription else "for ever"
    values = {
        "member": f"<@{grant.user_id}>",
        "product": escape(earned.benefit.title),
        "role": escape(earned.role),
        "server": escape(earned.server),
        "until": discord.utils.format_dt(grant.ends_at, "f") if grant.ends_at else end,
    }
    return cut(filled(earned.benefit.terms.message or "", values), LONGEST_MESSAGE)


def after(earned: Sequence[Earned]) -> str:
    """What the holder has by the sale now, in a sentence for each role.

    Nothing is said of whether a role was taken: another purchase may hold it, or the bot may not reach it.
    """
    sentences = []
    for each in earned:
        role, state = f"the role **{escape(each.role)}**", each.grant.state
        if state is GrantState.SUSPENDED:
            sentences.append(f" Until that is settled, it doesn't give you {role}.")
        elif state is not GrantState.LIVE:
            sentences.append(f" It no longer gives you {role}.")
        elif each.grant.ends_at is not None:
            sentences.append(f" You keep {role}{_until(each.grant)}.")
        else:
            sentences.append(f" You keep {role}.")
    return "".join(dict.fromkeys(sentences))


def _until(grant: Grant) -> str:
    if grant.ends_at is None:
        return " for as long as the subscription lives" if grant.follows_subscription else ""
    return f" until {discord.utils.format_dt(grant.ends_at, 'f')}"


# --- what became of it --------------------------------------------------------------------------------

GET_IT_AGAIN: Final = " You can get it again with /buy."
COMES_BACK: Final = " It comes back when the subscription goes on."
_PAST_DUE: Final = (
    "You keep everything for now, and the store tries again over the next days. To mend it, make sure that "
    "your card is valid and covered, or follow the link in the store's e-mail to pay another way."
)
_NOTICES: Final[Mapping[NoticeKind, tuple[str, str]]] = {
    NoticeKind.REFUNDED: ("This was refunded", "The money goes back the way it came.{after}"),
    NoticeKind.DISPUTED: (
        "This payment is disputed",
        "Your bank says that you dispute it.{after} Is it a mistake? Then tell your bank, or the staff.",
    ),
    NoticeKind.DISPUTE_WON: ("The dispute is over", "The payment stands.{after}"),
    NoticeKind.DISPUTE_LOST: ("The dispute is over", "The money goes back to you.{after}"),
    NoticeKind.CHARGED_BACK: (
        "This payment is taken back",
        "Your bank took it back, or says that you dispute it.{after} Is it a mistake? Then tell your bank.",
    ),
    NoticeKind.DISPUTE_PREVENTED: (
        "This was given back",
        "Your card company has given you the money back.{after}",
    ),
    NoticeKind.PAST_DUE: ("Your subscription could not be charged", _PAST_DUE),
    NoticeKind.CANCELLED: ("Your subscription is cancelled", "It won't be charged again.{after}"),
    NoticeKind.PAUSED: ("Your subscription is paused", "It isn't charged meanwhile.{after}"),
    NoticeKind.RESUMED: ("Your subscription goes on", "It is charged again as before.{after}"),
    NoticeKind.ENDED: ("This has ended", "The time you paid for with the role {role} is over.{again}"),
    NoticeKind.EARNED: ("You get something more", "What you bought now earns more than before.\n{earned}"),
}
_GIFT_NOTICES: Final[Mapping[NoticeKind, tuple[str, str]]] = {
    # Whose money it is, and what happened to it, is between the payer and the store.
    NoticeKind.REFUNDED: ("A gift was taken back", "{after}"),
    NoticeKind.DISPUTED: ("A gift is on hold", "{after}"),
    NoticeKind.DISPUTE_WON: ("A gift is yours again", "{after}"),
    NoticeKind.DISPUTE_LOST: ("A gift was taken back", "{after}"),
    NoticeKind.CHARGED_BACK: ("A gift is on hold", "{after}"),
    NoticeKind.DISPUTE_PREVENTED: ("A gift was taken back", "{after}"),
    NoticeKind.CANCELLED: ("A gift will end", "{after}"),
    NoticeKind.PAUSED: ("A gift is paused", "{after}"),
    NoticeKind.RESUMED: ("A gift goes on", "{after}"),
    NoticeKind.ENDED: ("A gift has ended", "Its time with the role {role} is over.{again}"),
    NoticeKind.EARNED: ("A gift holds something more", "{earned}"),
}
_GIFT_IS_OVER: Final = "A gift has ended"


def words_of_notice(sale: Sale, kind: NoticeKind, audience: Audience, *, is_over: bool) -> tuple[str, str]:
    """The title and the text, whose placeholders are `after`, `role`, `again` and `earned`.

    `is_over` says that nothing of what the sale gave is left.
    """
    title, text = _NOTICES[kind]
    if sale.basket.gift_to is not None and audience is Audience.RECIPIENT:
        title, text = _GIFT_NOTICES.get(kind, (title, text))
        if kind is NoticeKind.CANCELLED and is_over:
            title = _GIFT_IS_OVER
    return title, text
