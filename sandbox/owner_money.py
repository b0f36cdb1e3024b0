"""The owner's buttons for what becomes of the money: payments, refunds, disputes, subscriptions."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from aiohttp import web

from sandbox.errors import Refused
from sandbox.ledger import Ledger
from sandbox.models import Order, OrderStatus, Session, Subscription, SubscriptionStatus
from sandbox.pages import clock_time
from sandbox.payer import money
from sandbox.webhooks import Event, Webhooks

SHOWN_EVENTS: Final = 15
PAYER: Final = "payer@example.com"

Buttons = list[tuple[str, str]]
"""The addresses that they post to, and their labels."""

_PAID_BUTTONS: Final = (
    ("refund", "Refund"),
    ("dispute", "Dispute"),
    ("prevent", "Card network gives it back"),
)
_ORDER_BUTTONS: Final[Mapping[OrderStatus, tuple[tuple[str, str], ...]]] = {
    OrderStatus.PENDING: (("clear", "Clear the payment"), ("fail", "Let it fail")),
    OrderStatus.PROCESSING: _PAID_BUTTONS,
    OrderStatus.COMPLETED: _PAID_BUTTONS,
    OrderStatus.CHARGEBACK: (("win", "Win the dispute"), ("lose", "Lose it")),
}
_SUBSCRIPTION_BUTTONS: Final = (
    ("renew", "Renew"),
    ("fall-behind", "Decline the renewal"),
    ("cancel", "Cancel at period end"),
    ("cancel-now", "Cancel now"),
)


class OwnerMoney:
    def __init__(self, ledger: Ledger, webhooks: Webhooks) -> None:
        self.ledger = ledger
        self.webhooks = webhooks

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/owner/sessions/{id}/{action}", self.post_session)
        app.router.add_post("/owner/orders/{id}/{action}", self.post_order)
        app.router.add_post("/owner/subscriptions/{id}/{action}", self.post_subscription)

    async def post_session(self, request: web.Request) -> web.StreamResponse:
        session = _found(self.ledger.store.sessions, request)
        return _done(
            request,
            {
                "pay": lambda: self.ledger.store.pay(session.id, email=PAYER),
                "pay-slowly": lambda: self.ledger.pay_slowly(session.id, email=PAYER),
                "decline": lambda: self.ledger.store.decline(session.id, email=PAYER),
            },
        )

    async def post_order(self, request: web.Request) -> web.StreamResponse:
        order = _found({each.id: each for each in self.ledger.store.orders}, request)
        ledger = self.ledger
        actions = (ledger.clear, ledger.fail, ledger.refund, ledger.dispute, ledger.prevent)
        ends = (ledger.win, ledger.lose)
        return _done(request, {action.__name__: partial(action, order) for action in (*actions, *ends)})

    async def post_subscription(self, request: web.Request) -> web.StreamResponse:
        subscription = _found(self.ledger.subscriptions, request)
        ledger = self.ledger
        return _done(
            request,
            {
                "renew": lambda: ledger.renew(subscription),
                "fall-behind": lambda: ledger.fall_behind(subscription),
                "cancel": lambda: ledger.cancel(subscription),
                "cancel-now": lambda: ledger.cancel(subscription, immediate=True),
                "pause": lambda: ledger.pause(subscription),
                "resume": lambda: ledger.resume(subscription),
            },
        )

    # --- how it looks --------------------------------------------------------------------------------

    def session_buttons(self, session: Session) -> Buttons:
        """What can be done with a session that can still be paid."""
        store = self.ledger.store
        if store.is_paid(session) or store.is_expired(session) or store.is_clearing(session):
            return []
        actions = (("pay", "Pay"), ("pay-slowly", "Pay by a slow bank"), ("decline", "Decline"))
        return [(f"/owner/sessions/{session.id}/{action}", label) for action, label in actions]

    def order_views(self, orders: list[Order]) -> list[dict[str, Any]]:
        return [
            {
                "id": order.id,
                "status": order.status,
                "amount": money(order.due, order.quote.currency),
                "made": clock_time(order.created_at),
                "names": ", ".join(line.name for line in order.quote.lines),
                "buttons": [
                    (f"/owner/orders/{order.id}/{action}", label)
                    for action, label in _ORDER_BUTTONS.get(order.status, ())
                ],
            }
            for order in orders
        ]

    def views(self) -> dict[str, Any]:
        """Renewals, subscriptions and the newest webhooks."""
        store = self.ledger.store
        renewals = [order for order in store.orders if order.order_number not in store.sessions]
        return {
            "renewals": self.order_views(renewals[::-1]),
            "subscriptions": [_subscription_view(each) for each in self.ledger.subscriptions.values()][::-1],
            "events": [_event_view(each) for each in self.webhooks.events[: -SHOWN_EVENTS - 1 : -1]],
        }


def _subscription_view(subscription: Subscription) -> dict[str, Any]:
    ends = subscription.ends_at or subscription.period_end
    actions: list[tuple[str, str]] = []
    if subscription.status is not SubscriptionStatus.CANCELLED:
        paused = subscription.status is SubscriptionStatus.PAUSED
        actions = [*_SUBSCRIPTION_BUTTONS, ("resume", "Resume") if paused else ("pause", "Pause")]
    return {
        "id": subscription.id,
        "name": subscription.line.name,
        "status": subscription.status,
        "until": clock_time(ends),
        "buttons": [(f"/owner/subscriptions/{subscription.id}/{action}", label) for action, label in actions],
    }


def _event_view(event: Event) -> dict[str, Any]:
    taken = "delivered" if event.is_delivered else "not sent" if not event.answers else "failed"
    answers = ", ".join(str(answer) if answer else "no answer" for answer in event.answers)
    return {"type": event.type, "id": event.id, "state": taken, "answers": answers}


def _found(things: Mapping[str, Any], request: web.Request) -> Any:
    try:
        return things[request.match_info["id"]]
    except KeyError:
        raise web.HTTPNotFound(text="There is no such thing.") from None


def _done(request: web.Request, actions: Mapping[str, Callable[[], object]]) -> web.StreamResponse:
    act = actions.get(request.match_info["action"])
    if act is None:
        raise web.HTTPNotFound(text="Nobody can do that.")
    try:
        act()
    except Refused as error:
        raise web.HTTPConflict(text=str(error)) from None
    raise web.HTTPSeeOther("/owner#activity")
