"""An invoice in a shop's process: who sends it, who is to pay it, and what must be true of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from bot.discord.cards import marker_of
from tests.wire import components as tree
from tests.wire import kills
from tests.wire.interactions import MODAL_SUBMIT
from tests.wire.invariants import links_shown
from tests.wire.kills import Point, at_discord

if TYPE_CHECKING:
    from tests.wire.faults import LoggedRequest, Moment
    from tests.wire.interactions import InteractionRecord
    from tests.wire.shop_process import ShopProcess
    from tests.wire.world import Message, User

_numbers = count(1)


@dataclass(frozen=True)
class Charge:
    """One invoice. Its staff member has no other, so that their requests can be told from others'."""

    shop: ShopProcess
    staff: User
    payer: User
    preview: Message

    @classmethod
    async def drafted(cls, shop: ShopProcess) -> Charge:
        name = f"staff{next(_numbers)}"
        staff, payer = shop.welcome_staff(name), shop.discord.member(f"{name}-payer", shop.guild)
        asked = await shop.discord.slash(
            staff, shop.channel, "invoice create", member=payer, item="Logo", amount="12.50"
        )
        return cls(shop, staff, payer, await asked.answered_with("will get by direct message"))

    @classmethod
    async def sent(cls, shop: ShopProcess) -> Charge:
        """One that has reached its payer."""
        charge = await cls.drafted(shop)
        await (await charge.send()).answered_with("is in their direct messages")
        await shop.settled()
        return charge

    # --- what people do -------------------------------------------------------------------------------

    async def send(self) -> InteractionRecord:
        return await self.shop.discord.click(self.staff, self.preview, label="Send")

    async def send_again(self) -> InteractionRecord:
        number = self.row["number"]
        return await self.shop.discord.slash(self.staff, self.shop.channel, "invoice resend", number=number)

    async def decline(self) -> InteractionRecord:
        form = await self.shop.discord.click(self.payer, self.message, label="Decline")
        return await self.shop.discord.submit_modal(self.payer, form)

    async def cancel(self) -> InteractionRecord:
        number = self.row["number"]
        return await self.shop.discord.slash(self.staff, self.shop.channel, "invoice cancel", number=number)

    def pay(self) -> None:
        self.shop.sandbox.store.pay(self.session["session_id"])

    # --- where the process stands ---------------------------------------------------------------------

    def acknowledging(self, who: User, moment: Moment) -> Point:
        """A form is opened by an acknowledgement too, which isn't meant."""

        def theirs(request: LoggedRequest) -> bool:
            return self._by(who, request) and (who is self.staff or self._of(request).kind == MODAL_SUBMIT)

        return at_discord(f"{moment} the acknowledgement", *kills.ACKNOWLEDGEMENT, moment, where=theirs)

    def answering(self, who: User, moment: Moment) -> Point:
        where = lambda request: self._by(who, request)  # noqa: E731
        return at_discord(f"{moment} the answer", *kills.ANSWER, moment, where=where)

    def opening(self, moment: Moment) -> Point:
        where = lambda request: int(request.body["recipient_id"]) == self.payer.id  # noqa: E731
        return at_discord(f"{moment} the channel is opened", *kills.DIRECT_CHANNEL, moment, where=where)

    def messaging(self, moment: Moment) -> Point:
        return at_discord(f"{moment} the message", "POST", f"{self._channel}/messages", moment)

    def editing(self, moment: Moment) -> Point:
        return at_discord(f"{moment} the edit", "PATCH", f"{self._channel}/messages/*", moment)

    def noting(self, moment: Moment) -> Point:
        """The line for staff, of which there must be no other meanwhile."""
        path = f"/channels/{self.shop.staff_log.id}/messages"
        return at_discord(f"{moment} the staff's line", "POST", path, moment)

    @property
    def _channel(self) -> str:
        return f"/channels/{self.shop.discord.dm_channel(self.payer).id}"

    def _of(self, request: LoggedRequest) -> InteractionRecord:
        return self.shop.discord.interactions[request.path.split("/")[3]]

    def _by(self, who: User, request: LoggedRequest) -> bool:
        return self._of(request).user is who

    # --- what is true ---------------------------------------------------------------------------------

    @property
    def row(self) -> dict[str, Any]:
        [row] = self.shop.rows("SELECT * FROM invoices WHERE issuer_id = ?", self.staff.id)
        return row

    @property
    def session(self) -> dict[str, Any]:
        """The newest."""
        query = "SELECT * FROM sessions WHERE sale_id = ? ORDER BY id"
        return self.shop.rows(query, self.row["sale_id"])[-1]

    @property
    def message(self) -> Message:
        """The invoice's own: the first that its payer got."""
        return self.shop.discord.dms(self.payer)[0]

    def assert_is(self, state: str, *, shows: str, links: int = 1) -> None:
        """One invoice in this state, with one message that shows it, and what staff read of it, once.

        `links` is how many payment links its payer was ever shown.
        """
        row = self.row
        assert row["state"] == state
        assert shows in self.message.text
        others = [one.text for one in self.shop.discord.dms(self.payer)[1:]]
        assert [text for text in others if "Payment received. Thank you!" not in text] == []
        assert len(others) == (state == "paid"), "a receipt is a message of its own"
        self._assert_pages(links)
        entries = self.shop.rows(
            "SELECT action, jobs.id AS job_id FROM audit"
            " JOIN jobs ON kind = 'audit_line' AND key = CAST(audit.id AS TEXT) WHERE invoice_id = ?",
            row["id"],
        )
        assert {"sent", state} - {"open"} <= {entry["action"] for entry in entries}
        assert len({entry["action"] for entry in entries}) == len(entries), entries
        for entry in entries:
            mark = {marker_of(entry["job_id"])}
            lines = [
                one
                for one in self.shop.discord.messages(self.shop.staff_log)
                if mark & {f"component {part.get('id')}" for part in tree.walk(one.components)}
            ]
            assert len(lines) == 1, entry

    def _assert_pages(self, links: int) -> None:
        open_ones = self.shop.rows(
            "SELECT 1 FROM sessions WHERE sale_id = ? AND state IN ('creating', 'open')", self.row["sale_id"]
        )
        assert len(open_ones) == (self.row["state"] == "open"), "never two live links"
        assert len(links_shown(self.shop, self.payer)) == links


def assert_numbers_have_no_holes(shop: ShopProcess) -> None:
    numbers = [
        row["number"]
        for row in shop.rows("SELECT number FROM invoices WHERE number IS NOT NULL ORDER BY number")
    ]
    assert numbers == list(range(1, len(numbers) + 1))
