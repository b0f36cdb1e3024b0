"""Coupons of the store, as staff make, see and disable them."""

import re
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from bot.coupons.provider import Coupon, CouponProvider, NewCoupon
from bot.coupons.refusals import (
    CouponsFailed,
    being_disabled,
    code_impossible,
    coupon_unknown,
    disabled_already,
    no_token,
    percent_impossible,
    percent_or_amount,
)
from bot.errors import NotFound, PandabaseError, Rejected
from bot.invoices.amounts import parse_amount
from bot.invoices.due_dates import parse_due_date
from bot.jobs.worker import Clock
from bot.payments.provider import Page
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.leases import Leases, LeaseTaken
from bot.storage.transaction import UnitOfWork

SHORTEST_CODE: Final = 2
LONGEST_CODE: Final = 64
MOST_PERCENT: Final = 100
ON_A_PAGE: Final = 10
_CODE: Final = re.compile(r"[A-Za-z0-9_-]+")
_MOST_FOUND: Final = 100
_SUGGESTED_FOR: Final = timedelta(seconds=30)

Given = TypeVar("Given")


class Coupons:
    """`currency` is the store's; dates without a time end in `zone`."""

    def __init__(
        self,
        database: UnitOfWork,
        api: CouponProvider | None,
        audit: Audit,
        leases: Leases,
        *,
        currency: str,
        zone: ZoneInfo,
        clock: Clock,
    ) -> None:
        self.currency = currency
        self.clock = clock
        self._database = database
        self._api = api
        self._audit = audit
        self._zone = zone
        self._leases = leases
        self._suggested: Sequence[Coupon] | None = None
        self._suggested_at = clock()

    def require_api(self) -> CouponProvider:
        """Raises no_token."""
        if self._api is None:
            raise no_token()
        return self._api

    def read(
        self, code: str, *, percent: int | None, amount: str | None, ends: str | None, locale: str
    ) -> NewCoupon:
        """What was typed, as a coupon for everything and everybody; the store isn't asked.

        Raises code_impossible, percent_or_amount, percent_impossible, and the refusals of amounts and due
        dates.
        """
        code = code.strip()
        if not SHORTEST_CODE <= len(code) <= LONGEST_CODE or not _CODE.fullmatch(code):
            raise code_impossible(SHORTEST_CODE, LONGEST_CODE)
        if (percent is None) == (amount is None):
            raise percent_or_amount()
        if percent is not None and not 1 <= percent <= MOST_PERCENT:
            raise percent_impossible()
        return NewCoupon(
            code=code,
            percent=percent,
            amount=None if amount is None else parse_amount(amount, self.currency, locale),
            ends_at=None if ends is None else parse_due_date(ends, self.clock(), self._zone),
        )

    async def create(self, guild_id: int, wanted: NewCoupon, *, by: int, idempotency_key: str) -> Coupon:
        """Have the store make it. Raises no_token, CouponsFailed, and Rejected with the store's words.

        That it was asked for is written before: whatever becomes of it, it is known who asked.
        """
        api = self.require_api()
        details: dict[str, Any] = {"code": wanted.code, "percent": wanted.percent, "amount": wanted.amount}
        details |= {"currency": self.currency, "uses": wanted.most_uses}
        details |= {"ends": wanted.ends_at.isoformat() if wanted.ends_at else None}
        details |= {"products": list(wanted.product_ids)}
        await self._write(guild_id, AuditAction.COUPON_ASKED, by, details)
        making = api.create_coupon(wanted, idempotency_key=idempotency_key)
        return await self._ask(making, api.coupon_scopes.write, changing=True)

    async def page(self, number: int) -> Page[Coupon]:
        """A page, newest first; pages count from 0, and one that is gone is the last.

        Raises no_token and CouponsFailed.
        """
        api = self.require_api()
        scope = api.coupon_scopes.read
        found = await self._ask(api.coupons(number + 1, ON_A_PAGE), scope, changing=False)
        if not found.entries and 0 < found.pages <= number:
            found = await self._ask(api.coupons(found.pages, ON_A_PAGE), scope, changing=False)
        return found

    async def enabled(self, typed: str, limit: int) -> Sequence[Coupon]:
        """The newest that can be disabled and have that in their code. Raises as `page` does.

        Whoever types asks at every letter, the store is asked once in a while.
        """
        api, now = self.require_api(), self.clock()
        if self._suggested is None or now - self._suggested_at >= _SUGGESTED_FOR:
            asked = api.coupons(1, _MOST_FOUND, only_enabled=True)
            self._suggested = (await self._ask(asked, api.coupon_scopes.read, changing=False)).entries
            self._suggested_at = now
        wanted = typed.strip().casefold()
        return [each for each in self._suggested if wanted in each.code.casefold()][:limit]

    async def disable(self, guild_id: int, typed: str, *, by: int) -> Coupon:
        """Disable the coupon of that code, once.

        Raises no_token, coupon_unknown, disabled_already, being_disabled, CouponsFailed, and Rejected or
        NotFound with the store's words.
        """
        api = self.require_api()
        code = typed.strip()
        try:
            # Whoever comes second, also in another process, looks at the coupon after the first is done.
            async with self._leases.holding(f"coupon:{code.casefold()}"):
                found = await self._named(api, code)
                if not found.is_enabled:
                    raise disabled_already(found.code)
                await self._write(guild_id, AuditAction.COUPON_DISABLED, by, {"code": found.code})
                disabling = api.disable_coupon(found.id)
                return await self._ask(disabling, api.coupon_scopes.write, changing=True)
        except LeaseTaken:
            raise being_disabled(code) from None

    async def _named(self, api: CouponProvider, code: str) -> Coupon:
        """The coupon of just that code, or else the only one that differs in capitals alone."""
        if not SHORTEST_CODE <= len(code) <= LONGEST_CODE or not _CODE.fullmatch(code):
            raise coupon_unknown(code[:LONGEST_CODE])
        asked = api.coupons(1, _MOST_FOUND, search=code)
        found = (await self._ask(asked, api.coupon_scopes.read, changing=False)).entries
        same = [each for each in found if each.code == code]
        alike = same or [each for each in found if each.code.casefold() == code.casefold()]
        if len(alike) != 1:
            raise coupon_unknown(code)
        return alike[0]

    async def _ask(self, question: Awaitable[Given], scope: str, *, changing: bool) -> Given:
        try:
            return await question
        except (Rejected, NotFound):
            raise  # the store's own words
        except PandabaseError as error:
            raise CouponsFailed(error, scope, changing=changing) from error

    async def _write(self, guild_id: int, action: AuditAction, by: int, details: dict[str, Any]) -> None:
        self._suggested = None  # it is about to change
        async with self._database.write() as tx:
            await self._audit.write(tx, AuditEntry(guild_id, action, by, details=details))
