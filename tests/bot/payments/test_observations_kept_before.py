"""What was held back by earlier versions, which kept an order in the store's own shape."""

from datetime import UTC, datetime

from bot.catalog.models import BillingInterval
from bot.payments.models import OrderItem, PaymentEvent, SubscriptionChange, SubscriptionStatus
from bot.payments.observations import Observation, Source, observation_as_json, observation_from_json
from bot.payments.provider import Order, Subscription

SAID = datetime(2026, 6, 1, 12, tzinfo=UTC)
BEFORE = {
    "source": "webhook",
    "said": "2026-06-01T12:00:00Z",
    "fact": "paid",
    "order": {
        "id": "ord_1",
        "order_number": "cs_1",
        "status": "COMPLETED",
        "amount": 2900,
        "currency": "USD",
        "discounted": False,
        "discount_code": "LEAF10",
        "payment": {
            "status": "COMPLETED",
            "discount_amount": 100,
            "tax_amount": 20,
            "total_amount": 2920,
            "coupon_code": None,
        },
        "items": [
            {
                "product_id": "prd_1",
                "variant_id": None,
                "name": None,
                "quantity": None,
                "price": None,
                "amount": 2900,
            },
            {
                "product_id": None,
                "variant_id": None,
                "name": "A house",
                "quantity": 2,
                "price": 50,
                "amount": None,
            },
        ],
        "metadata": {"sale": "abcdefghjk"},
        "custom_fields": {"name": "Ann"},
        "created_at": "2026-06-01T11:59:00Z",
        "updated_at": None,
    },
    "subscription": {
        "id": "sub_1",
        "status": "SPLIT",
        "billing_interval": "WEEKLY",
        "amount": 500,
        "currency": "USD",
        "product_id": None,
        "product": {"id": "prd_1"},
        "customer": {"id": "cus_1"},
        "current_period_start": None,
        "current_period_end": "2026-06-08T12:00:00Z",
        "trial_end": None,
        "ends_at": None,
        "cancelled_at": None,
        "created_at": None,
    },
    "subscription_change": "renewed",
    "may_wait": True,
}
SEEN = Observation(
    source=Source.WEBHOOK,
    said=SAID,
    event=PaymentEvent.PAID,
    order=Order(
        id="ord_1",
        order_number="cs_1",
        status="COMPLETED",
        payment_status="COMPLETED",
        amount=2900,
        currency="USD",
        discount=100,
        tax=20,
        total=2920,
        has_coupon=True,
        items=(OrderItem("prd_1", price=2900), OrderItem(name="A house", quantity=2, price=50)),
        metadata={"sale": "abcdefghjk"},
        custom_fields={"name": "Ann"},
        created_at=datetime(2026, 6, 1, 11, 59, tzinfo=UTC),
    ),
    subscription=Subscription(
        id="sub_1",
        status=SubscriptionStatus.UNKNOWN,
        billing_interval=BillingInterval.WEEKLY,
        amount=500,
        currency="USD",
        product_id="prd_1",
        current_period_end=datetime(2026, 6, 8, 12, tzinfo=UTC),
    ),
    subscription_change=SubscriptionChange.RENEWED,
    may_wait=True,
)


def test_what_an_earlier_version_kept_reads_as_what_it_was() -> None:
    assert observation_from_json(BEFORE) == SEEN


def test_what_was_left_out_then_is_missing_now() -> None:
    bare = {"source": "list", "said": "2026-06-01T12:00:00Z", "order": {"id": "ord_1", "payment": None}}
    assert observation_from_json(bare) == Observation(Source.LIST, SAID, order=Order(id="ord_1"))


def test_what_is_kept_now_reads_as_it_was() -> None:
    assert observation_from_json(observation_as_json(SEEN)) == SEEN
