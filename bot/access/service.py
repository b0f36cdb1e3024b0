"""Who may buy: in memory, as it is asked at every purchase, and read anew whenever it changes."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from bot.access.refusals import buyer_blocked, not_blocked, role_needed, shop_closed
from bot.access.repository import AccessRepository, ProductRole, Rules
from bot.checkout.models import AnyLine, Basket
from bot.jobs.worker import Clock, Worker
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import text

READ_EVERY: Final = timedelta(seconds=15)
"""How soon a process hears of what another one of the same server database has changed."""


class MemberRoles(Protocol):
    def name(self, guild_id: int, role_id: int) -> str: ...

    async def held(self, guild_id: int, user_id: int) -> Collection[int]:
        """The roles of the member; none of who isn't there."""
        ...


@dataclass(frozen=True, slots=True)
class AccessStanding:
    """Of a server: what members read while its shop is closed, the roles, and how many are blocked."""

    closed: str | None
    roles: tuple[ProductRole, ...]
    blocked: int


class Access:
    def __init__(
        self, database: UnitOfWork, roles: MemberRoles, audit: Audit, clock: Clock, *, rules: Rules
    ) -> None:
        self._database = database
        self._roles = roles
        self._audit = audit
        self._clock = clock
        self._rules = rules
        self.worker = Worker(self._follow, name="who may buy", clock=clock)

    @classmethod
    async def read_from(
        cls, database: UnitOfWork, roles: MemberRoles, audit: Audit, clock: Clock
    ) -> "Access":
        """With the rules as they are. Raises DatabaseAway."""
        async with database.look() as tx:
            rules = await AccessRepository(tx).rules()
        return cls(database, roles, audit, clock, rules=rules)

    async def _follow(self) -> datetime:
        before = self._rules
        async with self._database.look() as tx:
            found = await AccessRepository(tx).rules()
        if self._rules is before:  # else what was just changed here is newer
            self._rules = found
        return self._clock() + READ_EVERY

    # --- asked at a purchase --------------------------------------------------------------------------

    async def require(self, guild_id: int, buyer_id: int, basket: Basket) -> None:
        """The buyer may buy these things here. Raises shop_closed, buyer_blocked and role_needed."""
        if basket.charge is not None:
            return  # what staff charge for is up to them
        self.require_now(guild_id, buyer_id, basket)
        if any(self._needed(guild_id, line) for line in basket.lines):
            held = await self._roles.held(guild_id, buyer_id)
            for line in basket.lines:
                self._require_role(guild_id, line, held)

    def require_now(self, guild_id: int, buyer_id: int, basket: Basket) -> None:
        """The same as far as it needs nobody's roles: for right before a claim is written."""
        if basket.charge is not None:
            return
        if (sentence := self._rules.closed.get(guild_id)) is not None:
            raise shop_closed(sentence)
        if (reason := self._rules.blocked.get((guild_id, buyer_id))) is not None:
            raise buyer_blocked(reason)

    def is_blocked(self, guild_id: int, member_id: int) -> bool:
        return (guild_id, member_id) in self._rules.blocked

    def is_kept_from(self, guild_id: int, product_id: str, held: Collection[int]) -> bool:
        """Whether a product is sold to others only than who has these roles."""
        needed = self._roles_of(guild_id, product_id)
        return bool(needed) and needed.isdisjoint(held)

    def _needed(self, guild_id: int, line: AnyLine) -> set[int]:
        return set() if line.product_id is None else self._roles_of(guild_id, line.product_id)

    def _roles_of(self, guild_id: int, product_id: str) -> set[int]:
        of = (guild_id, product_id)
        return {each.role_id for each in self._rules.roles if (each.guild_id, each.product_id) == of}

    def _require_role(self, guild_id: int, line: AnyLine, held: Collection[int]) -> None:
        needed = self._needed(guild_id, line)
        if needed and needed.isdisjoint(held):
            names = [text("**{role}**", role=self._roles.name(guild_id, each)) for each in sorted(needed)]
            raise role_needed(line.title, names)

    # --- changed by staff -----------------------------------------------------------------------------

    def standing(self, guild_id: int) -> AccessStanding:
        """How the server's rules are."""
        return AccessStanding(
            self._rules.closed.get(guild_id),
            tuple(each for each in self._rules.roles if each.guild_id == guild_id),
            sum(server == guild_id for server, _ in self._rules.blocked),
        )

    async def allow(
        self, guild_id: int, product_id: str, title: str, role_id: int | None, *, by: int
    ) -> None:
        """Sell the product to members with the role, beside those that may already; None: to everybody."""
        details = {"product": title, "role": role_id}
        async with self._changing(guild_id, AuditAction.ACCESS, by, details) as tx:
            if role_id is None:
                await AccessRepository(tx).allow_all(guild_id, product_id)
            else:
                await AccessRepository(tx).allow(ProductRole(guild_id, product_id, role_id, title))

    async def block(self, guild_id: int, member_id: int, reason: str, *, by: int) -> None:
        """Have the member buy nothing from now on; what they have they keep."""
        details = {"member": member_id, "reason": reason}
        async with self._changing(guild_id, AuditAction.BLOCKED, by, details) as tx:
            await AccessRepository(tx).block(guild_id, member_id, reason, self._clock())

    async def unblock(self, guild_id: int, member_id: int, *, by: int) -> None:
        """Raises not_blocked."""
        async with self._changing(guild_id, AuditAction.UNBLOCKED, by, {"member": member_id}) as tx:
            if not await AccessRepository(tx).unblock(guild_id, member_id):
                raise not_blocked(member_id)

    async def close(self, guild_id: int, sentence: str | None, *, by: int) -> None:
        """Sell nothing, and have members read the sentence; None opens the shop again."""
        action = AuditAction.SHOP_OPENED if sentence is None else AuditAction.SHOP_CLOSED
        async with self._changing(guild_id, action, by, {"reason": sentence}) as tx:
            await AccessRepository(tx).close(guild_id, sentence)

    @asynccontextmanager
    async def _changing(
        self, guild_id: int, action: AuditAction, by: int, details: dict[str, Any]
    ) -> AsyncIterator[Transaction]:
        before: Rules | None = None
        try:
            async with self._database.write() as tx:
                before = self._rules  # as who wrote last has left them: writers take turns
                yield tx
                await self._audit.write(tx, AuditEntry(guild_id, action, by, details=details))
                # Before the commit: whoever claims next has waited for it, and must meet the new rules.
                self._rules = await AccessRepository(tx).rules()
        except BaseException:
            if before is not None:
                self._rules = before
            raise
