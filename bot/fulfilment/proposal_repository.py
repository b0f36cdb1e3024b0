"""The SQL of benefits that wait for an explicit yes. Nothing here commits."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from bot.fulfilment.models import Proposal, Terms
from bot.storage.fulfilment_tables import benefit_proposals
from bot.storage.transaction import Transaction


class ProposalRepository:
    def __init__(self, tx: Transaction) -> None:
        self._connection = tx.connection

    async def add(self, proposal: Proposal) -> None:
        terms = proposal.terms
        await self._connection.execute(
            insert(benefit_proposals).values(
                reference=proposal.reference,
                guild_id=proposal.guild_id,
                asked_by=proposal.asked_by,
                product_id=proposal.product_id,
                variant_id=proposal.variant_id or "",
                title=proposal.title,
                role_id=terms.role_id,
                days=terms.days,
                kept=terms.kept,
                message=terms.message,
                powers=list(proposal.powers),
                asked_at=proposal.asked_at,
            )
        )

    async def find(self, guild_id: int, reference: str, asked_by: int) -> Proposal | None:
        """What somebody was asked in a server, while they haven't answered."""
        statement = select(benefit_proposals).where(
            benefit_proposals.c.reference == reference,
            benefit_proposals.c.guild_id == guild_id,
            benefit_proposals.c.asked_by == asked_by,
        )
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _proposal(row)

    async def ask_again(self, proposal: Proposal) -> None:
        """Record of which powers they are asked now."""
        await self._connection.execute(
            update(benefit_proposals)
            .where(benefit_proposals.c.reference == proposal.reference)
            .values(powers=list(proposal.powers))
        )

    async def take(self, proposal: Proposal) -> bool:
        """Have the caller's answer be the one that counts; False if another was faster."""
        statement = (
            delete(benefit_proposals)
            .where(benefit_proposals.c.reference == proposal.reference)
            .returning(benefit_proposals.c.reference)
        )
        return (await self._connection.execute(statement)).first() is not None

    async def forget(self, before: datetime) -> None:
        """Drop what was asked before that (UTC) and never answered."""
        await self._connection.execute(delete(benefit_proposals).where(benefit_proposals.c.asked_at < before))


def _proposal(row: Row[Any]) -> Proposal:
    return Proposal(
        reference=row.reference,
        guild_id=row.guild_id,
        asked_by=row.asked_by,
        product_id=row.product_id,
        variant_id=row.variant_id or None,
        title=row.title,
        terms=Terms(role_id=row.role_id, days=row.days, kept=row.kept, message=row.message),
        powers=tuple(row.powers),
        asked_at=row.asked_at,
    )
