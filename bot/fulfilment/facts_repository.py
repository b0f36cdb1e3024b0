"""The SQL of all that is known of some sales. Nothing here writes."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from bot.checkout.row_repository import NEWEST, SALE, sale_of
from bot.checkout.states import SETTLED
from bot.fulfilment.models import SaleFacts
from bot.fulfilment.repository import benefit_of, grant_of
from bot.jobs.job_rows import record_of
from bot.jobs.models import LiveMessage
from bot.payments.repository import order_of
from bot.staff.repository import LogMessage
from bot.storage.transaction import Transaction
from bot.storage.values import Row

Read = TypeVar("Read")

_SALES: Final = f"""
    SELECT {SALE}, messages.channel_id AS shown_in, messages.message_id AS shown_as, messages.shows,
        sale_logs.channel_id AS logged_in, sale_logs.message_id AS logged_as,
        guild_settings.sales_log_channel_id,
        EXISTS (
            SELECT 1 FROM quarantine WHERE quarantine.sale_id = sales.id AND quarantine.decision IS NULL
        ) AS is_quarantined
    FROM sales JOIN sessions ON {NEWEST}
        LEFT JOIN messages ON messages.sale_id = sales.id
        LEFT JOIN sale_logs ON sale_logs.sale_id = sales.id
        LEFT JOIN guild_settings ON guild_settings.guild_id = sales.guild_id
    WHERE sales.id IN (:sale_ids)
"""
_JOBS: Final = "SELECT * FROM jobs WHERE sale_id IN (:sale_ids) ORDER BY id"
_ORDERS: Final = "SELECT * FROM orders WHERE sale_id IN (:sale_ids) ORDER BY id"
_GRANTS: Final = "SELECT * FROM grants WHERE sale_id IN (:sale_ids) ORDER BY id"
_BENEFITS: Final = """
    SELECT * FROM benefits WHERE id IN (SELECT benefit_id FROM grants WHERE sale_id IN (:sale_ids))
"""


class FactsRepository:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def of(self, sale_ids: Sequence[int], *, ends: bool = False) -> dict[int, SaleFacts]:
        """By the sales' ids, without those that aren't there. `ends`: the transaction ends with it."""
        sales, *found = await self._tx.rows_of_each(
            _SALES, _JOBS, _ORDERS, _GRANTS, _BENEFITS, ends=ends, sale_ids=sale_ids
        )
        jobs, orders = _by_sale(found[0], record_of), _by_sale(found[1], order_of)
        grants = _by_sale(found[2], grant_of)
        benefits = {row["id"]: benefit_of(row) for row in found[3]}
        return {
            row["id"]: SaleFacts(
                sale=sale_of(row),
                message=None
                if row["shown_as"] is None
                else LiveMessage(row["shown_in"], row["shown_as"], row["shows"]),
                sales_log=row["sales_log_channel_id"],
                log_message=None
                if row["logged_as"] is None
                else LogMessage(row["logged_in"], row["logged_as"]),
                jobs=tuple(jobs[row["id"]]),
                orders=tuple(orders[row["id"]]),
                grants=tuple(grants[row["id"]]),
                benefits={each.benefit_id: benefits[each.benefit_id] for each in grants[row["id"]]},
                is_held=bool(row["is_quarantined"]) and row["status"] not in SETTLED,
            )
            for row in sales
        }


def _by_sale(rows: Iterable[Row], read: Callable[[Row], Read]) -> defaultdict[int, list[Read]]:
    found = defaultdict[int, list[Read]](list)
    for row in rows:
        found[row["sale_id"]].append(read(row))
    return found
