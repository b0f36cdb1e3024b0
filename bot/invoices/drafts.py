"""Drafts: what a staff member puts together before anybody else sees it."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from bot.alarm import Alarm, Clock
from bot.audit.journal import Journal
from bot.audit.models import Action, Entry
from bot.errors import DraftGone
from bot.invoices.models import Invoice, Person
from bot.invoices.rules import Rules, check_total, with_line
from bot.invoices.states import InvoiceState
from bot.sales.models import AnyLine, Place
from bot.storage.unit_of_work import UnitOfWork

FORGOTTEN_AFTER: Final = timedelta(hours=24)
"""A draft that nobody sends; its private preview is long out of reach by then."""


MOST_REMEMBERED: Final = 1000


class Drafts:
    def __init__(
        self, database: UnitOfWork, rules: Rules, journal: Journal, *, alarm: Alarm, clock: Clock
    ) -> None:
        self._database = database
        self._rules = rules
        self._journal = journal
        self._alarm = alarm
        self._clock = clock
        self._remembered: OrderedDict[str, Invoice] = OrderedDict()

    async def begin(
        self, place: Place, issuer: Person, payer: Person, lines: tuple[AnyLine, ...] = (), **terms: Any
    ) -> Invoice:
        """A new draft; `terms` are its description, note and due date.

        Raises what says why the lines can't be charged, and InvoiceAboveCap.
        """
        if lines:
            self._check(lines)
        now = self._clock()
        ends = now + FORGOTTEN_AFTER
        values = {
            "guild_id": place.guild_id,
            "guild_name": place.guild_name,
            "channel_id": place.channel_id,
            "issuer": issuer,
            "payer": payer,
            "lines": lines,
            "currency": self._rules.currency,
            **terms,
        }
        async with self._database.write() as tx:
            draft = await tx.invoices.add(values, now=now, ends=ends)
            details = {"payer": payer.id, "total": draft.subtotal.amount}
            await self._journal.write(tx, Entry(place.guild_id, Action.DRAFTED, issuer.id, details=details))
        self._alarm.at(ends)
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
        """The issuer's own draft. Raises DraftGone."""
        async with self._database.read() as tx:
            return own_draft(await tx.invoices.by_reference(reference), guild_id, issuer_id)

    async def add_line(self, guild_id: int, reference: str, issuer_id: int, line: AnyLine) -> Invoice:
        """Raises DraftGone, and what says why the line can't be added."""

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
        """Change title, description, note, coupon or due date. Raises DraftGone."""
        return await self._change(guild_id, reference, issuer_id, lambda _: terms)

    async def discard(self, guild_id: int, reference: str, issuer_id: int) -> None:
        """Throw it away; one that has a number already keeps it, as cancelled. Raises DraftGone."""
        async with self._database.write() as tx:
            draft = own_draft(await tx.invoices.by_reference(reference), guild_id, issuer_id)
            if await tx.invoices.discard(draft.id):
                entry = Entry(guild_id, Action.DISCARDED, issuer_id, details={"payer": draft.payer.id})
            else:
                await tx.invoices.move(draft.id, InvoiceState.CANCELLED, next_at=None)
                entry = Entry(guild_id, Action.CANCELLED, issuer_id, draft.id)
            await self._journal.write(tx, entry)
        self._journal.wake()

    async def _change(
        self, guild_id: int, reference: str, issuer_id: int, change: Callable[[Invoice], dict[str, Any]]
    ) -> Invoice:
        async with self._database.write() as tx:
            draft = own_draft(await tx.invoices.by_reference(reference), guild_id, issuer_id)
            changes = change(draft)
            if not changes:
                return draft
            changed = await tx.invoices.change_draft(draft.id, changes)
        if changed is None:
            raise DraftGone
        return self._remember(changed)

    def _check(self, lines: tuple[AnyLine, ...]) -> None:
        check_total(lines)
        for end in range(len(lines)):
            with_line(lines[:end], lines[end])


def own_draft(draft: Invoice | None, guild_id: int, issuer_id: int) -> Invoice:
    """The draft, if it is the issuer's and still one. Raises DraftGone."""
    if (
        draft is None
        or draft.guild_id != guild_id
        or draft.issuer.id != issuer_id
        or draft.state is not InvoiceState.DRAFT
    ):
        raise DraftGone
    return draft
