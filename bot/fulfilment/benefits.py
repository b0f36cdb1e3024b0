"""What products earn in a server: added and removed by staff, and asked before anybody is charged."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, Protocol

from bot.checkout.models import AnyLine, Basket, Buyer, Origin
from bot.errors import CantBeDelivered, NotHere
from bot.fulfilment.models import AddedBenefit, Benefit, EarnedBenefit, Obstacle, Proposal, Terms
from bot.fulfilment.powers import powers_listed
from bot.fulfilment.proposal_repository import ProposalRepository
from bot.fulfilment.refusals import (
    benefit_unknown,
    nothing_to_post,
    proposal_gone,
    replaces_itself,
    role_unfit,
)
from bot.fulfilment.repository import FulfilmentRepository
from bot.jobs.worker import Clock
from bot.references import new_reference
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry, StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import NOTHING, Text, joined, mention, ntext, text

_TOLD_AGAIN_AFTER: Final = timedelta(hours=6)
"""Staff hear of the same obstacle at most this often, however many members meet it."""
_TITLES_NAMED: Final = 5
_ANSWERED_WITHIN: Final = timedelta(days=1)
"""How long a proposal can be agreed to: longer, and nobody remembers what they were asked."""
_WHAT_TO_DO: Final = {
    Obstacle.ROLE_GONE: text("Choose another role."),
    Obstacle.ROLE_ABOVE: text("In Server Settings → Roles, drag the bot's role above it."),
    Obstacle.ROLE_MANAGED: text("Choose a role that staff created."),
    Obstacle.ROLE_EVERYONE: text("Choose another role."),
    Obstacle.NO_PERMISSION: text("In Server Settings → Roles, give the bot's role Manage Roles."),
    Obstacle.SERVER_AWAY: text("Try again in a few minutes."),
}


class RoleRules(Protocol):
    """What is known of a server's roles and members."""

    def obstacle(self, guild_id: int, role_id: int) -> Obstacle | None: ...

    def name(self, guild_id: int, role_id: int) -> str: ...

    def powers(self, guild_id: int, role_id: int) -> tuple[str, ...]: ...

    async def is_member(self, guild_id: int, user_id: int) -> bool: ...

    async def require_giver(self, guild_id: int, user_id: int, role_id: int) -> None: ...


