"""Two processes that give and take roles, on one database and before one Discord."""

from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.catalog.availability import Line
from bot.catalog.models import PricingModel, ProductType
from bot.checkout.models import Basket, Buyer, Origin
from bot.checkout.repository import SaleRepository
from bot.checkout.signing import new_nonce
from bot.checkout.states import MoneyState, SessionState
from bot.fulfilment.facts import FactsOfSales
from bot.fulfilment.failed_jobs import FailedJobs, GivenUp
from bot.fulfilment.grants import Grants
from bot.fulfilment.live_messages import message_of_job
from bot.fulfilment.models import Grant, Terms
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.service import FulfilmentService
from bot.fulfilment.steps.base import StepTools
from bot.fulfilment.steps.registry import steps_with
from bot.jobs.events import JobAttempted, JobGivenUp
from bot.jobs.handlers import Handler
from bot.jobs.models import JobKind, Lane, Outcome, Result
from bot.jobs.queue import JobQueue
from bot.payments.events import OrderChanged
from bot.payments.models import PaymentEvent
from bot.payments.repository import PaymentRepository
from bot.staff.audit import Audit
from bot.storage.engine import Database, open_database
from bot.storage.events import Events, on
from bot.storage.shared_writes import SharedWrites
from bot.storage.transaction import UnitOfWork
from tests.harness.database import address_of, put_database
from tests.harness.ids import discord_id

START = datetime(2026, 1, 1, tzinfo=UTC)
BUYER = Buyer(discord_id(5), "alice", "Alice")
ORIGIN = Origin(discord_id(7), "Bamboo Grove", discord_id(8))
PRODUCTS = {
    "for_ever": Terms(role_id=1),
    "ten_days": Terms(role_id=1, days=10),
    "three_days_kept": Terms(role_id=1, days=3, kept=True),
    "another_role": Terms(role_id=2, days=5),
}


class Discord:
    """Who has which role, and how often that was changed. Fails where it is told to."""

    def __init__(self) -> None:
        self.held: set[int] = set()
        self.calls: Counter[str] = Counter()
        self.here = True
        self.pause: Any = None
        self.away = False
        self.answers_get_lost = False

    async def give(
        self,
        _guild_id: int,
        _user_id: int,
        role_id: int,
        *,
        seen: Callable[[bool], Awaitable[None]] | None = None,
    ) -> bool:
        if self.here and seen is not None and not self.away:
            await seen(role_id in self.held)
        await self._reach("give")
        if self.here:
            self.held.add(role_id)
        if self.answers_get_lost:
            raise ConnectionError("The answer got lost")
        return self.here

    async def take(self, _guild_id: int, _user_id: int, role_id: int, *, replaced: bool = False) -> bool:
        await self._reach("take")
        self.held.discard(role_id)
        return self.here

    def obstacle(self, _guild_id: int, _role_id: int) -> None:
        return None

    def name(self, _guild_id: int, role_id: int) -> str:
        return f"role {role_id}"

    def server(self, _guild_id: int) -> str:
        return "the server"

    async def _reach(self, call: str) -> None:
        self.calls[call] += 1
        if self.away:
            raise ConnectionError("Discord is away")
        if self.pause is not None:
            await self.pause()


class Process:
    """One process of the bot, as far as it delivers roles, on a database that others may use too."""

    def __init__(self, opened: Database, discord: Discord, clock: Any) -> None:
        async def nothing(_delivery: object) -> Result:
            return Result(Outcome.GONE)

        events = Events()
        self.database = database = UnitOfWork(opened, publish=events.publish)
        self.clock = clock
        self.grants = Grants(database, clock)
        nobody: Any = None  # what these processes have to do reaches nobody but by roles
        facts, writes = FactsOfSales(database), SharedWrites(database)
        tools = StepTools(database, facts, writes, self.grants, discord, nobody, nobody, clock)
        steps = steps_with(tools)
        handlers = dict.fromkeys(JobKind, Handler(nothing))
        role = steps[JobKind.ROLE]
        handlers[JobKind.ROLE] = Handler(role.carry_out, role.failure_of)
        given_up = GivenUp(handlers, retry_id=lambda job: f"retry-{job}")
        self.queue = JobQueue(database, handlers, clock)
        self.retries = FailedJobs(database, Audit(clock, is_read=False), clock)
        self.service = FulfilmentService(database, steps, clock)
        events.handle(
            on(OrderChanged, self.service.steps_of_order),
            on(JobAttempted, message_of_job),
            on(JobGivenUp, given_up.note_of_job),
        )

    async def work(self) -> None:
        while (due := await self.grants.settle_ended()) is not None and due <= self.clock():
            pass
        due = await self.queue.work(Lane.PEOPLE)
        while due is not None and due <= self.clock():
            due = await self.queue.work(Lane.PEOPLE)


