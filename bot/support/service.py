"""Help with a purchase: opened by its people, closed by them or by staff."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.checkout.models import Sale
from bot.checkout.refusals import button_from_before, not_yours, purchase_unknown
from bot.checkout.repository import SaleRepository
from bot.checkout.states import SaleStatus
from bot.jobs.models import JobKind, NewJob
from bot.jobs.repository import JobRepository
from bot.jobs.worker import Clock
from bot.staff.models import NoteButton, StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction, UnitOfWork
from bot.support.models import SupportCase
from bot.support.repository import SupportRepository
from bot.texts import Text, channel, mention, text

_TOLD_AGAIN_AFTER: Final = timedelta(days=1)
"""Staff hear of the same problem at most this often, however often the button is pressed."""


class Support:
    """`join_id` makes the custom_id of a button that adds staff to a thread."""

    def __init__(self, database: UnitOfWork, clock: Clock, *, join_id: Callable[[str], str]) -> None:
        self._database = database
        self._clock = clock
        self._join_id = join_id

    async def sale_of(self, reference: str, member_id: int) -> tuple[Sale, SupportCase | None]:
        """The purchase that the member paid or was given, and their open case of it.

        Raises purchase_unknown and not_yours.
        """
        async with self._database.read() as tx:
            sale = await SaleRepository(tx).by_reference(reference)
            if sale is None:
                raise purchase_unknown()
            is_secret = sale.status in (SaleStatus.OPEN, SaleStatus.CLEARING)  # a gift that isn't paid
            if member_id != sale.buyer_id and (member_id != sale.recipient_id or is_secret):
                raise not_yours()
            return sale, await SupportRepository(tx).open_of(sale.id, member_id)

    async def report(self, sale: Sale, member_id: int, channel_id: int | None, *, anew: bool) -> SupportCase:
        """Have staff help with it: in a thread of the channel, or by a note where None may have one.

        An open case stays what it is; `anew` says that its thread is gone.
        """
        now = self._clock()
        async with self._database.write() as tx:
            cases = SupportRepository(tx)
            case = await cases.open_of(sale.id, member_id)
            if case is not None and anew:
                await cases.close(case.id, by=member_id, now=now)
                case = None
            if case is None:
                case = await cases.add(sale.id, sale.guild_id, member_id, channel_id, now)
            elif case.channel_id is None and channel_id is not None:
                case = await cases.move(case.id, channel_id)
            elif case.channel_id is not None:
                return case
            if case.channel_id is None:
                await self._note(tx, case, sale)
            else:
                await self._plan(tx, case)
        return case

    async def by_id(self, case_id: int) -> SupportCase | None:
        async with self._database.look() as tx:
            return await SupportRepository(tx).by_id(case_id)

    async def find(self, reference: str, guild_id: int) -> SupportCase:
        """The case of a button in a server. Raises button_from_before."""
        async with self._database.look() as tx:
            case = await SupportRepository(tx).find(reference)
        if case is None or case.guild_id != guild_id:
            raise button_from_before(text("Press the button on the receipt again."))
        return case

    async def close(self, case: SupportCase, *, by: int) -> SupportCase:
        """Nothing is left to help with; who is second changes nothing."""
        now = self._clock()
        async with self._database.write() as tx:
            return await SupportRepository(tx).close(case.id, by=by, now=now) or case

    async def put_away(self, case: SupportCase) -> None:
        """Have the thread of a closed case archived."""
        async with self._database.write() as tx:
            await self._plan(tx, case)

    # --- what became of the thread --------------------------------------------------------------------

    async def opened(self, case: SupportCase, sale: Sale, thread_id: int, tx: Transaction) -> None:
        """Record the thread, and have staff told where it is."""
        await SupportRepository(tx).keep_thread(case.id, thread_id)
        said = text(
            "{member} has a problem with {sale}. Help them in {thread}.",
            member=mention(case.member_id),
            sale=sale.name,
            thread=channel(thread_id),
        )
        join = NoteButton(text("Join the thread"), self._join_id(case.reference))
        note = StaffNote(case.guild_id, f"support:{case.id}", said, (join,))
        await StaffRepository(tx).write_note(note, self._clock())

    async def not_opened(self, case: SupportCase, sale: Sale, why: Text | None, tx: Transaction) -> None:
        """The thread couldn't be opened after all: staff have a note instead."""
        await SupportRepository(tx).move(case.id, None)
        await self._note(tx, case, sale, why)

    async def _note(self, tx: Transaction, case: SupportCase, sale: Sale, why: Text | None = None) -> None:
        said = text(
            "{member} has a problem with {sale}. Message them: the bot couldn't open a "
            "private thread. Allow it Create Private Threads and Send Messages in Threads in "
            "a channel that members can see, and it can next time.",
            member=mention(case.member_id),
            sale=sale.name,
        )
        said = said if why is None else text("{note} {why}", note=said, why=why)
        note = StaffNote(case.guild_id, f"support:{case.id}", said)
        await StaffRepository(tx).write_note(note, self._clock(), again_after=_TOLD_AGAIN_AFTER)

    async def _plan(self, tx: Transaction, case: SupportCase) -> None:
        job = NewJob(JobKind.SUPPORT, str(case.id))
        await JobRepository(tx).plan_all_again([job], self._clock(), bulk=False)
