"""A shop's counter without Discord: the services of one process, on a real file, before a simulated store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.catalog.catalog import Catalog
from bot.checkout.claims import Limits
from bot.checkout.events import LinkExpired, LinkOpened, LinkWithdrawn
from bot.checkout.gateway import CheckoutGateway, CheckoutOptions
from bot.checkout.models import Basket, Buyer, Origin
from bot.checkout.pricing import Pricing
from bot.checkout.service import Link, Sales
from bot.checkout.signing import Signer
from bot.fulfilment.live_messages import message_of_expired_link, message_of_job, message_of_link_given_up
from bot.jobs.events import JobAttempted, JobGivenUp
from bot.jobs.models import Reply
from bot.pandabase.provider import PandabaseShop
from bot.payments.webhook_inbox import apply_what_was_told_early
from bot.storage.engine import open_database
from bot.storage.events import Events, on
from bot.storage.transaction import UnitOfWork
from sandbox.server import Sandbox
from tests.harness.clock import START, Clock
from tests.harness.database import address_of, put_database
from tests.harness.ids import discord_id

ALICE = Buyer(id=discord_id(11), username="alice", display_name="Alice")
BOB = Buyer(id=discord_id(12), username="bob", display_name="Bob")
SHOP = Origin(guild_id=discord_id(21), guild_name="Bamboo Grove", channel_id=discord_id(31))
REPLY = Reply(
    application_id=discord_id(41),
    token="a-token",
    message_id=discord_id(51),
    until=START + timedelta(minutes=15),
)


@dataclass(frozen=True, slots=True)
class Counter:
    """One process."""

    sandbox: Sandbox
    database: UnitOfWork
    pricing: Pricing
    sales: Sales

    async def basket(
        self, handle: str, *, variant: str | None = None, quantity: int = 1, coupon: str | None = None
    ) -> Basket:
        line = await self.pricing.line(self.sandbox.product(handle).id, variant, quantity)
        return Basket((line,), coupon)

    async def buy(self, handle: str = "grove-guard", buyer: Buyer = ALICE, **options: object) -> Link:
        basket = await self.basket(handle, **options)  # type: ignore[arg-type]
        return await self.sales.open(buyer, SHOP, basket, reply=REPLY)

    async def again(self, reference: str, buyer: Buyer = ALICE, **options: object) -> Link:
        return await self.sales.again(
            buyer,
            reference,
            server_name=lambda _: SHOP.guild_name,
            reply=REPLY,
            **options,  # type: ignore[arg-type]
        )


@asynccontextmanager
async def open_counter(
    file: Path, sandbox: Sandbox, clock: Clock, *, limits: Limits | None = None
) -> AsyncIterator[Counter]:
    """The services of a process that has just started; nothing runs by itself."""

    await put_database(file)
    async with (
        open_database(address_of(file)) as opened,
        PandabaseShop.open(sandbox.store_id, sandbox.base_url, clock=clock) as shop,
    ):
        events = Events()
        events.handle(
            on(LinkOpened, apply_what_was_told_early),
            on(LinkExpired, message_of_expired_link),
            on(LinkWithdrawn, message_of_link_given_up),
            on(JobAttempted, message_of_job),
            on(JobGivenUp),
        )
        database = UnitOfWork(opened, publish=events.publish)
        pricing = Pricing(Catalog(shop, clock), "USD", clock)
        sales = Sales(
            database,
            CheckoutGateway(shop, Signer("a-key-that-only-tests-use"), CheckoutOptions(("127.0.0.1",))),
            pricing,
            limits or Limits(open_links=100, per_minute=100),
            clock=clock,
        )
        yield Counter(sandbox, database, pricing, sales)


def checkouts(sandbox: Sandbox) -> int:
    """How often the store was asked for a link."""
    return len(sandbox.requests_to("POST", "/checkouts"))
