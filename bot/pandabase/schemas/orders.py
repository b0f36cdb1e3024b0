"""Orders and subscriptions as webhooks and the Store API give them: any part may be missing, null or odd.

Nothing here refuses what it can't read: it reads as missing, and what is done with the money is decided
by what is there.
"""

import hmac
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

LARGEST_AMOUNT: Final = 2**53
"""What JSON numbers hold exactly; no amount or quantity comes near it."""
LONGEST_ID: Final = 128
LONGEST_WORD: Final = 64
_MILLISECONDS_FROM: Final = 10**11
"""Unix times above this are milliseconds: in seconds they would be in the year 5138."""


def _text_or_none(value: object) -> str | None:
    # A lone surrogate is valid JSON, but no text that can be stored.
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        return None
    return value.encode(errors="replace").decode()


def _name_or_none(value: object) -> str | None:
    """What a person wrote: emoji are joined by characters that don't print, and spaces may not break."""
    if not isinstance(value, str) or not value.strip() or any(map(_is_control, value)):
        return None
    return value.encode(errors="replace").decode()


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc"


def _id_or_none(value: object) -> str | None:
    text = _text_or_none(value)
    return text if text is not None and len(text) <= LONGEST_ID else None


def _word(value: object) -> str:
    return (_text_or_none(value) or "").upper()[:LONGEST_WORD]


