"""A checkout on its way to the provider: what is asked for, what comes back, and the draft as JSON."""

from collections.abc import Callable, Mapping
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
class CheckoutCustomer:
    """Who pays, as the provider's page is filled in: nothing of it may reach a log."""

    name: str = field(repr=False)
    email: str = field(repr=False)
    line1: str = field(repr=False)
    city: str = field(repr=False)
    state: str = field(repr=False)
    postal_code: str = field(repr=False)
    country: str
    line2: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Payer:
    """What is known of who pays; a `customer` is all that a page asks for.

    `country` is ISO 3166-1 alpha-2.
    """

    country: str | None = None
    state: str | None = field(default=None, repr=False)
    tax_id: str | None = field(default=None, repr=False)
    customer: CheckoutCustomer | None = field(default=None, repr=False)


NOBODY_KNOWN: Final = Payer()
OpenPayer = Callable[[int, str | None], Payer]
"""Who a member is as a payer, from what is kept of them, sealed; None where nothing is."""


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
    customer: CheckoutCustomer | None = field(default=None, repr=False)
    tax_id: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CheckoutEstimate:
    """What items come to for who pays from somewhere, in cents; the tax is in the total either way."""

    subtotal: int
    discount: int
    tax: int
    total: int


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    """A payment page. Whoever has its address can open it, so that stays out of `repr`.

    Amounts are cents: `amount` is the subtotal, tax may come on top once the payer's country is known.
    `expires_at` is aware UTC. `is_taxed` says that tax and total are of a payer whose country is known.
    """

    session_id: str
    url: str = field(repr=False)
    amount: int
    discount: int
    tax: int
    total: int
    expires_at: datetime
    is_taxed: bool = False


class CheckoutProvider(Protocol):
    """What checkout needs of a payment provider. Each call raises the PandabaseErrors."""

    async def create_checkout(self, draft: CheckoutDraft) -> CheckoutPage:
        """Make a session, which nothing can read, extend or withdraw.

        Raises:
            Rejected: the provider's own sentence says why, for example that `amount` isn't the sum.
            Unavailable: `sent` says whether a session that nobody knows of may exist.
        """
        ...

    async def estimate(
        self,
        items: tuple[CheckoutItem, ...],
        *,
        country: str,
        state: str | None = None,
        coupon_code: str | None = None,
        tax_id: str | None = None,
    ) -> CheckoutEstimate:
        """What these items come to for who pays from there (ISO 3166-1 alpha-2); nothing is made.

        Raises Rejected, with the provider's sentence, when the coupon isn't taken.
        """
        ...


# --- as JSON ------------------------------------------------------------------------------------------

_DRAFTS: Final = TypeAdapter(CheckoutDraft)


def draft_as_json(draft: CheckoutDraft) -> dict[str, Any]:
    """What is kept of it until the session is made: never who pays."""
    return _DRAFTS.dump_python(draft, mode="json", exclude={"customer", "tax_id"})  # type: ignore[no-any-return]


def draft_from_json(kept: Mapping[str, Any]) -> CheckoutDraft:
    """The draft that was kept, also by a version that kept the provider's own body of the call."""
    fields = kept.get("fields") or map(_field_of_before, (kept.get("display") or {}).get("fields", ()))
    return _DRAFTS.validate_python({"metadata": {}, **kept, "fields": tuple(fields)})


def _field_of_before(kept: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: kept[name] for name in ("key", "type", "optional") if name in kept}
    return {**own, **kept.get(kept["type"], {}), "label": kept["label"]["custom"]}
