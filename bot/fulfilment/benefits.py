"""What products earn in a server: added and removed by staff, and asked before anybody is charged."""

from datetime import timedelta
from typing import Final, Protocol

from bot.alarm import Alarm, Clock
from bot.errors import BenefitUnknown, CantBeDelivered, NotHere, RoleUnfit
from bot.fulfilment.models import Benefit, Obstacle, StaffNote, Terms
from bot.markdown import escape
from bot.sales.models import Basket, Buyer, Place
from bot.storage.unit_of_work import UnitOfWork

_TOLD_AGAIN_AFTER: Final = timedelta(hours=6)
"""Staff hear of the same obstacle at most this often, however many members meet it."""
_WHAT_TO_DO: Final = {
    Obstacle.ROLE_GONE: "Choose another role.",
    Obstacle.ROLE_ABOVE: "In Server Settings → Roles, drag the bot's role above it.",
    Obstacle.ROLE_MANAGED: "Choose a role that was made by hand.",
    Obstacle.ROLE_EVERYONE: "Choose another role.",
    Obstacle.NO_PERMISSION: "In Server Settings → Roles, give the bot's role Manage Roles.",
    Obstacle.SERVER_AWAY: "Try again in a few minutes.",
}


class Roles(Protocol):
    """What is known of a server's roles and members."""

    def obstacle(self, guild_id: int, role_id: int) -> Obstacle | None: ...

    def name(self, guild_id: int, role_id: int) -> str: ...

    async def is_member(self, guild_id: int, user_id: int) -> bool: ...

    async def require_giver(self, guild_id: int, user_id: int, role_id: int) -> None: ...


class Benefits:
    def __init__(
        self,
        database: UnitOfWork,
        roles: Roles,
        *,
        notes: Alarm,
        clock: Clock,
    ) -> None:
        self._database = database
        self._roles = roles
        self._notes = notes
        self._clock = clock

    async def add(
        self, guild_id: int, product_id: str, variant_id: str | None, *, title: str, terms: Terms, by: int
    ) -> tuple[Benefit, Benefit | None]:
        """Have the product earn a role from now on, or by other terms than before; `by` is who wants it.

        Returns also what it earned before, if it did. Raises RoleUnfit and RoleOutOfReach.
        """
        await self._require_fit(guild_id, terms.role_id, by)
        async with self._database.write() as tx:
            before = await tx.fulfilment.benefits(guild_id)
            benefit = await tx.fulfilment.add_benefit(
                guild_id, product_id, variant_id, title=title, terms=terms, now=self._clock()
            )
        return benefit, next((each for each in before if each.id == benefit.id), None)

    async def all(self, guild_id: int) -> list[tuple[Benefit, str]]:
        """The server's benefits, oldest first, each with what stands in its way, if anything does."""
        async with self._database.read() as tx:
            found = await tx.fulfilment.benefits(guild_id)
        return [(benefit, self.trouble(benefit)) for benefit in found]

    async def require_fit(self, benefit: Benefit, by: int) -> None:
        """The role can be given, also by the user who wants it given. Raises RoleUnfit and RoleOutOfReach."""
        await self._require_fit(benefit.guild_id, benefit.terms.role_id, by)

    async def _require_fit(self, guild_id: int, role_id: int, by: int) -> None:
        obstacle = self._roles.obstacle(guild_id, role_id)
        if obstacle is not None:
            raise RoleUnfit(self._explained(guild_id, role_id, obstacle))
        # Else whoever may change benefits could sell themselves any role below the bot's.
        await self._roles.require_giver(guild_id, by, role_id)

    def trouble(self, benefit: Benefit) -> str:
        """Why its role can't be given and what to do; empty if it can."""
        obstacle = self._roles.obstacle(benefit.guild_id, benefit.terms.role_id)
        return "" if obstacle is None else self._explained(benefit.guild_id, benefit.terms.role_id, obstacle)

    async def remove(self, guild_id: int, reference: str) -> Benefit:
        """Have nothing more earned by it; who has it keeps it. Raises BenefitUnknown."""
        async with self._database.write() as tx:
            benefit = await tx.fulfilment.remove_benefit(guild_id, reference, self._clock())
        if benefit is None:
            raise BenefitUnknown
        return benefit

    async def require_deliverable(self, buyer: Buyer, place: Place, basket: Basket) -> None:
        """Refuse what could be paid but not delivered.

        Raises CantBeDelivered, after telling staff, and NotHere, of which they need not hear: who isn't in
        the server mends that by joining it.
        """
        async with self._database.read() as tx:
            benefits = await tx.fulfilment.benefits_of(place.guild_id, basket.lines)
        if not benefits:
            return
        for benefit in benefits:
            obstacle = self._roles.obstacle(place.guild_id, benefit.terms.role_id)
            if obstacle is not None:
                await self._tell_staff(benefit, obstacle)
                raise CantBeDelivered(reason=self._explained(place.guild_id, benefit.terms.role_id, obstacle))
        if not await self._roles.is_member(place.guild_id, basket.gift_to or buyer.id):
            raise NotHere(gift=basket.gift_to is not None)

    async def _tell_staff(self, benefit: Benefit, obstacle: Obstacle) -> None:
        text = (
            f"A purchase of **{escape(benefit.title)}** was refused before anyone was charged: "
            f"{self._explained(benefit.guild_id, benefit.terms.role_id, obstacle)}"
        )
        note = StaffNote(benefit.guild_id, f"undeliverable:{benefit.id}:{obstacle.name}", text)
        async with self._database.write() as tx:
            await tx.staff.write_note(note, self._clock(), again_after=_TOLD_AGAIN_AFTER)
        self._notes.wake()

    def _explained(self, guild_id: int, role_id: int, obstacle: Obstacle) -> str:
        name = escape(self._roles.name(guild_id, role_id))
        return f"The role **{name}** {obstacle}. {_WHAT_TO_DO.get(obstacle, '')}".rstrip()
