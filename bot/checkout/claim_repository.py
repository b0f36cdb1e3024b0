"""The SQL of a claim: made in one statement where nothing is in its way, else decided by one question."""

from datetime import datetime
from typing import Any, Final

from bot.checkout.claims import MINUTE, ClaimFacts, Limits
from bot.checkout.models import Basket, Buyer, Origin, Sale
from bot.checkout.row_repository import new_sale
from bot.checkout.states import SaleKind
from bot.storage.queues import Queue
from bot.storage.transaction import Transaction
from bot.storage.values import columns, document, instant_or_none, places

_SALE: Final = (
    "reference", "kind", "guild_id", "channel_id", "buyer_id", "recipient_id", "issuer_id", "invoice_number",
    "gift_note",
    "created_at", "lines", "fingerprint", "currency", "subtotal", "coupon", "status", "from_cart",
)  # fmt: skip


class ClaimRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    _LINKS: Final = """
        FROM sales JOIN sessions ON sessions.sale_id = sales.id
        WHERE sales.buyer_id = :buyer_id AND sales.status = 'open'
            AND sales.guild_id = :guild_id AND sales.kind = 'purchase'
            AND sessions.state IN ('creating', 'open')
            AND (sessions.expires_at IS NULL OR sessions.expires_at > :now)
    """
    _PACED: Final = """
        SELECT sessions.created_at
        FROM sales JOIN sessions ON sessions.sale_id = sales.id
        WHERE sales.buyer_id = :buyer_id AND sales.guild_id = :guild_id AND {which}
            AND sessions.created_at > :since
        ORDER BY sessions.created_at DESC LIMIT 1 OFFSET :newer
    """
    _OF_PURCHASES: Final = "sales.kind = 'purchase'"
    # A payment of the same that clears is no conflict of the index. `:of_these` is `:fingerprint` once more:
    # PostgreSQL takes what is written and what is compared for two types.
    _ADD: Final = f"""
        INSERT INTO sales ({columns(_SALE)}) SELECT {places(_SALE)}
        WHERE NOT EXISTS (
            SELECT 1 FROM sales
            WHERE guild_id = :guild_id AND buyer_id = :buyer_id AND fingerprint = :of_these
                AND status = 'clearing'
        ) {{within}}
        ON CONFLICT (guild_id, buyer_id, fingerprint) WHERE status = 'open' DO NOTHING
    """
    _ADD_PURCHASE: Final = _ADD.format(
        within=f"""
            AND (SELECT count(*) {_LINKS}) < :most_links
            AND NOT EXISTS ({_PACED.format(which=_OF_PURCHASES)})
        """
    )
    _ADD_INVOICE: Final = _ADD.format(within="")

    async def add(
        self,
        buyer: Buyer,
        origin: Origin,
        basket: Basket,
        limits: Limits,
        *,
        kind: SaleKind,
        now: datetime,
        reference: str,
    ) -> None:
        """Write a new open sale of that public name, unless something may be in its way.

        It needs a session in the same transaction, `add_session` by its reference.
        """
        sale = new_sale(reference, buyer, origin, basket, kind=kind, now=now)
        values = {**sale, "of_these": sale["fingerprint"]}
        statement = self._ADD_INVOICE
        if basket.charge is None:
            statement = self._ADD_PURCHASE
            values |= {"now": now, "most_links": limits.open_links, **_pace(limits.per_minute, now)}
        await self._tx.execute(statement, **values)

    _ADD_SESSION: Final = """
        INSERT INTO sessions (sale_id, state, created_at, lease_until, attempts, request, nonce)
        SELECT id, 'creating', :now, :lease, 1, :request, :nonce FROM sales WHERE reference = :reference
    """

    async def add_session(
        self, reference: str, request: dict[str, Any], *, nonce: str, lease: datetime, now: datetime
    ) -> None:
        """Write the session of a sale that may be written in the same trip: nothing is if that wasn't.

        As `SaleRepository.add_session` does it for one that is there.
        """
        await self._tx.execute(
            self._ADD_SESSION,
            reference=reference,
            now=now,
            lease=lease,
            request=document(request),
            nonce=nonce,
        )
        self._tx.mark(Queue.SESSIONS_BEING_MADE, lease)

    _FACTS: Final = f"""
        SELECT
            (
                SELECT id FROM sales
                WHERE guild_id = :guild_id AND buyer_id = :buyer_id AND fingerprint = :fingerprint
                    AND status IN ('open', 'clearing')
                ORDER BY status LIMIT 1
            ) AS present,
            (SELECT count(*) {_LINKS}) AS open_links,
            (SELECT min(sessions.expires_at) {_LINKS}) AS first_end,
            ({_PACED}) AS paced_by,
            (SELECT billing.sealed FROM billing WHERE billing.user_id = :buyer_id) AS sealed
    """
    # `clearing` comes before `open`.
    _FACTS_OF_PURCHASE: Final = _FACTS.format(which=_OF_PURCHASES)
    _FACTS_OF_INVOICE: Final = _FACTS.format(which="sales.id = :sale_id")

    async def facts(
        self,
        buyer: Buyer,
        origin: Origin,
        basket: Basket,
        renewing: Sale | None,
        *,
        per_minute: int,
        now: datetime,
    ) -> ClaimFacts:
        """What decides about a claim, at `now` (UTC). Invoices count among no links: staff open those."""
        which: dict[str, Any] = {}
        statement = self._FACTS_OF_PURCHASE
        if basket.charge is not None:
            statement, which = self._FACTS_OF_INVOICE, {"sale_id": renewing.id if renewing else 0}
        [row] = await self._tx.rows(
            statement,
            guild_id=origin.guild_id,
            buyer_id=buyer.id,
            fingerprint=basket.fingerprint,
            now=now,
            **_pace(per_minute, now),
            **which,
        )
        return ClaimFacts(
            present=row["present"],
            open_links=row["open_links"],
            first_end=instant_or_none(row["first_end"]),
            paced_by=instant_or_none(row["paced_by"]),
            sealed=row["sealed"],
        )


def _pace(per_minute: int, now: datetime) -> dict[str, Any]:
    return {"since": now - MINUTE, "newer": per_minute - 1}
