"""Bodies that are sent. Each is checked here in full, so that what leaves is what the store accepts.

Limits are those of Pandabase's checkout OpenAPI file unless a comment names another source.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    AnyUrl,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    UrlConstraints,
    field_validator,
    model_validator,
)

from bot.catalog.models import MAXIMUM_QUANTITY
from bot.money import MAXIMUM_TOTAL, MINIMUM_TOTAL

MAXIMUM_ITEMS: Final = 10
MAXIMUM_FIELDS: Final = 3
"""Custom fields on one checkout page."""
MAXIMUM_METADATA_KEYS: Final = 20
LONGEST_METADATA_KEY: Final = 40
LONGEST_METADATA_VALUE: Final = 500
LONGEST_FIELD_INPUT: Final = 255

_HTTPS: Final = TypeAdapter[AnyUrl](
    Annotated[AnyUrl, UrlConstraints(allowed_schemes=["https"], host_required=True)]
)


def _https(value: str) -> str:
    return str(_HTTPS.validate_python(value))


HttpsUrl = Annotated[str, AfterValidator(_https)]
"""An https address, normalised; a `str`, so that nothing needs to know pydantic's types."""
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_]+$")]
Quantity = Annotated[int, Field(ge=1, le=MAXIMUM_QUANTITY)]
CouponCode = Annotated[str, StringConstraints(min_length=1, max_length=64)]
TaxId = Annotated[str, StringConstraints(min_length=1, max_length=32)]


class _Body(BaseModel):
    # Inputs stay out of error texts: they hold names and addresses of people, and errors are logged.
    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", hide_input_in_errors=True)

    def body(self) -> dict[str, Any]:
        """The JSON body; what is None is left out."""
        return self.model_dump(mode="json", exclude_none=True)


class CatalogItem(_Body):
    """One product of the store's catalog."""

    product_id: str = Field(min_length=1)
    variant_id: str | None = Field(default=None, min_length=1)
    quantity: Quantity = 1


class DynamicItem(_Body):
    """A line with a name and a price of its own; `amount` is cents for one unit, in the store's currency."""

    name: str = Field(min_length=1, max_length=255)
    # The OpenAPI file says at least 100 and the changelog (2026-03-10) at least 1. The total decides;
    # for the rest the store's own sentence is shown.
    amount: int = Field(ge=1, le=MAXIMUM_TOTAL)
    quantity: Quantity = 1


Item = CatalogItem | DynamicItem


class Billing(_Body):
    line1: str = Field(max_length=200)
    line2: str | None = Field(default=None, max_length=200)
    city: str = Field(max_length=100)
    state: str = Field(max_length=100)
    postal_code: str = Field(max_length=20)
    country: Country


class Customer(_Body):
    name: str = Field(max_length=128)
    email: str = Field(max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")
    billing: Billing


class FieldLabel(_Body):
    type: Literal["custom"] = "custom"
    custom: str = Field(min_length=1, max_length=50)


class LengthRules(_Body):
    """What may be typed into a text or numeric field; lengths are in characters."""

    default_value: str | None = Field(default=None, max_length=LONGEST_FIELD_INPUT)
    minimum_length: int | None = Field(default=None, ge=0, le=LONGEST_FIELD_INPUT)
    maximum_length: int | None = Field(default=None, ge=1, le=LONGEST_FIELD_INPUT)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        shortest = self.minimum_length or 0
        longest = LONGEST_FIELD_INPUT if self.maximum_length is None else self.maximum_length
        if shortest > longest:
            raise ValueError("minimum_length is above maximum_length")
        if self.default_value is not None and not shortest <= len(self.default_value) <= longest:
            raise ValueError("default_value is shorter or longer than the lengths allow")
        return self


class DropdownOption(_Body):
    label: str = Field(min_length=1, max_length=100)
    value: Annotated[Identifier, Field(max_length=100)]


class Dropdown(_Body):
    options: tuple[DropdownOption, ...] = Field(min_length=1, max_length=200)
    default_value: str | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        values = [option.value for option in self.options]
        if len(set(values)) != len(values):
            raise ValueError("two options have the same value")
        if self.default_value is not None and self.default_value not in values:
            raise ValueError("default_value is none of the options")
        return self


def _label(value: object) -> object:
    return {"custom": value} if isinstance(value, str) else value


class StoreCheckoutField(_Body):
    """A question that the payer answers on the checkout page."""

    key: Annotated[Identifier, Field(max_length=200)]
    label: Annotated[FieldLabel, BeforeValidator(_label)]
    """What the payer reads; a plain string will do."""
    type: Literal["text", "numeric", "dropdown"]
    optional: bool = False
    text: LengthRules | None = None
    numeric: LengthRules | None = None
    dropdown: Dropdown | None = None

    @model_validator(mode="after")
    def _rules_fit_type(self) -> Self:
        for kind in ("text", "numeric", "dropdown"):
            if getattr(self, kind) is not None and kind != self.type:
                raise ValueError(f"rules for {kind} in a field of type {self.type}")
        if self.type == "dropdown" and self.dropdown is None:
            raise ValueError("a dropdown needs options")
        default = self.numeric.default_value if self.numeric else None
        if default is not None and not (default.isascii() and default.isdecimal()):
            raise ValueError("default_value of a numeric field is no number")
        return self


class Display(_Body):
    fields: tuple[StoreCheckoutField, ...] = Field(max_length=MAXIMUM_FIELDS)

    @field_validator("fields")
    @classmethod
    def _keys_differ(cls, fields: Sequence[StoreCheckoutField]) -> Sequence[StoreCheckoutField]:
        if len({field.key for field in fields}) != len(fields):
            raise ValueError("two fields have the same key")
        return fields


MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_METADATA_KEY)]
MetadataValue = Annotated[str, StringConstraints(max_length=LONGEST_METADATA_VALUE)]


class CheckoutRequest(_Body):
    """What a checkout session is made of.

    `amount` (cents) is the guard: the store refuses when it isn't the sum of the items, so what a
    member saw is what they pay. Leave it out where the payer picks the price.
    """

    items: tuple[Item, ...] = Field(min_length=1, max_length=MAXIMUM_ITEMS)
    title: str | None = Field(default=None, min_length=1, max_length=128)
    description: str | None = Field(default=None, min_length=1, max_length=500)
    amount: int | None = Field(default=None, ge=MINIMUM_TOTAL, le=MAXIMUM_TOTAL)
    customer: Customer | None = Field(default=None, repr=False)
    coupon_code: CouponCode | None = None
    tax_id: TaxId | None = Field(default=None, repr=False)
    display: Display | None = None
    metadata: dict[MetadataKey, MetadataValue] | None = Field(default=None, max_length=MAXIMUM_METADATA_KEYS)
    return_url: HttpsUrl | None = None
    cancel_url: HttpsUrl | None = None

    @model_validator(mode="after")
    def _guard_is_the_sum(self) -> Self:
        dynamic = [item for item in self.items if isinstance(item, DynamicItem)]
        # Prices of catalog items are the store's to know.
        if self.amount is None or len(dynamic) < len(self.items):
            return self
        total = sum(item.amount * item.quantity for item in dynamic)
        if total != self.amount:
            raise ValueError(f"amount is {self.amount}, but the items come to {total}")
        return self


class EstimateRequest(_Body):
    """What is to be priced, and where it is taxed."""

    items: tuple[Item, ...] = Field(min_length=1, max_length=MAXIMUM_ITEMS)
    country: Country
    state: str | None = Field(default=None, min_length=1, max_length=64)
    coupon_code: CouponCode | None = None
    tax_id: TaxId | None = Field(default=None, repr=False)
