"""What everything stands on, open for as long as it serves: the database, the store, and the bot itself."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.catalog.catalog import Catalog
from bot.checkout.signing import Signer
from bot.config import Settings
from bot.discord.client import ShopBot
from bot.jobs.waiting import WaitingAnswers
from bot.jobs.worker import Clock, Workers
from bot.pandabase.provider import PandabaseAccount, PandabaseShop
from bot.pandabase.transport import TokenWatch
from bot.readers.service import Readers
from bot.staff.audit import Audit
from bot.storage.events import Events
from bot.storage.queues import Mark
from bot.storage.transaction import UnitOfWork
from bot.texts import Languages
from bot.web.metrics import Metrics
from bot.wiring.opening import beside_the_database, catalog_file, opening, reading, signing_key
from bot.wiring.store import store_api


@dataclass(frozen=True, slots=True)
class Foundation:
    """`api` is there if the owner made a token; `mark` has a queue looked at."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    events: Events
    mark: Mark
    database: UnitOfWork
    waiting: WaitingAnswers
    shop: PandabaseShop
    api: PandabaseAccount | None
    token: TokenWatch
    signer: Signer
    catalog: Catalog
    audit: Audit
    readers: Readers
    bot: ShopBot


@asynccontextmanager
async def founded(settings: Settings, clock: Clock, *, sees_members: bool) -> AsyncIterator[Foundation]:
    """Raises DatabaseError, and BambooError when there can be no signing key."""
    async with AsyncExitStack() as stack:
        workers, events, metrics = Workers(), Events(), Metrics()
        database = await stack.enter_async_context(
            opening(settings.storage.url, workers.mark, events.publish, clock)
        )
        store = settings.pandabase
        shop = await stack.enter_async_context(
            PandabaseShop.open(store.store_id, store.base_url, clock=clock, observe=metrics.store_answered)
        )
        token = TokenWatch(metrics.store_answered, clock)
        audit = Audit(clock, is_read=settings.staff.log_channel_id is not None)
        readers = await stack.enter_async_context(reading(Readers(database, audit, workers.mark, clock)))
        yield Foundation(
            settings=settings,
            clock=clock,
            metrics=metrics,
            events=events,
            mark=workers.mark,
            database=database,
            waiting=stack.enter_context(WaitingAnswers.open(beside_the_database(settings, ".waiting"))),
            shop=shop,
            api=await stack.enter_async_context(store_api(settings, clock, token.answered)),
            token=token,
            signer=Signer(signing_key(settings)),
            catalog=Catalog(shop, clock, file=catalog_file(settings), mark=workers.mark),
            audit=audit,
            readers=readers,
            bot=ShopBot(
                settings.discord.guild_ids,
                clock,
                workers,
                sees_members=sees_members,
                languages=Languages(settings.display.locale, settings.display.timezone),
                observe=metrics.interaction_ended,
                readers=readers,
            ),
        )
