"""What is known of sales, for those who carry out their jobs."""

import asyncio

from bot.fulfilment.facts_repository import FactsRepository
from bot.fulfilment.models import SaleFacts
from bot.storage.transaction import UnitOfWork


class FactsOfSales:
    """What is asked for at the same time is read at once: jobs begin a few at a time."""

    def __init__(self, database: UnitOfWork) -> None:
        self._database = database
        self._asked: dict[int, asyncio.Future[SaleFacts]] = {}
        self._reading: asyncio.Task[None] | None = None  # a task that nobody holds may be collected

    async def of(self, sale_id: int) -> SaleFacts:
        """All that is so now. Raises LookupError when there is no such sale, and DatabaseAway."""
        if sale_id not in self._asked:
            loop = asyncio.get_running_loop()
            if not self._asked:
                self._reading = loop.create_task(self._read(), name="facts of sales")
            self._asked[sale_id] = loop.create_future()
        # Whoever is cancelled takes nothing from the others who asked for the same.
        return await asyncio.shield(self._asked[sale_id])

    async def _read(self) -> None:
        asked, self._asked = self._asked, {}
        try:
            async with self._database.read() as tx:
                facts = await FactsRepository(tx).of(list(asked), ends=True)
        except Exception as error:  # noqa: BLE001  # whoever asked is told
            for found in asked.values():
                _fail(found, error)
            return
        for sale_id, found in asked.items():
            if sale_id in facts:
                found.set_result(facts[sale_id])
            else:
                _fail(found, LookupError(f"sale {sale_id}"))


def _fail(found: "asyncio.Future[SaleFacts]", error: Exception) -> None:
    found.set_exception(error)
    found.exception()  # nobody may be left to hear of it
