"""How what was paid, what it earns and what became of it reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.states import PAID_ONCE
from bot.discord.cards import State
from bot.fulfilment.custom_message import custom_message
from bot.fulfilment.models import Benefit, Grant
from bot.fulfilment.notices import REMINDERS, Audience, NoticeKind, is_in_part
from bot.fulfilment.states import GrantState
from bot.money import Money
from bot.payments.models import OrderRecord
from bot.texts import NOTHING, Text, all_of, joined, lines, moment, ntext, text
from cogs.checkout.totals import has_trial, total_of


@dataclass(frozen=True, slots=True)
class Earned:
    """A grant as its holder reads it. `role` and `server` are names as they are now."""

    grant: Grant
    benefit: Benefit
    role: str
    server: str


# --- money --------------------------------------------------------------------------------------------


def paid(sale: Sale, order: OrderRecord) -> Text:
    """What the payer paid before tax with this order; empty where nobody knows."""
    if is_trial(sale, order):
        return text("You weren't charged today.")
    cost = _cost(sale, order)
    return NOTHING if cost is None else text("You paid **{amount}** (plus tax, if any).", amount=cost)


def amount_paid(sale: Sale, orders: Sequence[OrderRecord]) -> Text:
    """What the sale has brought so far before tax, or is to bring; empty where nobody knows."""
    payments = [order for order in orders if order.money in PAID_ONCE]
    if not payments:
        price = total_of(sale)
        if price is None:
            return NOTHING
        return text("To pay: **{amount}** (plus tax, if any)", amount=price)
    costs = [cost for order in payments if (cost := _cost(sale, order)) is not None]
    if len(costs) < len(payments):
        return NOTHING
    charged = sum(not is_trial(sale, order) for order in payments)
    if not charged:
        return text("Free trial, nothing charged yet")
    return ntext(
        "Paid: **{amount}** (plus tax, if any)",
        "Paid: **{amount}** in {count} payments (plus tax, if any)",
        charged,
        amount=Money(sum(cost.amount for cost in costs), costs[0].currency),
    )


def refund_made(sale: Sale, order: OrderRecord, *, is_confirmed: bool) -> Text:
    """The store took the refund of the order; `is_confirmed` says that it shows it, too."""
    amount = Money(order.amount, order.currency)
    if is_confirmed:
        return text("**{amount}** (plus its tax) of {sale} was refunded.", amount=amount, sale=sale.name)
    return text(
        "We asked the store to refund **{amount}** (plus its tax) of {sale}. "
        "Messages update once it confirms the refund.",
        amount=amount,
        sale=sale.name,
    )


def is_trial(sale: Sale, order: OrderRecord) -> bool:
    """Whether the order began a subscription's free trial."""
    return order.amount == 0 and has_trial(sale)


def _cost(sale: Sale, order: OrderRecord) -> Money | None:
    if order.amount == 0 and not is_trial(sale, order):
        return total_of(sale)  # the store didn't say
    subtotal, amount = sale.basket.subtotal, order.amount
    if order.session_id is not None and subtotal is not None and amount == subtotal.amount:
        # The store counts some orders before their discount, others after it.
        amount -= order.discount or sale.session.discount or 0
    return Money(amount, order.currency or sale.basket.currency)


# --- what is earned -----------------------------------------------------------------------------------


def earned_by(earned: Earned, *, renewed: bool) -> Text:
    """What a receipt says of a role, as it is now."""
    role = text("**{role}** role in {server}", role=earned.role, server=earned.server)
    match earned.grant.state:
        case GrantState.LIVE if renewed:
            return text("You keep the {role}.", role=_until(role, earned.grant))
        case GrantState.LIVE:
            return text("You now have the {role}.", role=_until(role, earned.grant))
        case GrantState.SUSPENDED:
            # Who got it as a gift reads it too, and the payer's dispute is none of theirs.
            return text("The {role} is on hold.", role=role)
        case GrantState.ENDED:
            return text("You had the {role}.", role=_until(role, earned.grant))
        case GrantState.REVOKED:
            # Who had it before has it still.
            return text("This no longer includes the {role}.", role=role)


def message_of(earned: Earned) -> Text:
    return custom_message(earned.grant, earned.benefit, role=earned.role, server=earned.server)


