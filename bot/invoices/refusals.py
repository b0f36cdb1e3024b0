"""Why an invoice can't be written, sent, paid or changed."""

from datetime import date

from bot.errors import Mistyped, Refusal
from bot.money import Money
from bot.texts import Text, channel, lines, markdown, text

_LONGEST_TYPED = 40


def invoice_unknown() -> Refusal:
    return Refusal(
        "invoice_unknown",
        text("There's no such invoice in this server. See them all in /invoice list."),
    )


def invoice_not_yours() -> Refusal:
    """A passer-by at a public notice hears it too: nothing in it says that somebody is charged."""
    return Refusal("invoice_not_yours", text("This message is for someone else."))


def draft_gone() -> Refusal:
    return Refusal(
        "draft_gone",
        text(
            "This draft is gone: it was sent, discarded or left alone for a day. Start a "
            "new one with /invoice create."
        ),
    )


def draft_changed() -> Refusal:
    return Refusal(
        "draft_changed",
        text(
            "This invoice changed while you were sending it, so it wasn't sent. Check it, then send it again."
        ),
    )


def invoice_settled(number: int, state: Text) -> Refusal:
    """The invoice is in a state in which this can't be done any more; `state` is in a person's words."""
    return Refusal(
        "invoice_settled",
        text("Invoice #{number} is {state}, so this isn't possible anymore.", number=number, state=state),
    )


def invoice_closed(number: int, state: Text) -> Refusal:
    """Nothing is asked of the payer any more; `state` is in a person's words."""
    return Refusal(
        "invoice_closed",
        text("Invoice #{number} is {state}. There's nothing to pay.", number=number, state=state),
    )


def invoice_price_changed(number: int, old: Money, new: Money) -> Refusal:
    """The store charges another price now than the invoice says, and an invoice's price is fixed."""
    sentence = text(
        "The store's price has changed since invoice #{number} was created: {old} then, "
        "{new} now. You haven't been charged. Staff need to create a new one at today's "
        "price.",
        number=number,
        old=old,
        new=new,
    )
    return Refusal("invoice_price_changed", sentence)


def invoice_due_passed(*, waited: bool) -> Refusal:
    """Its due date passed before it was sent."""
    return Refusal(
        "invoice_due_passed",
        text(
            "Its due date passed while it waited for approval, so it wasn't sent. Refuse "
            "it and create a new one."
        )
        if waited
        else text("Its due date has passed, so it wasn't sent. Choose another date, then send it."),
    )


def invoice_not_sent(number: int, why: Text) -> Refusal:
    """Its payment link could not be made; `why` tells staff so, and what to do."""
    sentence = text("No new payment link for invoice #{number}: {why}", number=number, why=why)
    return Refusal("invoice_not_sent", sentence)


def invoice_being_sent(number: int) -> Refusal:
    """Somebody sends it at the same moment."""
    sentence = text(
        "Invoice #{number} is being sent right now. Check /invoice list in a moment.",
        number=number,
    )
    return Refusal("invoice_being_sent", sentence)


def invoice_unpayable(number: int, reason: Text, *, told: bool) -> Refusal:
    """The store makes no payment link of it as it is. `told` is whether staff read of it by themselves."""
    return Refusal(
        "invoice_unpayable",
        lines(
            text("Invoice #{number} can't be paid right now: {reason}", number=number, reason=reason),
            text("You haven't been charged. Staff have been told.")
            if told
            else text("You haven't been charged. Contact staff."),
        ),
    )


def item_without_name() -> Mistyped:
    return Mistyped("item_without_name", text("Enter what it's for: the item needs a name people can read."))


def payer_is_bot() -> Refusal:
    return Refusal("payer_is_bot", text("Bots can't pay. Choose a person."))


def payer_is_this_bot() -> Refusal:
    return Refusal("payer_is_this_bot", text("You can't invoice this bot. Choose a person."))


def payer_has_left(name: str) -> Refusal:
    sentence = text(
        "{name} isn't in this server, so an invoice can't reach them. Choose a member of this server.",
        name=name,
    )
    return Refusal("payer_has_left", sentence)


def too_many_invoice_lines(most: int) -> Refusal:
    return Refusal(
        "too_many_invoice_lines",
        text("An invoice can have up to {most} lines. Send another one for the rest.", most=most),
    )


def no_invoice_lines() -> Refusal:
    return Refusal("no_invoice_lines", text("Nothing on this invoice yet. Add an item or a product first."))


def subscription_stands_alone() -> Refusal:
    return Refusal(
        "subscription_stands_alone",
        text("A subscription needs an invoice of its own. Send it separately."),
    )


def payer_would_choose(product: str) -> Refusal:
    sentence = text(
        "{product} lets buyers choose their price, and an invoice has a fixed one. Add "
        "an item with your own amount instead.",
        product=product,
    )
    return Refusal("payer_would_choose", sentence)


def invoice_total_too_small(total: Money, least: Money) -> Mistyped:
    sentence = text(
        "The total is {total}; the minimum payment is {least}.",
        total=total,
        least=least,
    )
    return Mistyped("invoice_total_too_small", sentence)


def invoice_total_too_large(total: Money, most: Money) -> Mistyped:
    sentence = text("The total is {total}; the maximum payment is {most}.", total=total, most=most)
    return Mistyped("invoice_total_too_large", sentence)


