"""What a member gave for the bill, masked, and the two forms that ask for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import discord
from discord import ui

from bot.billing.countries import country_name
from bot.billing.masking import masked
from bot.billing.models import LONGEST, BillingDetails
from bot.discord.cards import State, headed, rows_of
from bot.discord.components import Card, button
from bot.discord.forms import PersistentForm
from bot.discord.localized import Field, Paragraph, Question
from bot.texts import Text, joined, lines, text
from cogs import custom_ids

_GREY: Final = discord.ButtonStyle.secondary
_ICON: Final = "🧾"
LABELS: Final[Mapping[str, Text]] = {
    "name": text("Name"),
    "email": text("Email"),
    "line1": text("Street and number"),
    "line2": text("Address, second line"),
    "postal_code": text("Postal code"),
    "city": text("City"),
    "state": text("State or region"),
    "country": text("Country"),
    "tax_id": text("Tax ID (VAT number)"),
}
FORMS: Final[Mapping[str, tuple[Text, tuple[str, ...]]]] = {
    "payer": (text("Your billing details"), ("name", "email", "country", "tax_id")),
    "address": (text("Your billing address"), ("line1", "line2", "postal_code", "city", "state")),
}
"""By what `custom_ids` call them: the title, and the fields; a form holds five."""
_KEEPS: Final = text("Optional. Leave it empty to change nothing, or type - to remove it")
_WHAT_FOR: Final = text(
    "Optional. It fills in the store's payment page when you buy, and shows you the tax before you pay."
)
_WHO_SEES: Final = text(
    "-# Stored encrypted, and sent to the store when you buy. Staff can't see it here. Delete it anytime."
)
_TAX_ONLY: Final = text("Your country is enough to see the tax before you pay.")


@dataclass(frozen=True, slots=True)
class BillingView:
    def page(self, details: BillingDetails, locale: str, note: Text | None = None) -> Card:
        """What there is, masked; `note` is what has just happened."""
        given = details.given
        shown = [
            text("{field}: {value}", field=label, value=_shown(name, given[name], locale))
            for name, label in LABELS.items()
            if name in given
        ]
        buttons = [
            button(text("Name, email, country"), custom_ids.billing_form("payer")),
            button(text("Address"), custom_ids.billing_form("address")),
        ]
        if given:
            delete = button(text("Delete billing details"), custom_ids.DELETE_BILLING, _GREY)
            buttons.append(delete)
        buttons.append(button(text("Delete my data"), custom_ids.my_data("ask"), _GREY))
        missing = None
        if given and not details.is_complete:
            fields = joined(", ", (LABELS[name] for name in details.missing))
            needed = text("Still needed to fill in the payment page for you: {fields}.", fields=fields)
            missing = lines(needed, None if details.country else _TAX_ONLY)
        # Where it was just deleted, there is nothing more to say.
        saved = lines(*shown) or (None if note else text("Nothing saved yet."))
        return Card(
            Paragraph(headed(State.NEUTRAL, text("Billing details"), icon=_ICON)),
            Paragraph(lines(note, saved)),
            ui.Separator(),
            Paragraph(lines(missing if given else _WHAT_FOR, _WHO_SEES)),
            *rows_of(buttons),
        )


class BillingForm(PersistentForm):
    """Nothing of what there is stands in it: it is opened from memory, and shown to nobody."""

    def __init__(self, what: str, given: Mapping[str, str] | None = None) -> None:
        title, names = FORMS[what]
        typed = given or {}
        super().__init__(
            custom_ids.billing_form(what), title, *(_question(name, typed.get(name)) for name in names)
        )


def _question(name: str, typed: str | None) -> Question:
    field: ui.TextInput[Any] = Field(
        custom_id=name, default=typed or None, required=False, max_length=LONGEST[name]
    )
    return Question(LABELS[name], field, _KEEPS)


def _shown(name: str, value: str, locale: str) -> str:
    return country_name(value, locale) if name == "country" else masked(name, value)
