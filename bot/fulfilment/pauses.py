"""A paused subscription keeps its access, as the store documents it; staff may end that."""

from bot.checkout.models import Sale
from bot.checkout.refusals import button_from_before
from bot.checkout.repository import SaleRepository
from bot.fulfilment.grants import Grants
from bot.fulfilment.refusals import nothing_to_end
from bot.fulfilment.repository import FulfilmentRepository
from bot.fulfilment.states import GrantState
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.payments.models import SubscriptionRecord, SubscriptionStatus
from bot.payments.repository import PaymentRepository
from bot.staff.audit import Audit
from bot.staff.models import AuditAction, AuditEntry, NoteButton, StaffNote
from bot.storage.transaction import Transaction, UnitOfWork
from bot.texts import lines, mention, text


def note_of_pause(sale: Sale, subscription: SubscriptionRecord) -> StaffNote:
    """What staff hear of a pause, with the button that ends its access."""
    told = text(
        "The subscription of {member} ({sale}) is paused: nothing is charged, and they "
        "keep the role. You can end their access now; it comes back when the subscription"
        " resumes.",
        sale=sale.name,
        member=mention(sale.buyer_id),
    )
    button = NoteButton(text("End access now"), end_pause_id(sale.reference))
    return StaffNote(sale.guild_id, f"paused:{subscription.id}", lines(told, sale.summary), (button,))


def end_pause_id(reference: str) -> str:
    """The button that ends the access of a paused subscription; `cogs.custom_ids` has its pattern."""
    return f"bamboo:pause:{reference}:end"


class Pauses:
    def __init__(self, database: UnitOfWork, grants: Grants, audit: Audit, clock: Clock) -> None:
        self._database = database
        self._grants = grants
        self._audit = audit
        self._clock = clock

    async def end(self, guild_id: int, reference: str, *, by: int) -> Sale:
        """End what lives with the paused subscription of a sale of this server, until it goes on.

        Raises button_from_before and nothing_to_end.
        """
        async with self._database.write() as tx:
            sale = await SaleRepository(tx).by_reference(reference, guild_id)
            if sale is None:
                raise button_from_before(text("There's a newer note about this pause."))
            found = await PaymentRepository(tx).subscription_of(sale.id)
            if found is None:
                raise nothing_to_end()
            if found.status is not SubscriptionStatus.PAUSED or found.stopped_at is not None:
                raise nothing_to_end()
            await self._end(tx, sale, found)
            details = {"sale": sale.reference, "member": sale.recipient_id}
            await self._audit.write(tx, AuditEntry(guild_id, AuditAction.PAUSE_ENDED, by, details=details))
        return sale

    async def _end(self, tx: Transaction, sale: Sale, subscription: SubscriptionRecord) -> None:
        now = self._clock()
        await PaymentRepository(tx).change_subscription(subscription.id, stopped_at=now)
        before = {grant.id: grant.state for grant in await FulfilmentRepository(tx).grants_of_sale(sale.id)}
        await self._grants.follow_subscription(tx, sale, now)
        ended = [
            grant
            for grant in await FulfilmentRepository(tx).grants_of_sale(sale.id)
            if grant.state is GrantState.ENDED and before[grant.id] is GrantState.LIVE
        ]
        await self._grants.tell_of_ends(tx, ended, now)
        await JobRepository(tx).refresh_log(sale.id, now)
