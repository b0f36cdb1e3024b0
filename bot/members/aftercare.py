"""What staff do with a sale once it is paid: deliver again, add days, give back, move to another account."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.checkout.models import Sale
from bot.checkout.repository import SaleRepository
from bot.checkout.states import MoneyState, SaleStatus
from bot.fulfilment.benefits import Benefits
from bot.fulfilment.grants import Grants
from bot.fulfilment.models import Grant
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.states import GrantState
from bot.fulfilment.steps.receipt import ReceiptMessage
from bot.fulfilment.steps.registry import kept_kinds, reader_of
from bot.jobs.models import LEASE, JobKind, JobRecord, NewJob
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.members.refusals import (
    free_stays,
    invoice_stays,
    moved_already,
    no_timed_role,
    not_paid,
    sale_unknown,
    same_account,
)
from bot.members.repository import MemberRepository
from bot.payments.models import OrderRecord
from bot.payments.provider import RefundReason
from bot.payments.refunds import Refunded, Refunds
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.transaction import Transaction, UnitOfWork

MOST_DAYS: Final = 3650
"""That are added at once."""
_DAY: Final = timedelta(days=1)


class Aftercare:
    """All of it is written in the audit, with who did it."""

    def __init__(
        self,
        database: UnitOfWork,
        grants: Grants,
        benefits: Benefits,
        refunds: Refunds,
        *,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._benefits = benefits
        self._grants = grants
        self._refunds = refunds
        self._audit = audit
        self._clock = clock

    async def deliver_again(self, guild_id: int, reference: str, *, by: int) -> None:
        """Give what the sale gives now once more, and send its newest receipts and whatever didn't arrive.

        Raises button_from_before and not_paid.
        """
        now = self._clock()
        async with self._database.write() as tx:
            sale = await _paid(tx, guild_id, reference)
            for grant in await FulfilmentRepository(tx).grants_of_sale(sale.id):
                if grant.state is GrantState.LIVE:
                    await FulfilmentRepository(tx).change_grant(grant.id, given_at=None)
                    await JobRepository(tx).plan_again(sale.id, JobKind.ROLE, str(grant.id), now)
            told = await JobRepository(tx).of_sales([sale.id], kept_kinds())
            newest = {each.id for each in _newest_receipts(told)}
            again = [each.id for each in told if each.id in newest or each.is_undelivered or each.is_given_up]
            await MemberRepository(tx).send_again(sale.id, again, now)
            await self._write(tx, sale, AuditAction.DELIVERED_AGAIN, by)
            await JobRepository(tx).refresh_log(sale.id, now)

    async def add_days(self, guild_id: int, reference: str, days: int, *, by: int) -> None:
        """Have the sale's timed roles last longer; from now on, where they have ended.

        Raises button_from_before, not_paid, no_timed_role and role_out_of_reach.
        """
        async with self._database.read() as tx:
            sale = await _paid(tx, guild_id, reference)
            timed = await _timed(tx, sale)
        # To give a role for longer is to give it. Discord may be asked for that: in no transaction.
        await self._benefits.require_roles_in_reach(guild_id, (each.role_id for each in timed), by=by)
        now = self._clock()
        async with self._database.write() as tx:
            sale = await _paid(tx, guild_id, reference)
            timed = await _timed(tx, sale)  # as it is now
            for grant in timed:
                lasts = _lasting(grant, now) + days
                await FulfilmentRepository(tx).change_grant(grant.id, days=lasts)
                await self._grants.change(tx, replace(grant, days=lasts), grant.money, grant.ends_at, now)
            orders = {str(grant.order_id) for grant in timed}
            await JobRepository(tx).show_again(sale.id, JobKind.RECEIPT, sorted(orders), now)
            await self._write(tx, sale, AuditAction.DAYS_ADDED, by, days=days)
            await JobRepository(tx).refresh_log(sale.id, now)

    async def order(self, guild_id: int, reference: str) -> OrderRecord:
        """A paid order by its reference. Raises button_from_before or cant_refund."""
        return await self._refunds.order(guild_id, reference)

    async def sale_of(self, order: OrderRecord) -> Sale:
        """What the order paid."""
        async with self._database.read() as tx:
            return await SaleRepository(tx).by_id(order.sale_id)

    async def refund(self, guild_id: int, reference: str, reason: RefundReason, *, by: int) -> Refunded:
        """Give all of an order back. Raises as `Refunds.refund` does.

        That it was asked for is written before: whatever becomes of it, it is known who asked.
        """
        found = await self._refunds.order(guild_id, reference)
        async with self._database.write() as tx:
            sale = await SaleRepository(tx).by_id(found.sale_id)
            await self._write(
                tx,
                sale,
                AuditAction.REFUND_ASKED,
                by,
                order=found.order_id,
                amount=found.amount,
                currency=found.currency,
                why=reason.value,
            )
        return await self._refunds.refund(guild_id, reference, reason)

    # --- to another account ---------------------------------------------------------------------------

    async def movable(self, guild_id: int, reference: str, to: int, *, by: int) -> Sale:
        """The sale that staff member `by` may move to that account.

        Raises button_from_before, not_paid, invoice_stays, free_stays, same_account and role_out_of_reach.
        """
        async with self._database.read() as tx:
            sale = await _movable(tx, guild_id, reference, to)
            grants = await FulfilmentRepository(tx).grants_of_sale(sale.id)
        held = [grant.role_id for grant in grants if not grant.is_moved]
        await self._benefits.require_in_reach(guild_id, sale.basket.lines, to, by=by, held=held)
        return sale

    async def move(self, guild_id: int, reference: str, *, was: int, to: int, by: int) -> Sale:
        """Have what the sale gives belong to another account, and be given there.

        `was` is whose it was when that was asked. Raises as `movable` does, and moved_already.
        """
        await self.movable(guild_id, reference, to, by=by)
        now = self._clock()
        async with self._database.write() as tx:
            sale = await _movable(tx, guild_id, reference, to)
            if not await MemberRepository(tx).move(sale.id, was=was, to=to):
                raise moved_already()
            for grant in await FulfilmentRepository(tx).grants_of_sale(sale.id):
                if not grant.is_moved:
                    await self._move_grant(tx, grant, to, now)
            told = await JobRepository(tx).of_sales([sale.id], kept_kinds())
            theirs = [
                each
                for each in told
                if reader_of(each.kind, each.key, sale.buyer_id, sale.recipient_id) == was
            ]
            newest = {each.id for each in _newest_receipts(theirs)}
            members = MemberRepository(tx)
            ids = [each.id for each in theirs]
            left = await members.sent_messages(sale.id, ids, live=sale.buyer_id == was)
            await _tell_of_move(tx, sale, was, left, now)
            await members.stop_editing(sale.id, [each.id for each in theirs if each.id not in newest])
            await members.resend_to_new_owner(sale.id, sorted(newest), now)
            await self._write(tx, sale, AuditAction.SALE_MOVED, by, was=was, to=to)
            await JobRepository(tx).refresh_log(sale.id, now)
            return await SaleRepository(tx).by_id(sale.id)

    async def _move_grant(self, tx: Transaction, grant: Grant, to: int, now: datetime) -> None:
        """The old account's ends for good, so that its role is taken; the new one's is given."""
        earned_by = await MemberRepository(tx).end_moved_grant(grant.id, now)
        await JobRepository(tx).plan_again(grant.sale_id, JobKind.ROLE, str(grant.id), now)
        moved = await FulfilmentRepository(tx).add_grant(
            {
                "sale_id": grant.sale_id,
                "benefit_id": grant.benefit_id,
                "earned_by": earned_by,
                "order_id": grant.order_id,
                "guild_id": grant.guild_id,
                "user_id": to,
                "role_id": grant.role_id,
                "money": grant.money,
                "kept": grant.kept,
                "kept_at_chargeback": grant.kept_at_chargeback,
                "state": grant.state,
                "earned_at": grant.earned_at,
                "days": grant.days,
                "begins_at": grant.begins_at,
                "ends_at": grant.ends_at,
            }
        )
        assert moved is not None  # noqa: S101  # what earned it has just been let go
        if moved.state is GrantState.LIVE:
            await JobRepository(tx).plan_again(moved.sale_id, JobKind.ROLE, str(moved.id), now)
        if grant.days is not None:
            # Each of them is one of a row, in which the others move up, or make room.
            await self._grants.change(tx, moved, moved.money, moved.ends_at, now)
            for left in (await FulfilmentRepository(tx).timed_beside(grant))[:1]:
                await self._grants.change(tx, left, left.money, left.ends_at, now)

    async def _write(
        self, tx: Transaction, sale: Sale, action: AuditAction, by: int, **details: str | int
    ) -> None:
        said = {"sale": sale.reference, "member": sale.recipient_id, **details}
        await self._audit.write(tx, AuditEntry(sale.guild_id, action, by, details=said))


async def _paid(tx: Transaction, guild_id: int, reference: str) -> Sale:
    sale = await SaleRepository(tx).by_reference(reference, guild_id)
    if sale is None:
        raise sale_unknown()
    if sale.status is not SaleStatus.PAID:
        raise not_paid()
    return sale


async def _movable(tx: Transaction, guild_id: int, reference: str, to: int) -> Sale:
    sale = await _paid(tx, guild_id, reference)
    if sale.basket.charge is not None:
        raise invoice_stays()
    if sale.given is not None and sale.given.by is None:
        raise free_stays()  # one for each member
    if sale.recipient_id == to:
        raise same_account(to)
    return sale


async def _tell_of_move(
    tx: Transaction, sale: Sale, was: int, left: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Have the messages of whose it was say that it was moved, and no more of what it gives."""
    for where in left:
        is_there = "message" in where
        key = str(where["message"]) if is_there else f"job:{where['job']}"
        job = NewJob(JobKind.MOVED, key, sale.id, {**where, "reader": was})
        # What is on its way is looked for once whoever sends it must have ended.
        await JobRepository(tx).plan_all_again([job], now if is_there else now + LEASE, bulk=False)


def _newest_receipts(told: Sequence[JobRecord]) -> list[JobRecord]:
    """The receipts of the newest order that has some; a gift's payer has one of their own."""
    receipts = [each for each in told if each.kind == JobKind.RECEIPT]
    newest = max((ReceiptMessage.order_row(each.key) for each in receipts), default=0)
    return [each for each in receipts if ReceiptMessage.order_row(each.key) == newest]


async def _timed(tx: Transaction, sale: Sale) -> list[Grant]:
    """Of each of its benefits the timed grant that was earned last and counts. Raises no_timed_role."""
    timed = [
        each
        for each in await FulfilmentRepository(tx).grants_of_sale(sale.id)
        if each.days is not None and (each.outlives(each.money) or each.money is MoneyState.PAID)
    ]
    if not timed:
        raise no_timed_role()
    return list({each.benefit_id: each for each in timed}.values())


def _lasting(grant: Grant, now: datetime) -> int:
    """How many days the grant has, or had until `now` (UTC) if it has ended."""
    assert grant.days is not None  # noqa: S101  # the others last as long as they do
    if grant.ends_at is None or grant.ends_at > now:
        return grant.days
    return max(grant.days, -(-(now - grant.begins_at) // _DAY))
