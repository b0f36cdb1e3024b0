"""The bodies that the checkout calls take, and the sentence for each way in which one can be wrong.

Field names and limits are those of Pandabase's checkout OpenAPI file.
"""

import json
from typing import Annotated, Any, Final, Literal, Self, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from sandbox.errors import Refused

METADATA_KEYS: Final = 20
METADATA_KEY_LENGTH: Final = 40
METADATA_VALUE_LENGTH: Final = 500
LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "::1", "localhost"})

Country = Annotated[str, StringConstraints(min_length=2, max_length=2, to_upper=True)]
FieldKey = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_]+$", max_length=200)]


def _email(address: str) -> str:
    name, _, host = address.rpartition("@")
    if not name or "." not in host or any(character.isspace() for character in address):
        raise ValueError("must be an email address")
    return address


Email = Annotated[str, StringConstraints(max_length=320), AfterValidator(_email)]
Count = Annotated[int, Field(ge=1, le=999)]


class Body(BaseModel):
    # Strict: "2" and true are not numbers on this wire. Unknown keys are ignored, as the API does.
    model_config = ConfigDict(strict=True, frozen=True)


class Item(Body):
    """A catalog item (`product_id`, maybe `variant_id`) or a dynamic one (`name`, `amount`), never both."""

    product_id: str | None = None
    variant_id: str | None = None
    name: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    amount: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    quantity: Count

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.product_id is None:
            if self.name is None or self.amount is None:
                raise ValueError("an item needs a product_id, or a name and an amount")
            if self.variant_id is not None:
                raise ValueError("a variant_id needs a product_id")
        elif self.name is not None or self.amount is not None:
            raise ValueError("an item has either a product_id or a name and an amount, not both")
        return self


class Billing(Body):
    line1: Annotated[str, StringConstraints(max_length=200)]
    line2: Annotated[str, StringConstraints(max_length=200)] | None = None
    city: Annotated[str, StringConstraints(max_length=100)]
    state: Annotated[str, StringConstraints(max_length=100)]
    postal_code: Annotated[str, StringConstraints(max_length=20)]
    country: Country


def _name(name: str) -> str:
    if "@" in name:
        raise ValueError("must not be an email address")
    return name


class Customer(Body):
    name: Annotated[str, StringConstraints(max_length=128), AfterValidator(_name)]
    email: Email
    billing: Billing


class Label(Body):
    type: Literal["custom"]
    custom: Annotated[str, StringConstraints(max_length=50)]


class TextRules(Body):
    default_value: Annotated[str, StringConstraints(max_length=255)] | None = None
    minimum_length: Annotated[int, Field(ge=0)] | None = None
    maximum_length: Annotated[int, Field(le=255)] | None = None


class Choice(Body):
    label: Annotated[str, StringConstraints(max_length=100)]
    value: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_]+$", max_length=100)]


class Dropdown(Body):
    default_value: Annotated[str, StringConstraints(max_length=100)] | None = None
    options: Annotated[list[Choice], Field(min_length=1, max_length=200)]


class CustomField(Body):
    key: FieldKey
    label: Label
    type: Literal["text", "numeric", "dropdown"]
    optional: bool = False
    text: TextRules | None = None
    numeric: TextRules | None = None
    dropdown: Dropdown | None = None

    @model_validator(mode="after")
    def _choices_for_a_dropdown(self) -> Self:
        if self.type == "dropdown" and self.dropdown is None:
            raise ValueError("a dropdown needs options")
        return self


class Display(Body):
    fields: Annotated[list[CustomField], Field(max_length=3)] = []

    @field_validator("fields")
    @classmethod
    def _keys_differ(cls, fields: list[CustomField]) -> list[CustomField]:
        if len({each.key for each in fields}) != len(fields):
            raise ValueError("every custom field needs its own key")
        return fields


def _https(url: str, info: ValidationInfo) -> str:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url
    allows_loopback = bool(info.context and info.context["allow_http_loopback"])
    if allows_loopback and parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS:
        return url
    raise ValueError("must be an https address")


Url = Annotated[str, AfterValidator(_https)]


class Pricing(Body):
    """What both calls share: it decides what is to be paid."""

    items: Annotated[list[Item], Field(min_length=1, max_length=10)]
    coupon_code: Annotated[str, StringConstraints(max_length=64)] | None = None
    tax_id: Annotated[str, StringConstraints(max_length=32)] | None = None


class EstimateBody(Pricing):
    country: Country
    state: Annotated[str, StringConstraints(max_length=64)] | None = None


class CheckoutBody(Pricing):
    title: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None = None
    description: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None
    amount: Annotated[int, Field(ge=100, le=1_000_000)] | None = None
    customer: Customer | None = None
    display: Display | None = None
    metadata: dict[str, str] | None = None
    return_url: Url | None = None
    cancel_url: Url | None = None

    @field_validator("metadata")
    @classmethod
    def _small_metadata(cls, metadata: dict[str, str] | None) -> dict[str, str] | None:
        if metadata is None:
            return None
        if len(metadata) > METADATA_KEYS:
            raise ValueError(f"may have at most {METADATA_KEYS} keys")
        for key, value in metadata.items():
            if len(key) > METADATA_KEY_LENGTH:
                raise ValueError(f"keys may have at most {METADATA_KEY_LENGTH} characters")
            if len(value) > METADATA_VALUE_LENGTH:
                raise ValueError(f"values may have at most {METADATA_VALUE_LENGTH} characters")
        return metadata


AnyBody = TypeVar("AnyBody", bound=Body)


def read(body: type[AnyBody], raw: bytes, *, allow_http_loopback: bool = False) -> AnyBody:
    """Return the JSON in `raw` as a body; raise Refused, which names the first wrong field."""
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refused("The request body is not valid JSON.") from None
    if not isinstance(content, dict):
        raise Refused("The request body must be a JSON object.")
    if null := _first_null(content):
        # The OpenAPI file lets fields be absent, none of them be null.
        raise Refused(f"The field {null} must not be null; leave it out instead.")
    try:
        return body.model_validate(content, context={"allow_http_loopback": allow_http_loopback})
    except ValidationError as error:
        raise Refused(_sentence(error)) from None


def _first_null(content: dict[str, Any]) -> str | None:
    for key, value in content.items():
        if value is None:
            return key
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict) and (inner := _first_null(part)):
                return f"{key}.{inner}"
    return None


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
    said = str(first.get("ctx", {}).get("error", first["msg"]))
    return f"The field {where} is not valid: {said[0].lower()}{said[1:]}."