class Benefits:
    def __init__(
        self,
        database: UnitOfWork,
        roles: RoleRules,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._roles = roles
        self._audit = audit
        self._clock = clock

    async def add(
        self, guild_id: int, product_id: str, variant_id: str | None, *, title: str, terms: Terms, by: int
    ) -> AddedBenefit | Proposal:
        """Have the product earn a role from now on, or by other terms than before; `by` is who wants it.

        A role that gives power over others is proposed first.
        Raises role_unfit, role_out_of_reach, replaces_itself and nothing_to_post.
        """
        await self._require_terms(guild_id, terms, by)
        now = self._clock()
        powers = self._roles.powers(guild_id, terms.role_id)
        wanted = Proposal(new_reference(), guild_id, by, product_id, variant_id, title, terms, powers, now)
        async with self._database.write() as tx:
            if powers:
                await ProposalRepository(tx).forget(now - _ANSWERED_WITHIN)
                await ProposalRepository(tx).add(wanted)
                return wanted
            added = await self._add(tx, wanted)
            await self.record(tx, AuditAction.BENEFIT_ADDED, added.benefit, by)
        return added

    async def agree(self, guild_id: int, reference: str, *, by: int) -> AddedBenefit | Proposal:
        """Do what was proposed. It is proposed again if the role allows more than was said.

        Raises proposal_gone, role_unfit and role_out_of_reach.
        """
        async with self._database.read() as tx:
            proposal = await self._proposed(tx, guild_id, reference, by)
        await self._require_terms(guild_id, proposal.terms, by)
        powers = self._roles.powers(guild_id, proposal.terms.role_id)
        async with self._database.write() as tx:
            if not set(powers) <= set(proposal.powers):
                proposal = replace(proposal, powers=powers)
                await ProposalRepository(tx).ask_again(proposal)
                return proposal
            if not await ProposalRepository(tx).take(proposal):
                raise proposal_gone()
            added = await self._add(tx, proposal)
            await self._record_powers(tx, added.benefit, powers, by)
        return added

    async def decline(self, guild_id: int, reference: str, *, by: int) -> None:
        """Forget what was proposed. Raises proposal_gone."""
        async with self._database.write() as tx:
            if not await ProposalRepository(tx).take(await self._proposed(tx, guild_id, reference, by)):
                raise proposal_gone()

    async def _proposed(self, tx: Transaction, guild_id: int, reference: str, by: int) -> Proposal:
        proposal = await ProposalRepository(tx).find(guild_id, reference, by)
        if proposal is None or proposal.asked_at + _ANSWERED_WITHIN <= self._clock():
            raise proposal_gone()
        return proposal

    async def _add(self, tx: Transaction, wanted: Proposal) -> AddedBenefit:
        before = await FulfilmentRepository(tx).benefits(wanted.guild_id)
        benefit = await FulfilmentRepository(tx).add_benefit(
            wanted.guild_id,
            wanted.product_id,
            wanted.variant_id,
            title=wanted.title,
            terms=wanted.terms,
            now=self._clock(),
        )
        return AddedBenefit(benefit, next((each for each in before if each.id == benefit.id), None))

    async def record(self, tx: Transaction, action: AuditAction, benefit: Benefit, by: int) -> None:
        """Have it in the audit what staff did with a benefit."""
        details = {"product": benefit.title, "role": benefit.terms.role_id}
        await self._audit.write(tx, AuditEntry(benefit.guild_id, action, by, details=details))

    async def _record_powers(self, tx: Transaction, benefit: Benefit, powers: Sequence[str], by: int) -> None:
        """Have it in the audit, and have the other staff told."""
        now = self._clock()
        role_id = benefit.terms.role_id
        details = {"product": benefit.title, "role": role_id, "powers": list(powers)}
        entry = AuditEntry(benefit.guild_id, AuditAction.ROLE_SOLD, by, details=details)
        await self._audit.write(tx, entry)
        if powers:
            told = text(
                "{member} now sells the **{role}** role with **{product}**. It allows: {powers}.",
                member=mention(by),
                role=self._roles.name(benefit.guild_id, role_id),
                product=benefit.title,
                powers=powers_listed(powers),
            )
            note = StaffNote(benefit.guild_id, f"sold:{benefit.id}:{int(now.timestamp())}", told)
            await StaffRepository(tx).write_note(note, now)

    async def role_gained(self, guild_id: int, role_id: int) -> None:
        """Have staff told, once, that a role which is sold here gives power over others by now."""
        powers = self._roles.powers(guild_id, role_id)
        async with self._database.read() as tx:
            sold = [
                each
                for each in await FulfilmentRepository(tx).benefits(guild_id)
                if each.terms.role_id == role_id
            ]
        if not sold or not powers:
            return
        told = text(
            "The **{role}** role is sold with {products}, and it now allows more: "
            "{powers}. Anyone who buys it can do all of that. Remove these permissions "
            "from the role, or stop selling it with /store benefit remove.",
            role=self._roles.name(guild_id, role_id),
            products=_titles(sold),
            powers=powers_listed(powers),
        )
        key = hashlib.sha256(", ".join(powers).encode()).hexdigest()[:16]
        async with self._database.write() as tx:
            note = StaffNote(guild_id, f"powers:{role_id}:{key}", told)
            await StaffRepository(tx).write_note(note, self._clock(), again_after=_TOLD_AGAIN_AFTER)

    async def all(self, guild_id: int) -> list[tuple[Benefit, Text]]:
        """The server's benefits, oldest first, each with what stands in its way, if anything does."""
        async with self._database.read() as tx:
            found = await FulfilmentRepository(tx).benefits(guild_id)
        return [(benefit, self.trouble(benefit)) for benefit in found]

    async def require_fit(self, benefit: Benefit, by: int) -> None:
        """The role can be given, also by who wants it given. Raises role_unfit and role_out_of_reach."""
        await self._require_fit(benefit.guild_id, benefit.terms.role_id, by)

    async def _require_terms(self, guild_id: int, terms: Terms, by: int) -> None:
        """What it gives and what it takes away are roles that the bot and `by` may give."""
        if terms.replaces == terms.role_id:
            raise replaces_itself()
        if terms.channel_id is not None and not terms.message:
            raise nothing_to_post()
        for role_id in (terms.role_id, terms.replaces):
            if role_id is not None:
                await self._require_fit(guild_id, role_id, by)

    async def _require_fit(self, guild_id: int, role_id: int, by: int) -> None:
        obstacle = self._roles.obstacle(guild_id, role_id)
        if obstacle is not None:
            raise role_unfit(self._explained(guild_id, role_id, obstacle))
        # Else whoever may change benefits could sell themselves any role below the bot's.
        await self._roles.require_giver(guild_id, by, role_id)

    def trouble(self, benefit: Benefit) -> Text:
        """Why its role can't be given and what to do; nothing if it can."""
        obstacle = self._roles.obstacle(benefit.guild_id, benefit.terms.role_id)
        if obstacle is None:
            return NOTHING
        return self._explained(benefit.guild_id, benefit.terms.role_id, obstacle)

    async def remove(self, guild_id: int, reference: str, *, by: int) -> Benefit:
        """Have nothing more earned by it; who has it keeps it. Raises benefit_unknown."""
        async with self._database.write() as tx:
            benefit = await FulfilmentRepository(tx).remove_benefit(guild_id, reference, self._clock())
            if benefit is None:
                raise benefit_unknown()
            await self.record(tx, AuditAction.BENEFIT_REMOVED, benefit, by)
        return benefit

    async def require_deliverable(
        self, buyer: Buyer, origin: Origin, basket: Basket
    ) -> Sequence[EarnedBenefit]:
        """Refuse what could be paid but not delivered; returns what it earns.

        Raises CantBeDelivered, after telling staff, and NotHere, of which they need not hear: who isn't in
        the server mends that by joining it.
        """
        holder = basket.gift_to or buyer.id
        async with self._database.look() as tx:
            earned = await FulfilmentRepository(tx).earned_by(origin.guild_id, basket.lines, holder)
        for benefit in (each.benefit for each in earned):
            obstacle = self._roles.obstacle(origin.guild_id, benefit.terms.role_id)
            if obstacle is not None:
                await self._tell_staff(benefit, obstacle)
                raise CantBeDelivered(
                    reason=self._explained(origin.guild_id, benefit.terms.role_id, obstacle)
                )
        if earned and not await self._roles.is_member(origin.guild_id, holder):
            raise NotHere(gift=basket.gift_to is not None)
        return earned

    async def require_givable(
        self, guild_id: int, lines: Sequence[AnyLine], holder: int, *, by: int
    ) -> Sequence[EarnedBenefit]:
        """What these lines earn, if staff member `by` may give that to `holder`.

        Raises role_unfit, role_out_of_reach and NotHere.
        """
        async with self._database.look() as tx:
            earned = await FulfilmentRepository(tx).earned_by(guild_id, lines, holder)
        for each in earned:
            await self.require_fit(each.benefit, by)
        if earned and not await self._roles.is_member(guild_id, holder):
            raise NotHere(gift=True)
        return earned

    async def require_in_reach(
        self, guild_id: int, lines: Sequence[AnyLine], holder: int, *, by: int, held: Iterable[int] = ()
    ) -> None:
        """Staff member `by` may give `holder` what these lines earn, and the roles `held` by them before.

        A role that is gone gives nobody anything. Raises role_out_of_reach.
        """
        async with self._database.look() as tx:
            earned = await FulfilmentRepository(tx).earned_by(guild_id, lines, holder)
        roles = [*held, *(each.benefit.terms.role_id for each in earned)]
        await self.require_roles_in_reach(guild_id, roles, by=by)

    async def require_roles_in_reach(self, guild_id: int, roles: Iterable[int], *, by: int) -> None:
        """Staff member `by` may give these roles, as far as they are there. Raises role_out_of_reach."""
        for role_id in dict.fromkeys(roles):
            if self._roles.obstacle(guild_id, role_id) is not Obstacle.ROLE_GONE:
                await self._roles.require_giver(guild_id, by, role_id)

    async def _tell_staff(self, benefit: Benefit, obstacle: Obstacle) -> None:
        told = text(
            "A purchase of **{product}** was refused before anyone was charged: {why}",
            product=benefit.title,
            why=self._explained(benefit.guild_id, benefit.terms.role_id, obstacle),
        )
        note = StaffNote(benefit.guild_id, f"undeliverable:{benefit.id}:{obstacle.name}", told)
        async with self._database.write() as tx:
            await StaffRepository(tx).write_note(note, self._clock(), again_after=_TOLD_AGAIN_AFTER)

    def _explained(self, guild_id: int, role_id: int, obstacle: Obstacle) -> Text:
        what = obstacle.of(self._roles.name(guild_id, role_id))
        return joined(" ", [what, _WHAT_TO_DO[obstacle]])


def _titles(benefits: Sequence[Benefit]) -> Text:
    """What the first of them are for."""
    named = joined(", ", (text("**{product}**", product=each.title) for each in benefits[:_TITLES_NAMED]))
    more = len(benefits) - _TITLES_NAMED
    if more < 1:
        return named
    return ntext("{products} and {count} more", "{products} and {count} more", more, products=named)
