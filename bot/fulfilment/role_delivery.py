"""Carries out what was decided about roles: the job, which may come late, or twice."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.fulfilment.held_role_repository import HeldRoleRepository
from bot.fulfilment.models import Grant
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.states import GrantState
from bot.jobs.models import Delivery, JobKind, Outcome, Result
from bot.jobs.repository import OutboxRepository
from bot.jobs.worker import Clock
from bot.storage.transaction import UnitOfWork

Seen = Callable[[bool], Awaitable[None]]
"""Told right before a role is given whether the member has it already."""


class RoleAssignment(Protocol):
    """Discord's side. Both raise NeedsStaff for what only staff can change."""

    async def give(self, guild_id: int, user_id: int, role_id: int, *, seen: Seen | None = None) -> bool:
        """Says whether the member is there."""
        ...

    async def take(self, guild_id: int, user_id: int, role_id: int) -> bool:
        """Says whether the member is there."""
        ...


class RoleDelivery:
    def __init__(self, database: UnitOfWork, roles: RoleAssignment, clock: Clock) -> None:
        self._database = database
        self._roles = roles
        self._clock = clock

    async def carry_out(self, delivery: Delivery) -> Result:
        """Give or take the role of a grant, as it is now. Raises NeedsStaff, and HTTPException."""
        async with self._database.read() as tx:
            grant = await FulfilmentRepository(tx).grant(int(delivery.target))
            held = await FulfilmentRepository(tx).holds(grant.guild_id, grant.user_id, grant.role_id)
            had_before = await HeldRoleRepository(tx).had_before(grant)
        if grant.state is GrantState.LIVE:
            if grant.given_at is not None:
                # What staff removed since is theirs to decide; but an attempt whose end nobody wrote gave it.
                ours = delivery.may_have_happened
                return Result(Outcome.GIVEN if ours else Outcome.GONE, refresh=ours)
            return await self._give(delivery, grant)
        if not held:
            return await self._end(delivery, grant, had_before)
        if delivery.may_have_happened:
            # An attempt that nobody knows the end of may have taken what another grant holds since.
            await self._roles.give(grant.guild_id, grant.user_id, grant.role_id)
        return Result(Outcome.GONE)

    async def _give(self, delivery: Delivery, grant: Grant) -> Result:
        had_before = False

        async def seen(has_it: bool) -> None:  # noqa: FBT001  # a callback
            nonlocal had_before
            had_before = has_it
            # Committed before the call: a retry after a crash finds the role that the first attempt gave.
            async with self._database.write() as tx:
                await HeldRoleRepository(tx).begin(grant, self._clock(), had_before=has_it)

        if not await self._roles.give(grant.guild_id, grant.user_id, grant.role_id, seen=seen):
            return Result(Outcome.ABSENT, refresh=True)
        async with self._database.write() as tx:
            now = self._clock()
            await FulfilmentRepository(tx).change_grant(grant.id, given_at=now)
            if not await FulfilmentRepository(tx).holds(grant.guild_id, grant.user_id, grant.role_id):
                # It ended while it was given, and may have been taken before that.
                await HeldRoleRepository(tx).begin(grant, now, had_before=had_before)
                await OutboxRepository(tx).plan_again(delivery.sale_id, JobKind.ROLE, delivery.target, now)
        return Result(Outcome.GIVEN, refresh=True)

    async def _end(self, delivery: Delivery, grant: Grant, had_before: bool | None) -> Result:  # noqa: FBT001
        """Take the role, unless it came by no purchase; None says that none gave it, or it was taken."""
        if had_before is None:
            # What was taken by an attempt whose end nobody wrote was taken all the same.
            return Result(Outcome.TAKEN if delivery.may_have_happened else Outcome.GONE, refresh=True)
        if not had_before:
            return await self._take(grant)
        await self._let_go(grant)
        return Result(Outcome.KEPT, refresh=True)

    async def _take(self, grant: Grant) -> Result:
        there = await self._roles.take(grant.guild_id, grant.user_id, grant.role_id)
        if not await self._let_go(grant):
            # Another grant began while it was taken, and may have been carried out before.
            await self._roles.give(grant.guild_id, grant.user_id, grant.role_id)
            return Result(Outcome.GONE, refresh=True)
        return Result(Outcome.TAKEN if there else Outcome.ABSENT, refresh=True)

    async def _let_go(self, grant: Grant) -> bool:
        """Write that no purchase gives the role any more; False if another grant holds it by now."""
        async with self._database.write() as tx:
            if await FulfilmentRepository(tx).holds(grant.guild_id, grant.user_id, grant.role_id):
                return False
            await HeldRoleRepository(tx).end(grant)
        return True