def invoice_above_cap(total: Money, cap: Money) -> Refusal:
    sentence = text(
        "The total is {total}; the limit for one invoice is {cap}. The bot's owner sets this limit.",
        total=total,
        cap=cap,
    )
    return Refusal("invoice_above_cap", sentence)


def daily_cap_reached(total: Money, left: Money, cap: Money) -> Refusal:
    sentence = text(
        "The total is {total}; you have {left} of your daily {cap} left. Try again "
        "tomorrow, or ask another staff member.",
        total=total,
        cap=cap,
        left=left,
    )
    return Refusal("daily_cap_reached", sentence)


def own_approval() -> Refusal:
    return Refusal("own_approval", text("You can't approve your own invoice. Ask another staff member."))


# --- notices in a channel -----------------------------------------------------------------------------


def notice_refused(channel_id: int, why: Text | None) -> Refusal:
    """The bot may not write in the channel; `why` says so where it isn't the channel's doing."""
    sentence = (
        text("The notice wasn't posted. {why}", why=why)
        if why
        else text(
            "The bot can't write in {channel}, so the notice wasn't posted. Use /invoice "
            "show in a channel where it can, and post it from there.",
            channel=channel(channel_id),
        )
    )
    return Refusal("notice_refused", sentence)


def notice_not_taken(channel_id: int) -> Refusal:
    """Discord didn't answer that it is posted, which passes."""
    sentence = text(
        "Discord may not have accepted the notice. If it isn't in {channel}, try again.",
        channel=channel(channel_id),
    )
    return Refusal("notice_not_taken", sentence)


def notice_unseen(name: str) -> Refusal:
    """The member would not see it; `name` is theirs."""
    sentence = text(
        "{name} can't see this channel, so the notice wasn't posted. Use /invoice show "
        "in a channel they can see, and post it from there.",
        name=name,
    )
    return Refusal("notice_unseen", sentence)


# --- what was typed and is no amount that can be charged ----------------------------------------------


def amount_unreadable(typed: str) -> Mistyped:
    sentence = text(
        "“{typed}” isn't an amount. Use digits, such as 12, 12.50 or 1,200.00.", typed=_short(typed)
    )
    return Mistyped("amount_unreadable", sentence)


def amount_negative(typed: str) -> Mistyped:
    sentence = text("“{typed}” is below zero. Enter an amount above zero.", typed=_short(typed))
    return Mistyped("amount_negative", sentence)


def amount_zero() -> Mistyped:
    return Mistyped("amount_zero", text("The amount is zero. Enter an amount above zero."))


def amount_too_precise(typed: str) -> Mistyped:
    sentence = text("“{typed}” has more than two decimals. Use two, such as 12.50.", typed=_short(typed))
    return Mistyped("amount_too_precise", sentence)


def amount_with_exponent(typed: str) -> Mistyped:
    sentence = text("“{typed}” has an exponent. Write the number out.", typed=_short(typed))
    return Mistyped("amount_with_exponent", sentence)


def amount_other_digits(typed: str) -> Mistyped:
    sentence = text("“{typed}” isn't written with the digits 0 to 9. Use those.", typed=_short(typed))
    return Mistyped("amount_other_digits", sentence)


def amount_foreign(typed: str, currency: str) -> Mistyped:
    sentence = text(
        "“{typed}” is in another currency, and this shop sells in {currency}. Enter the "
        "amount in {currency}.",
        typed=_short(typed),
        currency=currency,
    )
    return Mistyped("amount_foreign", sentence)


def amount_ambiguous(typed: str, decimal: Text, thousands: Money) -> Mistyped:
    """One separator and three digits: `decimal` and `thousands` are the two readings."""
    sentence = text(
        "“{typed}” could mean **{decimal}** or **{thousands}**. Use two decimals, or "
        "leave out the separator.",
        typed=_short(typed),
        decimal=decimal,
        thousands=thousands,
    )
    return Mistyped("amount_ambiguous", sentence)


# --- what was typed and is no date on which an invoice can be due -------------------------------------


def due_date_unreadable(typed: str, example: date) -> Mistyped:
    """`example` is a date that would do. A coupon's end is refused so, too."""
    sentence = text(
        "“{typed}” isn't a date. Enter a time from now, such as 3 days or 2 weeks, or a date, "
        "such as {date}.",
        typed=_short(typed),
        date=markdown(example.isoformat()),
    )
    return Mistyped("due_date_unreadable", sentence)


def due_date_impossible(typed: str, example: date) -> Mistyped:
    sentence = text(
        "“{typed}” isn't a date. Write it as year-month-day, such as {date}.",
        typed=_short(typed),
        date=markdown(example.isoformat()),
    )
    return Mistyped("due_date_impossible", sentence)


def due_date_past(typed: str) -> Mistyped:
    sentence = text("“{typed}” has already passed. Choose a later date.", typed=_short(typed))
    return Mistyped("due_date_past", sentence)


def due_date_too_far(typed: str) -> Mistyped:
    sentence = text("“{typed}” is more than a year away. Choose an earlier date.", typed=_short(typed))
    return Mistyped("due_date_too_far", sentence)


def _short(typed: str) -> str:
    return typed[:_LONGEST_TYPED]
