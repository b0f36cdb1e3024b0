"""Orders, subscriptions and webhooks as the store gives them, as our own records."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.models import BillingInterval
from bot.pandabase import orders, webhooks
from bot.pandabase.schemas.orders import StoreOrder, StoreSubscription
from bot.pandabase.signature import Signatures
from bot.pandabase.store_api import OrderStatus
from bot.pandabase.store_api import RefundReason as Reason
from bot.pandabase.webhooks import PandabaseWebhooks, PandabaseWebhookVerifier
from bot.payments.models import OrderItem, PaymentEvent, SubscriptionChange, SubscriptionStatus
from bot.payments.provider import (
    BadSignature,
    Order,
    RefundReason,
    Subscription,
    UnreadableWebhook,
    WebhookEvent,
)
from sandbox.webhooks import Endpoint

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECRET = "whsec_dGhlLXNlY3JldC10aGF0LW9ubHktdGVzdHMtdXNl"
TOLD = {
    "id": "ord_1",
    "orderNumber": "cs_1",
    "status": "COMPLETED",
    "amount": 2900,
    "currency": "USD",
    "customFields": {"name": "Ann"},
    "metadata": {"sale": "abcdefghjk", "contact": "ann@example.com"},
    "items": [
        {
            "id": "itm_1",
            "productId": "prd_1",
            "variantId": None,
            "name": "Plan",
            "quantity": 1,
            "amount": 2900,
        }
    ],
}
LISTED = {
    "id": "ord_1",
    "orderNumber": "cs_1",
    "status": "COMPLETED",
    "amount": 2900,
    "currency": "USD",
    "discounted": True,
    "customer": {"id": "cus_1", "email": "ann@example.com"},
    "payment": {"status": "COMPLETED", "discountAmount": 100, "taxAmount": 20, "totalAmount": 2920},
    "items": [{"productId": "prd_1", "variantId": "var_1", "name": "Plan", "quantity": 2, "price": 1450}],
    "createdAt": "2026-06-01T11:00:00Z",
    "updatedAt": "2026-06-01T11:05:00Z",
}


def read(**values: Any) -> Order:
    return orders.order(StoreOrder.model_validate(values))


def test_an_order_of_a_webhook() -> None:
    assert read(**TOLD) == Order(
        id="ord_1",
        order_number="cs_1",
        event=PaymentEvent.PAID,
        status="COMPLETED",
        amount=2900,
        currency="USD",
        items=(OrderItem("prd_1", None, "Plan", 1, 2900),),
        metadata={"sale": "abcdefghjk", "contact": "ann@example.com"},
        custom_fields={"name": "Ann"},
    )


def test_an_order_of_the_store_api() -> None:
    assert read(**LISTED) == Order(
        id="ord_1",
        order_number="cs_1",
        event=PaymentEvent.PAID,
        status="COMPLETED",
        payment_status="COMPLETED",
        amount=2900,
        currency="USD",
        discount=100,
        tax=20,
        total=2920,
        has_coupon=True,
        customer_id="cus_1",
        items=(OrderItem("prd_1", "var_1", "Plan", 2, 1450),),
        created_at=datetime(2026, 6, 1, 11, tzinfo=UTC),
        updated_at=datetime(2026, 6, 1, 11, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("status", "payment", "event"),
    [
        ("PENDING", None, PaymentEvent.PENDING),
        ("PENDING", "PENDING", PaymentEvent.PENDING),
        ("PENDING", "PROCESSING", PaymentEvent.CLEARING),
        ("PROCESSING", "PROCESSING", PaymentEvent.CLEARING),
        ("PROCESSING", "COMPLETED", PaymentEvent.PAID),
        ("PROCESSING", None, PaymentEvent.PAID),
        ("PENDING", "COMPLETED", PaymentEvent.PAID),
        ("COMPLETED", "COMPLETED", PaymentEvent.PAID),
        ("COMPLETED", "PROCESSING", PaymentEvent.PAID),
        ("FAILED", None, PaymentEvent.FAILED),
        ("CANCELLED", None, PaymentEvent.CANCELLED),
        ("REFUNDED", "REFUNDED", PaymentEvent.REFUNDED),
        ("CHARGEBACK", "DISPUTED", PaymentEvent.CHARGED_BACK),
        ("completed", None, PaymentEvent.PAID),
        ("FROZEN", None, None),
        ("FROZEN", "COMPLETED", PaymentEvent.PAID),
        (None, None, None),
    ],
)
def test_what_an_orders_words_say_of_its_money(
    status: str | None, payment: str | None, event: PaymentEvent | None
) -> None:
    assert read(status=status, payment={"status": payment}).event is event


@pytest.mark.parametrize("word", get_args(OrderStatus))
def test_every_documented_status_says_something(word: str) -> None:
    assert read(status=word).event is not None


@pytest.mark.parametrize("event", orders.ORDER_STATUS)
def test_a_list_that_is_limited_to_an_event_shows_orders_that_say_it(event: PaymentEvent) -> None:
    assert read(status=orders.ORDER_STATUS[event]).event is event


@pytest.mark.parametrize("reason", RefundReason)
def test_every_reason_of_a_refund_has_the_stores_word(reason: RefundReason) -> None:
    assert orders.REFUND_REASONS[reason] in get_args(Reason)


@pytest.mark.parametrize(
    "says", [{"discounted": True}, {"discountCode": "LEAF10"}, {"payment": {"couponCode": "LEAF10"}}]
)
def test_a_coupon_is_seen_wherever_it_stands(says: dict[str, Any]) -> None:
    assert read(**says).has_coupon
    assert not read(payment={"discountAmount": 5}).has_coupon


@pytest.mark.parametrize("word", [*SubscriptionStatus, "SPLIT", "", None])
def test_a_subscriptions_status_is_the_same_word_or_unknown(word: str | None) -> None:
    found = orders.subscription(StoreSubscription.model_validate({"status": word})).status
    assert found == (word if word in set(SubscriptionStatus) else SubscriptionStatus.UNKNOWN)


@pytest.mark.parametrize(
    ("word", "interval"),
    [*((each.value, each) for each in BillingInterval), ("DAILY", BillingInterval.UNKNOWN), (None, None)],
)
def test_a_subscriptions_interval(word: str | None, interval: BillingInterval | None) -> None:
    assert (
        orders.subscription(StoreSubscription.model_validate({"billingInterval": word})).billing_interval
        is interval
    )


@pytest.mark.parametrize("shape", [{"productId": "prd_1"}, {"product": {"id": "prd_1", "title": "Plan"}}])
def test_a_subscription_of_the_store_api(shape: dict[str, Any]) -> None:
    shown = {
        "id": "sub_1",
        "status": "ACTIVE",
        "billingInterval": "MONTHLY",
        "amount": 500,
        "currency": "USD",
        "customer": {"id": "cus_1"},
        "currentPeriodStart": "2026-06-01T12:00:00Z",
        "currentPeriodEnd": "2026-07-01T12:00:00Z",
        "trialEnd": None,
        "endsAt": 1782907200000,
        "cancelledAt": None,
        "createdAt": "2026-06-01T12:00:00Z",
        **shape,
    }
    assert orders.subscription(StoreSubscription.model_validate(shown)) == Subscription(
        id="sub_1",
        status=SubscriptionStatus.ACTIVE,
        billing_interval=BillingInterval.MONTHLY,
        amount=500,
        currency="USD",
        product_id="prd_1",
        customer_id="cus_1",
        current_period_start=NOW,
        current_period_end=datetime(2026, 7, 1, 12, tzinfo=UTC),
        ends_at=datetime(2026, 7, 1, 12, tzinfo=UTC),
        created_at=NOW,
    )


# --- webhooks -----------------------------------------------------------------------------------------


def payload(kind: str, **data: Any) -> bytes:
    return json.dumps(
        {"event": kind, "id": "evt_1", "timestamp": "2026-06-01T12:00:00Z", "data": data}
    ).encode()


PAYMENT_WORDS = {
    PaymentEvent.PENDING: "PAYMENT_PENDING",
    PaymentEvent.CLEARING: "PAYMENT_PROCESSING",
    PaymentEvent.PAID: "PAYMENT_COMPLETED",
    PaymentEvent.FAILED: "PAYMENT_FAILED",
    PaymentEvent.REFUNDED: "PAYMENT_REFUNDED",
    PaymentEvent.DISPUTED: "PAYMENT_DISPUTED",
    PaymentEvent.DISPUTE_WON: "PAYMENT_DISPUTE_WON",
    PaymentEvent.DISPUTE_LOST: "PAYMENT_DISPUTE_LOST",
    PaymentEvent.DISPUTE_PREVENTED: "PAYMENT_DISPUTE_PREVENTED",
}


def test_every_event_of_a_payment_has_a_word_of_its_own() -> None:
    only_in_lists = {PaymentEvent.CANCELLED, PaymentEvent.CHARGED_BACK}
    assert PAYMENT_WORDS.keys() == set(PaymentEvent) - only_in_lists
    for event, word in PAYMENT_WORDS.items():
        told = PandabaseWebhooks().read(payload(word, order=TOLD))
        assert told == WebhookEvent(word, NOW, payment_event=event, order=read(**TOLD))


@pytest.mark.parametrize("change", SubscriptionChange)
def test_every_change_of_a_subscription_has_a_word_of_its_own(change: SubscriptionChange) -> None:
    told = PandabaseWebhooks().read(
        payload(f"SUBSCRIPTION_{change.name}", order={}, subscription={"id": "sub_1"})
    )
    assert told.is_known
    assert (told.payment_event, told.subscription_change) == (None, change)
    assert told.order is None
    assert told.subscription == Subscription(id="sub_1")


def test_the_words_by_which_events_are_found_again_are_those_of_their_types() -> None:
    words = PandabaseWebhooks.words
    assert words.paid == PAYMENT_WORDS[PaymentEvent.PAID]
    assert words.renewed == f"SUBSCRIPTION_{SubscriptionChange.RENEWED.name}"
    assert all(f"SUBSCRIPTION_{change.name}".startswith(words.subscriptions) for change in SubscriptionChange)


@pytest.mark.parametrize("kind", ["SOMETHING_NEW", "", "payment_completed"])
def test_a_type_that_is_new_is_not_known_and_what_it_tells_is_read(kind: str) -> None:
    told = PandabaseWebhooks().read(payload(kind, order=TOLD))
    assert told.is_known is (kind.upper() in PAYMENT_WORDS.values())
    assert told.order == read(**TOLD)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ODD = st.fixed_dictionaries({}, optional=dict.fromkeys(TOLD, JSON))


@given(ODD, JSON)
def test_whatever_an_order_holds_it_is_read_and_keeps_its_meaning(
    odd: dict[str, Any], subscription: Any
) -> None:
    told = webhooks.schemas.StoreWebhookEvent.model_validate(
        {"event": "PAYMENT_COMPLETED", "data": {"order": odd, "subscription": subscription}}
    )
    as_kept = webhooks.without_payer(told, told.data.order.metadata if told.data.order else ())
    kept = PandabaseWebhooks().read(webhooks.payload_of(as_kept))
    now = webhooks.event(told)
    # One that says nothing at all is as good as none.
    assert (kept.order or Order()) == (now.order or Order())
    assert (kept.subscription or Subscription()) == (now.subscription or Subscription())
    assert kept.payment_event is now.payment_event


# --- taking them in -----------------------------------------------------------------------------------


def receive(body: bytes, *, secret: str = SECRET) -> Any:
    headers = {
        name.lower(): value
        for name, value in Endpoint("", secret).headers("evt_1", body, NOW.timestamp()).items()
    }
    return PandabaseWebhookVerifier(Signatures([SECRET]), {"sale"}).receive(body, headers, NOW)


def test_what_is_kept_of_a_delivery_says_not_who_paid() -> None:
    order = {
        **TOLD,
        "licenses": [{"key": "GROVE-KEY"}],
        "customer": {"id": "cus_1", "email": "ann@example.com"},
    }
    kept = receive(payload("PAYMENT_COMPLETED", order=order, geo={"ip": "203.0.113.77"}))
    assert (kept.event_id, kept.type) == ("evt_1", "PAYMENT_COMPLETED")
    assert (kept.order_number, kept.subscription_id, kept.received_at) == ("cs_1", None, NOW)
    for secret in (b"ann@example.com", b"GROVE-KEY", b"203.0.113.77", b"contact"):
        assert secret not in kept.payload
    told = PandabaseWebhooks().read(kept.payload)
    assert told.order is not None
    assert told.order.metadata == {"sale": "abcdefghjk"}


def test_a_delivery_without_a_type_is_kept_under_a_name() -> None:
    assert receive(b'{"data": {}}').type == "UNNAMED"


@pytest.mark.parametrize("body", [b"[]", b"{", b"[" * 100_000, b"null"])
def test_what_is_no_object_is_not_kept(body: bytes) -> None:
    with pytest.raises(UnreadableWebhook):
        receive(body)


def test_what_somebody_else_signed_is_not_looked_at() -> None:
    with pytest.raises(BadSignature):
        receive(b"{", secret="whsec_b3RoZXI=")
