"""How an observation meets what is known of its order or subscription. Nothing here reads or writes."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bot.checkout.models import Session
from bot.checkout.states import MoneyState, SessionState
from bot.payments.models import CLOSES_A_DISPUTE, PaymentEvent, SubscriptionRecord, SubscriptionStatus
from bot.payments.observations import Observation, Source
from bot.payments.order_lines import lines_of
from bot.payments.provider import Order, Subscription
from bot.payments.repository import KnownOrder, items_as_json
from bot.payments.state_machine import Transition, next_transition
from bot.payments.verification import named_discount

_LONGEST_STATUS: Final = 32
_GIVEN_UP: Final = frozenset(
    {SessionState.EXPIRED, SessionState.WITHDRAWN, SessionState.SUPERSEDED, SessionState.FAILED}
)


@dataclass(frozen=True, slots=True)
class OrderObservation:
    """An observation that is about an order and says something of it."""

    seen: Observation
    order: Order
    event: PaymentEvent


def would_change(seen: Observation, known: KnownOrder) -> bool:
    """Whether what was seen of the order is news."""
    if seen.order is None or seen.event is None:
        return False
    taken = transition_of(OrderObservation(seen, seen.order, seen.event), known)
    return taken is not None and taken.news is not None


def transition_of(observed: OrderObservation, known: KnownOrder | None) -> Transition | None:
    """What the event does to the order, if anything."""
    money = known.record.money if known else MoneyState.PENDING
    event = observed.event
    if observed.seen.source is Source.LIST and money is MoneyState.DISPUTED and event is PaymentEvent.PAID:
        event = PaymentEvent.DISPUTE_WON  # the list has no other word for it
    return next_transition(
        money,
        event,
        said=observed.seen.said,
        known=known.changed_at if known else None,
        dispute_closed=known is not None and known.dispute_closed,
    )


def closes_a_dispute(observed: OrderObservation, known: KnownOrder | None, money: MoneyState) -> bool:
    """Whether a dispute from before this no longer counts."""
    won = known is not None and known.record.money is MoneyState.DISPUTED and money is MoneyState.PAID
    return won or observed.event in CLOSES_A_DISPUTE


def earns(taken: Transition | None, known: KnownOrder | None) -> bool:
    """Whether the transition is the one that pays the order, whatever event brought it."""
    return is_unpaid(known) and taken is not None and taken.money is MoneyState.PAID


def is_unpaid(known: KnownOrder | None) -> bool:
    """Whether no payment of the order has counted so far."""
    return known is None or known.record.paid_at is None


def came_late(session: Session, observed: OrderObservation) -> bool:
    """Whether the link no longer lived when it was paid, by what the store says of the time.

    When we hear of it says nothing: it may have been told while nobody listened.
    """
    if session.state is SessionState.EXPIRED and session.expires_at is not None:
        return (observed.order.created_at or observed.seen.said) > session.expires_at
    return session.state in _GIVEN_UP


def with_what_is_known(order: Order, known: KnownOrder | None) -> Order:
    """The order with what an earlier event told and this one leaves out."""
    if known is None:
        return order
    record, update = known.record, dict[str, Any]()
    if order.items is None and record.items:
        update["items"] = record.items
    if order.amount is None and record.amount:
        update["amount"] = record.amount
    return replace(order, **update)


def details(order: Order) -> dict[str, Any]:
    """What of the order is written where it says something; an event may leave out what an earlier told."""
    observed = {
        "status": order.status[:_LONGEST_STATUS],
        "payment_status": order.payment_status[:_LONGEST_STATUS],
        "amount": order.amount,
        "discount": named_discount(order),
        "currency": order.currency if len(order.currency) == len("USD") else "",
        "items": items_as_json(lines_of(order)),
        "custom_fields": order.custom_fields,
    }
    return {name: value for name, value in observed.items() if value}


def subscription_details(
    known: SubscriptionRecord | None, given: Subscription, status: SubscriptionStatus
) -> dict[str, Any]:
    """What of the subscription is written: what was told, else what is known."""
    observed: dict[str, datetime | str | int | None] = {
        "product_id": given.product_id,
        "current_period_end": given.current_period_end,
        "trial_end": given.trial_end,
        "ends_at": given.ends_at,
        "cancelled_at": given.cancelled_at,
        "amount": given.amount,
    }
    kept = {
        name: value if value is not None or known is None else getattr(known, name)
        for name, value in observed.items()
    }
    if status is not SubscriptionStatus.CANCELLED:
        kept |= {"ends_at": given.ends_at, "cancelled_at": given.cancelled_at}
    if status is not SubscriptionStatus.PAUSED:
        kept["stopped_at"] = None
    return kept