def after(earned: Sequence[Earned]) -> list[Text]:
    """What the holder has by the sale now, in a sentence for the roles of which it is the same.

    Nothing is said of whether a role was taken: another purchase may hold it, or the bot may not reach it.
    """
    alike: dict[tuple[GrantState, datetime | None], list[str]] = {}
    for each in earned:
        state, ends_at = each.grant.state, None
        if state is GrantState.LIVE:
            ends_at = each.grant.ends_at
        elif state is not GrantState.SUSPENDED:
            state = GrantState.ENDED
        roles = alike.setdefault((state, ends_at), [])
        if each.role not in roles:
            roles.append(each.role)
    return [_after(state, ends_at, roles) for (state, ends_at), roles in alike.items()]


def _after(state: GrantState, ends_at: datetime | None, names: Sequence[str]) -> Text:
    """`names` are those of the roles."""
    count, roles = len(names), all_of(names)
    if state is GrantState.SUSPENDED:
        return ntext(
            "The {roles} role is on hold until that's settled.",
            "The {roles} roles are on hold until that's settled.",
            count,
            roles=roles,
        )
    if state is not GrantState.LIVE:
        return ntext(
            "This purchase no longer includes the {roles} role.",
            "This purchase no longer includes the {roles} roles.",
            count,
            roles=roles,
        )
    if ends_at is not None:
        return ntext(
            "You keep the {roles} role until {date}.",
            "You keep the {roles} roles until {date}.",
            count,
            roles=roles,
            date=ends_at,
        )
    return ntext("You keep the {roles} role.", "You keep the {roles} roles.", count, roles=roles)


def _until(role: Text, grant: Grant) -> Text:
    if grant.ends_at is not None:
        return text("{role} until {date}", role=role, date=grant.ends_at)
    if grant.follows_subscription:
        return text("{role} while your subscription is active", role=role)
    return role


