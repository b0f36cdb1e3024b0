"""Drafts: what a staff member puts together before anybody else sees it."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from babel import Locale

from bot.checkout.draft import CheckoutItem, CheckoutProvider
from bot.checkout.models import AnyLine, Origin
from bot.invoices.limits import InvoiceLimits, check_total, with_line
from bot.invoices.models import Invoice, Person
from bot.invoices.refusals import draft_gone
from bot.invoices.repository import InvoiceRepository
from bot.invoices.states import InvoiceState
from bot.jobs.worker import Clock
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.transaction import UnitOfWork

FORGOTTEN_AFTER: Final = timedelta(hours=24)
"""A draft that nobody sends; its private preview is long out of reach by then."""


MOST_REMEMBERED: Final = 1000


class Drafts:
    def __init__(self, database: UnitOfWork, rules: InvoiceLimits, audit: Audit, clock: Clock) -> None:
        self._database = database
        self._rules = rules
        self._audit = audit
        self._clock = clock
        self._remembered: OrderedDict[str, Invoice] = OrderedDict()

    async def begin(
        self, origin: Origin, issuer: Person, payer: Person, lines: tuple[AnyLine, ...] = (), **terms: Any
    ) -> Invoice:
        """A new draft; `terms` are its description, note and due date.

        Raises what says why the lines can't be charged, and invoice_above_cap.
        """
        if lines:
            self._check(lines)
        now = self._clock()
        ends = now + FORGOTTEN_AFTER
        values = {
            "guild_id": origin.guild_id,
            "guild_name": origin.guild_name,
            "channel_id": origin.channel_id,
            "issuer": issuer,
            "payer": payer,
            "lines": lines,
            "currency": self._rules.currency,
            **terms,
        }
        async with self._database.write() as tx:
            draft = await InvoiceRepository(tx).add(values, now=now, ends=ends)
            details = {"payer": payer.id, "total": draft.subtotal.amount}
            await self._audit.write(
                tx, AuditEntry(origin.guild_id, AuditAction.DRAFTED, issuer.id, details=details)
            )
        return self._remember(draft)

    def remembered(self, reference: str, issuer_id: int) -> Invoice | None:
        """The issuer's draft as this process saw it last, without asking the database."""
        draft = self._remembered.get(reference)
        return draft if draft is not None and draft.issuer.id == issuer_id else None

    def _remember(self, draft: Invoice) -> Invoice:
        self._remembered[draft.reference] = draft
        self._remembered.move_to_end(draft.reference)
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return draft

    async def get(self, guild_id: int, reference: str, issuer_id: int) -> Invoice:
        """The issuer's own draft. Raises draft_gone."""
        async with self._database.read() as tx:
            return own_draft(await InvoiceRepository(tx).by_reference(reference), guild_id, issuer_id)

    async def add_line(self, guild_id: int, reference: str, issuer_id: int, line: AnyLine) -> Invoice:
        """Raises draft_gone, and what says why the line can't be added."""

        def added(draft: Invoice) -> dict[str, Any]:
            lines = with_line(draft.lines, line)
            self._check(lines)
            return {"lines": lines}

        return await self._change(guild_id, reference, issuer_id, added)

    async def remove_line(
        self, guild_id: int, reference: str, issuer_id: int, position: int, of: int
    ) -> Invoice:
        """Take the line away that was at a position when there were `of`; nothing if there are others now."""

        def removed(draft: Invoice) -> dict[str, Any]:
            if len(draft.lines) != of:
                return {}
            return {"lines": draft.lines[:position] + draft.lines[position + 1 :]}

        return await self._change(guild_id, reference, issuer_id, removed)

    async def edit(self, guild_id: int, reference: str, issuer_id: int, **terms: Any) -> Invoice:
        """Change title, description, note, coupon or due date. Raises draft_gone."""
        return await self._change(guild_id, reference, issuer_id, lambda _: terms)

    async def discard(self, guild_id: int, reference: str, issuer_id: int) -> None:
        """Throw it away; one that has a number already keeps it, as cancelled. Raises draft_gone."""
        async with self._database.write() as tx:
            draft = own_draft(await InvoiceRepository(tx).by_reference(reference), guild_id, issuer_id)
            if await InvoiceRepository(tx).discard(draft.id):
                entry = AuditEntry(
                    guild_id, AuditAction.DISCARDED, issuer_id, details={"payer": draft.payer.id}
                )
            else:
                await InvoiceRepository(tx).move(draft.id, InvoiceState.CANCELLED, next_at=None)
                entry = AuditEntry(guild_id, AuditAction.CANCELLED, issuer_id, draft.id)
            await self._audit.write(tx, entry)

    async def _change(
        self, guild_id: int, reference: str, issuer_id: int, change: Callable[[Invoice], dict[str, Any]]
    ) -> Invoice:
        async with self._database.write() as tx:
            draft = own_draft(await InvoiceRepository(tx).by_reference(reference), guild_id, issuer_id)
            changes = change(draft)
            if not changes:
                return draft
            changed = await InvoiceRepository(tx).change_draft(draft.id, changes)
        if changed is None:
            raise draft_gone()
        return self._remember(changed)

    def _check(self, lines: tuple[AnyLine, ...]) -> None:
        check_total(lines)
        for end in range(len(lines)):
            with_line(lines[:end], lines[end])


def own_draft(draft: Invoice | None, guild_id: int, issuer_id: int) -> Invoice:
    """The draft, if it is the issuer's and still one. Raises draft_gone."""
    if (
        draft is None
        or draft.guild_id != guild_id
        or draft.issuer.id != issuer_id
        or draft.state is not InvoiceState.DRAFT
    ):
        raise draft_gone()
    return draft


# --- what a coupon takes off an invoice, before it is sent --------------------------------------------


_ANY_COUNTRY: Final = "US"
"""The store wants to know where the payer is; a coupon doesn't depend on it."""


class Estimates:
    def __init__(self, provider: CheckoutProvider, locale: str) -> None:
        self._provider = provider
        self._country = Locale.parse(locale).territory or _ANY_COUNTRY

    async def discount(self, invoice: Invoice) -> int | None:
        """Cents that its coupon takes off; None without a coupon.

        Raises Rejected, with the store's sentence, when the coupon isn't taken; and the PandabaseErrors.
        """
        if invoice.coupon is None or not invoice.lines:
            return None
        items = tuple(map(CheckoutItem.of, invoice.lines))
        estimate = await self._provider.estimate(items, country=self._country, coupon_code=invoice.coupon)
        return estimate.discount
