"""The longest that what a card tells of can be, and what Discord must take with it."""

from typing import Any, Final

from discord import ui

from bot.catalog.availability import Line
from bot.catalog.models import BillingInterval, PricingModel, ProductType
from bot.checkout.states import MoneyState
from bot.discord.components import Card
from bot.discord.localized import localized
from bot.fulfilment.models import Grant
from bot.fulfilment.states import GrantState
from bot.money import MAXIMUM_TOTAL
from bot.payments.models import OrderRecord
from bot.texts import Language
from tests.harness.catalogs import NOW, assert_discord_takes

WIDE: Final = 10**18
"""As wide as an id or a number gets."""
PERSIAN: Final = Language("fa_IR")
"""A locale with long amounts."""
REMARK: Final = "-# 123456 messages are waiting for you: use /purchases."
"""What an answer may get below its card."""


def longest_line(**changes: Any) -> Line:
    given: dict[str, Any] = {
        "product_id": "prd_1",
        "variant_id": None,
        "title": "*" * 5000,
        "unit_amount": MAXIMUM_TOTAL,
        "quantity": 999,
        "currency": "BRL",
        "product_type": ProductType.SUBSCRIPTION,
        "pricing_model": PricingModel.STANDARD,
        "billing_interval": BillingInterval.MONTHLY,
        "trial_days": 365,
    }
    return Line(**{**given, **changes})


def wide_grant(state: GrantState, **changes: Any) -> Grant:
    given: dict[str, Any] = {
        "id": 1,
        "sale_id": 1,
        "benefit_id": 1,
        "order_id": 1,
        "guild_id": WIDE,
        "user_id": WIDE,
        "role_id": WIDE,
        "money": MoneyState.PAID,
        "kept": False,
        "state": state,
        "earned_at": NOW,
        "days": None,
        "begins_at": NOW,
        "ends_at": NOW,
        "given_at": None,
        "follows_subscription": False,
    }
    return Grant(**{**given, **changes})


def paid_order(**changes: Any) -> OrderRecord:
    given: dict[str, Any] = {
        "id": 1,
        "reference": "abcdefghjk",
        "order_id": "ord_1",
        "order_number": "cs_1",
        "sale_id": 1,
        "session_id": 1,
        "subscription_id": None,
        "money": MoneyState.PAID,
        "status": "COMPLETED",
        "payment_status": "COMPLETED",
        "amount": 9 * MAXIMUM_TOTAL,
        "discount": 0,
        "currency": "BRL",
        "items": (),
        "custom_fields": {},
        "late": False,
        "again": False,
        "created_at": NOW,
        "paid_at": NOW,
    }
    return OrderRecord(**{**given, **changes})


def assert_fits(card: Card) -> None:
    """With the remark below it that an answer may get, where amounts are long."""
    assert_discord_takes(localized(card, PERSIAN))
    card.add_item(ui.TextDisplay(REMARK))
    assert_discord_takes(card)


def words_of(card: Card) -> str:
    return "\n".join(item.content for item in card.walk_children() if isinstance(item, ui.TextDisplay))
