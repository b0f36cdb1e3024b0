"""The storefront's forms: one question each."""

from collections.abc import Callable
from typing import Any, Final

from discord import ui

from bot.discord.forms import QuestionForm
from bot.texts import Text, text
from cogs import custom_ids
from cogs.catalog.autocomplete import LONGEST_QUANTITY
from cogs.checkout.coupons import LONGEST_COUPON
from cogs.shop.sessions import Choice, StorefrontSession

LONGEST_SEARCH: Final = 60


MakeField = Callable[[StorefrontSession, Choice | None], ui.TextInput[Any]]


def form_of(session: StorefrontSession, name: str) -> QuestionForm:
    """The form, filled in with what the page shows. Raises KeyError for a name that there isn't."""
    title, question, field = _FORMS[name]
    return QuestionForm(
        custom_ids.shop_form(session.key, name), title, question, field(session, session.choice)
    )


def _search(session: StorefrontSession, _choice: Choice | None) -> ui.TextInput[Any]:
    return ui.TextInput(default=session.listing.search or None, required=False, max_length=LONGEST_SEARCH)


def _quantity(_session: StorefrontSession, choice: Choice | None) -> ui.TextInput[Any]:
    return ui.TextInput(default=str(choice.quantity if choice else 1), max_length=LONGEST_QUANTITY)


def _coupon(_session: StorefrontSession, choice: Choice | None) -> ui.TextInput[Any]:
    coupon = choice.coupon if choice else None
    return ui.TextInput(default=coupon, required=False, max_length=LONGEST_COUPON)


def _variant(_session: StorefrontSession, choice: Choice | None) -> ui.TextInput[Any]:
    search = choice.variant_search if choice else ""
    return ui.TextInput(default=search or None, required=False, max_length=LONGEST_SEARCH)


_FORMS: Final[dict[str, tuple[Text, Text, MakeField]]] = {
    "search": (text("Search the shop"), text("What are you looking for?"), _search),
    "quantity": (text("Quantity"), text("How many would you like?"), _quantity),
    "coupon": (text("Coupon"), text("Your code (leave empty for none)"), _coupon),
    "variants": (text("Find a variant"), text("Part of its name (leave empty for all)"), _variant),
}
"""By what `custom_ids` call them: the title, the question, and the field."""
