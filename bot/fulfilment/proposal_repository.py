"""The SQL of benefits that wait for an explicit yes. Nothing here commits."""

from dataclasses import asdict
from datetime import datetime
from typing import Final

from bot.fulfilment.models import Proposal
from bot.fulfilment.repository import terms_of
from bot.storage.transaction import Transaction
from bot.storage.values import Row, document, instant, read_document

_ADD: Final = """
    INSERT INTO benefit_proposals (
        reference, guild_id, asked_by, product_id, variant_id, title, role_id, days, kept, message,
        replaces, channel_id, kept_at_chargeback, powers, asked_at
    )
    VALUES (
        :reference, :guild_id, :asked_by, :product_id, :variant_id, :title, :role_id, :days, :kept, :message,
        :replaces, :channel_id, :kept_at_chargeback, :powers, :asked_at
    )
"""
_FIND: Final = """
    SELECT * FROM benefit_proposals
    WHERE reference = :reference AND guild_id = :guild_id AND asked_by = :asked_by
"""
_ASK_AGAIN: Final = "UPDATE benefit_proposals SET powers = :powers WHERE reference = :reference"
_TAKE: Final = "DELETE FROM benefit_proposals WHERE reference = :reference RETURNING reference"
_FORGET: Final = "DELETE FROM benefit_proposals WHERE asked_at < :before"


class ProposalRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, proposal: Proposal) -> None:
        await self._tx.execute(
            _ADD,
            reference=proposal.reference,
            guild_id=proposal.guild_id,
            asked_by=proposal.asked_by,
            product_id=proposal.product_id,
            variant_id=proposal.variant_id or "",
            title=proposal.title,
            powers=document(list(proposal.powers)),
            asked_at=proposal.asked_at,
            **asdict(proposal.terms),
        )

    async def find(self, guild_id: int, reference: str, asked_by: int) -> Proposal | None:
        """What somebody was asked in a server, while they haven't answered."""
        row = await self._tx.row(_FIND, reference=reference, guild_id=guild_id, asked_by=asked_by)
        return None if row is None else _proposal(row)

    async def ask_again(self, proposal: Proposal) -> None:
        """Record of which powers they are asked now."""
        await self._tx.execute(
            _ASK_AGAIN, reference=proposal.reference, powers=document(list(proposal.powers))
        )

    async def take(self, proposal: Proposal) -> bool:
        """Have the caller's answer be the one that counts; False if another was faster."""
        return await self._tx.value(_TAKE, reference=proposal.reference) is not None

    async def forget(self, before: datetime) -> None:
        """Drop what was asked before that (UTC) and never answered."""
        await self._tx.execute(_FORGET, before=before)


def _proposal(row: Row) -> Proposal:
    return Proposal(
        reference=row["reference"],
        guild_id=row["guild_id"],
        asked_by=row["asked_by"],
        product_id=row["product_id"],
        variant_id=row["variant_id"] or None,
        title=row["title"],
        terms=terms_of(row),
        powers=tuple(read_document(row["powers"])),
        asked_at=instant(row["asked_at"]),
    )