def _integer_or_none(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        return None
    return int(value) if abs(value) <= LARGEST_AMOUNT else None


def _dictionary(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _texts(value: object) -> dict[str, str]:
    return {key: text for key, text in _dictionary(value).items() if isinstance(text, str)}


def _dictionary_or_none(value: object) -> dict[str, Any] | None:
    return _dictionary(value) or None


def _instant_or_none(value: object) -> datetime | None:
    """ISO 8601, or Unix seconds or milliseconds."""
    try:
        if isinstance(value, str) and not value.strip().lstrip("-").isdigit():
            instant = datetime.fromisoformat(value.strip())
            return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        seconds = float(value)
        return datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS_FROM else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _dictionaries(value: object) -> list[dict[str, Any]] | None:
    """Null unless every entry can be read: an order with a line left out would be another order."""
    if not isinstance(value, list) or not value or not all(isinstance(entry, Mapping) for entry in value):
        return None
    return [dict(entry) for entry in value]


OptionalText = Annotated[str | None, BeforeValidator(_text_or_none)]
OptionalName = Annotated[str | None, BeforeValidator(_name_or_none)]
OptionalId = Annotated[str | None, BeforeValidator(_id_or_none)]
Word = Annotated[str, BeforeValidator(_word)]
"""One of the store's own words in capitals; empty where there is none."""
OptionalInteger = Annotated[int | None, BeforeValidator(_integer_or_none)]
OptionalInstant = Annotated[datetime | None, BeforeValidator(_instant_or_none)]
Texts = Annotated[dict[str, str], BeforeValidator(_texts)]
Dictionary = Annotated[dict[str, Any], BeforeValidator(_dictionary)]


class _Lenient(BaseModel):
    model_config = ConfigDict(
        defer_build=True,
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        populate_by_name=True,
        alias_generator=to_camel,
    )


class StoreItem(_Lenient):
    """A line of an order. What it costs is cents: `price` in the Store API, `amount` in webhooks."""

    product_id: OptionalId = None
    variant_id: OptionalId = None
    name: OptionalName = None
    quantity: OptionalInteger = None
    price: OptionalInteger = None
    amount: OptionalInteger = None


class StorePayment(_Lenient):
    """An order's payment. Amounts are cents; `total_amount` is what was paid, with tax."""

    status: Word = ""
    discount_amount: OptionalInteger = None
    tax_amount: OptionalInteger = None
    total_amount: OptionalInteger = None
    coupon_code: OptionalText = None


class StoreCustomer(_Lenient):
    id: OptionalId = None


Items = Annotated[tuple[StoreItem, ...] | None, BeforeValidator(_dictionaries)]
Payment = Annotated[StorePayment | None, BeforeValidator(_dictionary_or_none)]
Customer = Annotated[StoreCustomer | None, BeforeValidator(_dictionary_or_none)]


class StoreOrder(_Lenient):
    """`order_number` is the checkout session's id, or another number for a renewal.

    `amount` is cents before tax, in `currency` also where it was paid in another. In lists an order comes
    without items and metadata.
    """

    id: OptionalId = None
    order_number: OptionalId = None
    status: Word = ""
    amount: OptionalInteger = None
    currency: Word = ""
    discounted: Annotated[bool, BeforeValidator(lambda value: value is True)] = False
    discount_code: OptionalText = None
    payment: Payment = None
    customer: Customer = Field(default=None, repr=False)
    items: Items = None
    metadata: Texts = Field(default_factory=dict, repr=False)
    custom_fields: Dictionary = Field(default_factory=dict, repr=False)
    licenses: Annotated[tuple[dict[str, Any], ...], BeforeValidator(lambda v: _dictionaries(v) or ())] = (
        Field(default=(), repr=False)
    )
    created_at: OptionalInstant = None
    updated_at: OptionalInstant = None


class StorePayer(_Lenient):
    """Who paid. Only read to be compared: what webhooks tell is kept by models that don't know it."""

    email: Annotated[str | None, BeforeValidator(_text_or_none)] = Field(default=None, repr=False)


Payer = Annotated[StorePayer | None, BeforeValidator(_dictionary_or_none)]


class StorePaidOrder(_Lenient):
    """An order of a list, as far as it says whose it is."""

    id: OptionalId = None
    order_number: OptionalId = None
    customer: Payer = Field(default=None, repr=False)

    def is_of(self, email: str) -> bool:
        """Whether it was bought with that address, however it is written."""
        known = self.customer.email if self.customer is not None else None
        if not known:
            return False
        given = email.strip().casefold().encode(errors="replace")
        return hmac.compare_digest(known.strip().casefold().encode(errors="replace"), given)


class StoreLicense(_Lenient):
    """A license key, as the list of a product's has it."""

    key: Annotated[str | None, BeforeValidator(_text_or_none)] = Field(default=None, repr=False)
    order_id: OptionalId = None


class StoreLicenseCheck(_Lenient):
    """What the store says of a key that it is shown."""

    valid: Annotated[bool, BeforeValidator(lambda value: value is True)] = False
    product_id: OptionalId = None


class StoreProduct(_Lenient):
    id: OptionalId = None


_OptionalProduct = Annotated[StoreProduct | None, BeforeValidator(_dictionary_or_none)]


class StoreSubscription(_Lenient):
    """`billing_interval` is WEEKLY, MONTHLY or YEARLY. Times are aware UTC."""

    id: OptionalId = None
    status: Word = ""
    billing_interval: Word = ""
    amount: OptionalInteger = None
    currency: Word = ""
    product_id: OptionalId = None
    product: _OptionalProduct = None
    customer: Customer = Field(default=None, repr=False)
    current_period_start: OptionalInstant = None
    current_period_end: OptionalInstant = None
    trial_end: OptionalInstant = None
    ends_at: OptionalInstant = None
    cancelled_at: OptionalInstant = None
    created_at: OptionalInstant = None


Order = Annotated[StoreOrder | None, BeforeValidator(_dictionary_or_none)]
Subscription = Annotated[StoreSubscription | None, BeforeValidator(_dictionary_or_none)]


class _EventData(_Lenient):
    order: Order = None
    subscription: Subscription = None


class StoreWebhookEvent(_Lenient):
    """What a webhook tells. `event` is empty where it doesn't say, and may be a word that is new."""

    id: OptionalId = None
    event: Word = ""
    timestamp: OptionalInstant = None
    data: Annotated[_EventData, BeforeValidator(_dictionary)] = _EventData()
