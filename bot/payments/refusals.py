"""Why a payment can't be decided about, or given back."""

from typing import ClassVar

from bot.checkout.states import MoneyState
from bot.errors import Refusal, StoreFailed, StoreTrouble
from bot.texts import Text, template, text


def payment_unknown() -> Refusal:
    return Refusal(
        "payment_unknown",
        text("This payment isn't here anymore. See what's left in /store quarantine."),
    )


def decided_already() -> Refusal:
    return Refusal(
        "decided_already",
        text("Someone already decided this. See what's left in /store quarantine."),
    )


def cant_refund(why: Text) -> Refusal:
    """The payment can't be given back; `why` says so, and what to do."""
    return Refusal("cant_refund", why)


def no_money_to_refund(money: MoneyState) -> Refusal:
    """By what became of it: it isn't paid, or is the payer's again already."""
    match money:
        case MoneyState.REFUNDED:
            return cant_refund(text("This payment is already refunded."))
        case MoneyState.DISPUTED:
            return cant_refund(text("This payment is disputed, so it can't be refunded."))
        case MoneyState.LOST:
            return cant_refund(text("The payer already has this money back."))
        case _:
            return cant_refund(text("This payment hasn't arrived, so there's nothing to refund."))


class RefundFailed(StoreFailed):
    """The store could not be asked for a refund, or didn't confirm it."""

    sentences: ClassVar = {
        StoreTrouble.NOT_ALLOWED: template(
            "Not refunded: pandabase.api_token is wrong or lacks the scope {scope}. "
            "Refund it in Pandabase's dashboard, or give the bot a token with that "
            "scope."
        ),
        StoreTrouble.BUSY: template(
            "The store is very busy and didn't confirm the refund. Try again in a "
            "minute; nothing is refunded twice."
        ),
        StoreTrouble.AWAY: template("Not refunded: the store isn't answering. Try again in a few minutes."),
        StoreTrouble.UNCONFIRMED: template(
            "The store didn't confirm the refund; Pandabase's dashboard shows "
            "whether it happened. Try again in a few minutes; nothing is refunded "
            "twice."
        ),
    }
