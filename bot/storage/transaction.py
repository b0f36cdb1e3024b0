"""Transactions: one `async with` is one commit, or none."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.checkout.repository import SaleRepository
from bot.checkout.wish_repository import WishRepository
from bot.fulfilment.backfill_repository import BackfillRepository
from bot.fulfilment.held_role_repository import HeldRoleRepository
from bot.fulfilment.possession_repository import PossessionRepository
from bot.fulfilment.proposal_repository import ProposalRepository
from bot.fulfilment.repository import FulfilmentRepository
from bot.invoices.repository import InvoiceRepository
from bot.jobs.given_up_repository import GivenUpRepository
from bot.jobs.repository import OutboxRepository
from bot.jobs.waiting_repository import WaitingRepository
from bot.payments.polling.repository import PollingRepository
from bot.payments.quarantine_repository import QuarantineRepository
from bot.payments.repository import PaymentRepository
from bot.payments.unmatched_repository import BeginningRepository
from bot.purchases.repository import HistoryRepository
from bot.staff.audit_repository import AuditRepository
from bot.staff.repository import StaffRepository
from bot.storage.engine import Database
from bot.storage.trouble import Trouble


class Transaction:
    """The repositories on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.sales = SaleRepository(connection)
        self.history = HistoryRepository(connection)
        self.outbox = OutboxRepository(connection)
        self.waiting = WaitingRepository(connection)
        self.given_up = GivenUpRepository(connection)
        self.payments = PaymentRepository(connection)
        self.polling = PollingRepository(connection)
        self.beginnings = BeginningRepository(connection)
        self.quarantine = QuarantineRepository(connection)
        self.fulfilment = FulfilmentRepository(connection)
        self.held_roles = HeldRoleRepository(connection)
        self.proposals = ProposalRepository(connection)
        self.possessions = PossessionRepository(connection)
        self.wishes = WishRepository(connection)
        self.backfill = BackfillRepository(connection)
        self.staff = StaffRepository(connection)
        self.invoices = InvoiceRepository(connection)
        self.audit = AuditRepository(connection)


class UnitOfWork:
    """`write()` holds the one write lock from its first line: keep it short, never call out in it.

    All three raise DatabaseAway when another program locks the database, or the disk is full.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        # Two writing connections of one process take turns here: SQLite's own waiting is unfair.
        self._turn = asyncio.Lock()
        self._trouble = Trouble()

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        return self._writing(self._database.writer)

    def inbox(self) -> AbstractAsyncContextManager[Transaction]:
        """Like `write()`, but what it commits outlives a power cut."""
        return self._writing(self._database.inbox)

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        return self._transaction(self._database.reader)

    @asynccontextmanager
    async def _writing(self, engine: AsyncEngine) -> AsyncIterator[Transaction]:
        if engine is self._database.reader:  # a server's engine is one for all, and its writers don't queue
            async with self._transaction(engine) as tx:
                yield tx
            return
        met = self._trouble.met
        async with self._turn:
            if self._trouble.met != met:
                # Whoever was before it has waited as long as it did: in a row they would wait for minutes.
                raise self._trouble.last
            async with self._transaction(engine) as tx:
                yield tx
        self._trouble.over()

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[Transaction]:
        with self._trouble.told():
            async with engine.begin() as connection:
                yield Transaction(connection)
