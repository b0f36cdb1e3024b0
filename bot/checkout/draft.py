"""A checkout on its way to the provider: what is asked for, what comes back, and the draft as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol

from pydantic import TypeAdapter

from bot.checkout.models import AnyLine, CustomLine


@dataclass(frozen=True, slots=True)
class CheckoutItem:
    """A product of the catalog, or what staff charge for: a `name` with the `amount` (cents) of one unit."""

    quantity: int
    product_id: str | None = None
    variant_id: str | None = None
    name: str | None = None
    amount: int | None = None

    @classmethod
    def of(cls, line: AnyLine) -> "CheckoutItem":
        if isinstance(line, CustomLine):
            return cls(line.quantity, name=line.title, amount=line.unit_amount)
        return cls(line.quantity, product_id=line.product_id, variant_id=line.variant_id)


@dataclass(frozen=True, slots=True)
class FieldOption:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class CheckoutField:
    """A question that the payer answers on the page. Lengths are characters; `options` are a dropdown's."""

    key: str
    label: str
    type: Literal["text", "numeric", "dropdown"]
    optional: bool = False
    default_value: str | None = None
    minimum_length: int | None = None
    maximum_length: int | None = None
    options: tuple[FieldOption, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckoutDraft:
    """What a checkout session is to be made of.

    `amount` (cents) is the guard: the provider refuses when it isn't the sum of the items, so what a member
    saw is what they pay. It is None where the payer picks the price.
    """

    items: tuple[CheckoutItem, ...]
    metadata: Mapping[str, str] = field(repr=False)
    title: str | None = None
    description: str | None = None
    amount: int | None = None
    coupon_code: str | None = None
    fields: tuple[CheckoutField, ...] = ()
    return_url: str | None = None
    cancel_url: str | None = None


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    """A payment page. Whoever has its address can open it, so that stays out of `repr`.

    Amounts are cents: `amount` is the subtotal, tax may come on top once the payer's country is known.
    `expires_at` is aware UTC.
    """

    session_id: str
    url: str = field(repr=False)
    amount: int
    discount: int
    tax: int
    total: int
    expires_at: datetime


class CheckoutProvider(Protocol):
    """What checkout needs of a payment provider. Each call raises the PandabaseErrors."""

    async def create_checkout(self, draft: CheckoutDraft) -> CheckoutPage:
        """Make a session, which nothing can read, extend or withdraw.

        Raises:
            Rejected: the provider's own sentence says why, for example that `amount` isn't the sum.
            Unavailable: `sent` says whether a session that nobody knows of may exist.
        """
        ...

    async def estimated_discount(
        self, items: tuple[CheckoutItem, ...], coupon_code: str, *, country: str
    ) -> int:
        """Cents that the coupon takes off these items for who pays from there (ISO 3166-1 alpha-2).

        Raises Rejected, with the provider's sentence, when the coupon isn't taken.
        """
        ...


# --- as JSON ------------------------------------------------------------------------------------------

_DRAFTS: Final = TypeAdapter(CheckoutDraft)


def draft_as_json(draft: CheckoutDraft) -> dict[str, Any]:
    """What is kept of it until the session is made."""
    return _DRAFTS.dump_python(draft, mode="json")  # type: ignore[no-any-return]


def draft_from_json(kept: Mapping[str, Any]) -> CheckoutDraft:
    """The draft that was kept, also by a version that kept the provider's own body of the call."""
    fields = kept.get("fields") or map(_field_of_before, (kept.get("display") or {}).get("fields", ()))
    return _DRAFTS.validate_python({"metadata": {}, **kept, "fields": tuple(fields)})


def _field_of_before(kept: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: kept[name] for name in ("key", "type", "optional") if name in kept}
    return {**own, **kept.get(kept["type"], {}), "label": kept["label"]["custom"]}
