"""Checkout fields as an owner writes them, with placeholders for the member and the product."""

import re
from collections.abc import Mapping
from typing import Any, Final, Self

from pydantic import ModelWrapValidatorHandler, PrivateAttr, ValidationError, model_validator

from bot.config.types import Unfit
from bot.pandabase.schemas import StoreCheckoutField

PLACEHOLDERS: Final = frozenset({"username", "display_name", "user_id", "server", "product"})

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


class CheckoutFieldTemplate(StoreCheckoutField):
    """A checkout field whose `default_value` may hold placeholders, such as `{username}`.

    The template itself has no such value, so it can be sent as it is; `filled` gives the field with it.
    """

    _preset: str | None = PrivateAttr(None)

    @model_validator(mode="wrap")
    @classmethod
    def _set_preset_aside(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        # The store's rules (lengths, digits only) are for what is sent, not for the placeholder's name.
        preset = _preset_of(value)
        if preset is None or not (names := _PLACEHOLDER.findall(preset)):
            return handler(value)
        if not PLACEHOLDERS.issuperset(names):
            known = ", ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS))
            raise Unfit(f"no other placeholders than {known}")
        kind = value["type"]
        rules = {key: rule for key, rule in value[kind].items() if key != "default_value"}
        template = handler({**value, kind: rules})
        template._preset = preset  # noqa: SLF001 -- of this very class
        return template

    def filled(self, values: Mapping[str, str]) -> StoreCheckoutField:
        """Return the field with its value for one checkout; `values` are by placeholder.

        A value that the store wouldn't take (too long, not a number) is left out: the payer types it.
        """
        plain = self.model_dump(exclude_none=True)
        if self._preset is None:
            return StoreCheckoutField.model_validate(plain)
        text = _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), self._preset)
        try:
            return StoreCheckoutField.model_validate(
                {**plain, self.type: {**plain.get(self.type, {}), "default_value": text}}
            )
        except ValidationError:
            return StoreCheckoutField.model_validate(plain)


def _preset_of(value: object) -> str | None:
    """The default value in what the owner wrote, if it has the shape of a field at all."""
    match value:
        case {"type": str(kind), **rest}:
            match rest.get(kind):
                case {"default_value": str(preset)}:
                    return preset
    return None