# --- what became of it --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What a notice tells: of a role that ended, what is left, how to have it back, and what came later.

    `ends_at` (UTC) is what a reminder is about.
    """

    role: Text
    after: Sequence[Text]
    again: Text
    earned: Text
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Notice:
    """What stands before what the holder has now, and after it."""

    state: State
    title: Text
    before: Text = NOTHING
    then: Text = NOTHING


GET_IT_AGAIN: Final = text("Get it again with /buy.")
COMES_BACK: Final = text("It comes back when your subscription resumes.")
_PAST_DUE: Final = text(
    "You keep everything for now, and the store tries again over the next few days. Check that your card is "
    "valid and has funds, or use the link in the store's email to pay another way."
)
_NOTICES: Final[Mapping[NoticeKind, _Notice]] = {
    NoticeKind.REFUNDED: _Notice(
        State.ENDED,
        text("You got a refund"),
        text("The money goes back the way you paid; banks can take a few days."),
    ),
    NoticeKind.DISPUTED: _Notice(
        State.ATTENTION,
        text("Payment disputed"),
        text("Your bank reported this payment as disputed."),
        text("Didn't dispute the payment? Contact your bank or staff."),
    ),
    NoticeKind.DISPUTE_WON: _Notice(
        State.PAID, text("The dispute is over"), text("The payment stands, and what you bought is yours.")
    ),
    NoticeKind.DISPUTE_LOST: _Notice(
        State.ENDED, text("The dispute is over"), text("Your bank gave the money back to you.")
    ),
    NoticeKind.CHARGED_BACK: _Notice(
        State.ATTENTION,
        text("Payment taken back"),
        text("Your bank took this payment back or reported it as disputed."),
        text("Didn't dispute the payment? Contact your bank."),
    ),
    NoticeKind.DISPUTE_PREVENTED: _Notice(
        State.ENDED, text("You got your money back"), text("Your card company returned this payment.")
    ),
    NoticeKind.PAST_DUE: _Notice(State.ATTENTION, text("Your subscription payment failed")),
    NoticeKind.CANCELLED: _Notice(
        State.ENDED, text("Subscription cancelled"), text("You won't be charged again.")
    ),
    NoticeKind.PAUSED: _Notice(
        State.WAITING, text("Subscription paused"), text("You won't be charged while it's paused.")
    ),
    NoticeKind.RESUMED: _Notice(
        State.PAID, text("Subscription resumed"), text("You'll be charged as before.")
    ),
    NoticeKind.ENDED: _Notice(State.ENDED, text("Your access has ended")),
    NoticeKind.ENDS_SOON: _Notice(State.WAITING, text("Your access ends soon")),
    NoticeKind.TRIAL_ENDS: _Notice(State.WAITING, text("Your free trial ends soon")),
    NoticeKind.PERIOD_ENDS: _Notice(State.WAITING, text("Your subscription ends soon")),
    NoticeKind.EARNED: _Notice(State.DELIVERED, text("There's more for you")),
}
_PART_REFUNDED: Final = _Notice(
    State.ENDED,
    text("You got a refund"),
    text("One of your payments goes back the way you paid; banks can take a few days. The rest stays paid."),
)
_TAKEN_BACK: Final = text("Questions? Ask whoever gave it to you.")
_ON_HOLD: Final = text(
    "There's a question about its payment. You don't need to do anything: we'll message you once "
    "it's answered."
)
_GIFT_NOTICES: Final[Mapping[NoticeKind, _Notice]] = {
    # Whose money it is, and what happened to it, is between the payer and the store.
    NoticeKind.REFUNDED: _Notice(State.ENDED, text("Your gift was taken back"), then=_TAKEN_BACK),
    NoticeKind.DISPUTED: _Notice(State.WAITING, text("Your gift is on hold"), _ON_HOLD),
    NoticeKind.DISPUTE_WON: _Notice(State.DELIVERED, text("Your gift is yours again")),
    NoticeKind.DISPUTE_LOST: _Notice(State.ENDED, text("Your gift was taken back"), then=_TAKEN_BACK),
    NoticeKind.CHARGED_BACK: _Notice(State.WAITING, text("Your gift is on hold"), _ON_HOLD),
    NoticeKind.DISPUTE_PREVENTED: _Notice(State.ENDED, text("Your gift was taken back"), then=_TAKEN_BACK),
    NoticeKind.CANCELLED: _Notice(State.WAITING, text("Your gift is ending")),
    NoticeKind.PAUSED: _Notice(State.WAITING, text("Your gift is paused")),
    NoticeKind.RESUMED: _Notice(State.DELIVERED, text("Your gift is active again")),
    NoticeKind.ENDED: _Notice(State.ENDED, text("Your gift has ended")),
    NoticeKind.EARNED: _Notice(State.DELIVERED, text("There's more in your gift")),
}
_GIFT_IS_OVER: Final = text("Your gift has ended")


def notice_text(
    sale: Sale, kind: NoticeKind, audience: Audience, facts: Facts, *, is_over: bool
) -> tuple[State, Text, Text]:
    """How it stands, the title and the text. `is_over` says that nothing of what the sale gave is left."""
    is_gift = sale.given is not None or (sale.basket.gift_to is not None and audience is Audience.RECIPIENT)
    notice = _NOTICES[kind]
    if facts.ends_at is not None and kind in REMINDERS:
        return notice.state, notice.title, _reminder(kind, facts, moment(facts.ends_at, "D"))
    if is_gift:
        notice = _GIFT_NOTICES.get(kind, notice)
    elif is_in_part(kind, sale.status):
        notice = _PART_REFUNDED
    if is_gift and is_over and kind is NoticeKind.CANCELLED:
        return State.ENDED, _GIFT_IS_OVER, _told(kind, notice, facts, is_gift=is_gift)
    return notice.state, notice.title, _told(kind, notice, facts, is_gift=is_gift)


def _told(kind: NoticeKind, notice: _Notice, facts: Facts, *, is_gift: bool) -> Text:
    match kind:
        case NoticeKind.PAST_DUE:
            return _PAST_DUE
        case NoticeKind.ENDED if is_gift:
            return joined(
                " ", (text("Your time with the {role} role is over.", role=facts.role), facts.again)
            )
        case NoticeKind.ENDED:
            over = text("The time you paid for with the {role} role is over.", role=facts.role)
            return joined(" ", (over, facts.again))
        case NoticeKind.EARNED if is_gift:
            return facts.earned
        case NoticeKind.EARNED:
            return lines(text("Something you bought now comes with more."), facts.earned)
    return joined(" ", (notice.before, *facts.after, notice.then))


def _reminder(kind: NoticeKind, facts: Facts, date: Text) -> Text:
    match kind:
        case NoticeKind.TRIAL_ENDS:
            return text("It's free until {date}. After that you're charged until you cancel.", date=date)
        case NoticeKind.PERIOD_ENDS:
            return text("You cancelled it, so it ends on {date}. You won't be charged again.", date=date)
        case _:
            return text("Your time with the {role} role ends on {date}.", role=facts.role, date=date)