class World:
    def __init__(self, first: Database, second: Database) -> None:
        self.now = START
        self.discord = Discord()
        self.by_hand = set[int]()
        self.processes = [Process(each, self.discord, lambda: self.now) for each in (first, second)]
        self.database = self.processes[0].database
        self.orders: list[SimpleNamespace] = []

    async def begin(self) -> None:
        async with self.database.write() as tx:
            for product, terms in PRODUCTS.items():
                await FulfilmentRepository(tx).add_benefit(
                    ORIGIN.guild_id, product, None, title=product, terms=terms, now=self.now
                )

    async def buy(self, product: str) -> None:
        line = Line(product, None, product, 500, 1, "USD", ProductType.ONE_TIME, PricingModel.STANDARD)
        async with self.database.write() as tx:
            sale_id, _ = await SaleRepository(tx).add(
                BUYER, ORIGIN, Basket((line,)), kind="purchase", now=self.now
            )
            session = await SaleRepository(tx).add_session(
                sale_id, {}, nonce=new_nonce(), lease=self.now, now=self.now
            )
            await SaleRepository(tx).move(session, SessionState.PAID)
            order = await PaymentRepository(tx).add_order(
                **_order(len(self.orders), sale_id, session, self.now)
            )
            await SaleRepository(tx).store_status([sale_id])
            sale = await SaleRepository(tx).by_id(sale_id)
            await tx.publish(OrderChanged(sale, order, PaymentEvent.PAID, self.now, self.now))
        self.orders.append(SimpleNamespace(id=order.id, sale_id=sale_id))

    async def become(self, number: int, money: MoneyState, change: PaymentEvent) -> None:
        if not self.orders:
            return
        order = self.orders[number % len(self.orders)]
        async with self.processes[1].database.write() as tx:
            record = await PaymentRepository(tx).change_order(order.id, money=money)
            await SaleRepository(tx).store_status([order.sale_id])
            sale = await SaleRepository(tx).by_id(order.sale_id)
            await tx.publish(OrderChanged(sale, record, change, self.now, self.now))

    async def check(self) -> None:
        async with self.database.read() as tx:
            live = await FulfilmentRepository(tx).live_grants(ORIGIN.guild_id, after=0, limit=1000)
        assert self.discord.held == {grant.role_id for grant in live} | self.by_hand
        assert all(grant.ends_at is None or grant.ends_at > self.now for grant in live)
        chains: dict[int, list[Grant]] = {}
        for grant in live:
            if grant.days is not None:
                chains.setdefault(grant.benefit_id, []).append(grant)
        for chain in chains.values():
            chain.sort(key=lambda grant: grant.begins_at)
            for grant in chain:
                assert grant.ends_at == grant.begins_at + timedelta(days=grant.days or 0)
            assert all(one.ends_at == later.begins_at for one, later in pairwise(chain))


def _order(number: int, sale_id: int, session: int, now: datetime) -> dict[str, Any]:
    return {
        "order_id": f"ord_{number}",
        "order_number": f"cs_{number}",
        "sale_id": sale_id,
        "session_id": session,
        "money": MoneyState.PAID,
        "status": "COMPLETED",
        "payment_status": "COMPLETED",
        "amount": 500,
        "discount": 0,
        "currency": "USD",
        "items": [],
        "custom_fields": {},
        "late": False,
        "again": False,
        "dispute_closed": False,
        "created_at": now,
        "changed_at": now,
        "paid_at": now,
    }


async def open_world(stack: AsyncExitStack, folder: str) -> World:
    file = Path(folder) / "bamboo.db"
    await put_database(file)
    url = address_of(file)
    first = await stack.enter_async_context(open_database(url))
    second = await stack.enter_async_context(open_database(url))
    world = World(first, second)
    await world.begin()
    return world
