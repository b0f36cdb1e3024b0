"""What a token of the store may do besides seeing payments, found by trying what can have no effect."""

from collections.abc import Mapping
from typing import Final

from bot.errors import NotFound, Rejected
from bot.jobs.worker import Clock
from bot.pandabase.provider import PandabaseAccount
from bot.payments.provider import RefundReason
from bot.staff.token_features import Attempt, TokenFeature, TokenFeatures
from bot.texts import text

_NOTHING: Final = "of-nothing-at-all"
_KEY: Final = "bamboo-check-scope"
_FEATURES: Final = (
    TokenFeature(("REFUNDS_WRITE",), text("refunds from Discord")),
    TokenFeature(("LICENSES_READ",), text("claiming website purchases by license key")),
    TokenFeature(("COUPONS_READ", "COUPONS_WRITE"), text("coupons in Discord")),
    TokenFeature(("SUBSCRIPTIONS_WRITE",), text("cancelling and resuming subscriptions in Discord")),
)


def scope_attempts(api: PandabaseAccount) -> Mapping[str, Attempt]:
    """A call for each scope. What would change something is of what there isn't: nothing can come of it.

    Each raises Unauthorized where the token may not, and the other PandabaseErrors.
    """

    def without_effect(attempt: Attempt) -> Attempt:
        async def tried() -> None:
            try:
                await attempt()
            except (NotFound, Rejected):
                return  # it may, and there is no such thing

        return tried

    return {
        "ORDERS_READ": lambda: api.orders(1),
        "SUBSCRIPTIONS_READ": lambda: api.subscriptions(1),
        "REFUNDS_WRITE": without_effect(
            lambda: api.refund(f"ord_{_NOTHING}", RefundReason.REQUESTED, idempotency_key=_KEY)
        ),
        "LICENSES_READ": without_effect(lambda: api.order_of_key(_NOTHING)),
        "COUPONS_READ": lambda: api.coupons(1, 1),
        "COUPONS_WRITE": without_effect(lambda: api.disable_coupon(f"cpn_{_NOTHING}")),
        "SUBSCRIPTIONS_WRITE": without_effect(
            lambda: api.cancel_subscription(f"sub_{_NOTHING}", idempotency_key=_KEY)
        ),
    }


def token_features(api: PandabaseAccount | None, clock: Clock) -> TokenFeatures:
    attempts = {} if api is None else scope_attempts(api)
    tried = [
        (feature, [attempts[scope] for scope in feature.scopes if scope in attempts]) for feature in _FEATURES
    ]
    return TokenFeatures(tried, has_token=api is not None, clock=clock)
