"""Help with a purchase: a private thread with the member and staff, opened from a receipt."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import discord
import pytest
import pytest_asyncio
import simcord
from simcord.backend.models.channel import Overwrite
from simcord.enums import ChannelType, OverwriteType

from cogs.support.buttons import SupportActions
from tests.harness.grove import PRODUCT, Grove
from tests.harness.network import broken_connection
from tests.harness.shop import buttons_of, text_of
from tests.harness.standing import button_in

pytestmark = pytest.mark.kept_shop

HELP = "Problem with this purchase"


class Helping:
    """Alice has bought GroveGuard, and has its receipt before her."""

    def __init__(self, grove: Grove) -> None:
        self.grove = grove
        self.shop = grove.shop

    def receipt(self, member: simcord.MemberActor | None = None) -> Any:
        found = [each for each in self.shop.dms(member or self.shop.alice) if HELP in buttons_of(each)]
        return found[-1]

    async def press(self, member: simcord.MemberActor | None = None) -> str:
        """Press the button on the receipt; what one is told."""
        who = member or self.shop.alice
        result = await who.user.click(self.receipt(who), label=HELP)
        await self.grove.till.settled()
        return text_of(result.response)

    @property
    def threads(self) -> list[Any]:
        channels = self.shop.env.backend.channels.values()
        return [each for each in channels if each.type == ChannelType.PRIVATE_THREAD]

    @property
    def thread(self) -> Any:
        [thread] = self.threads
        return thread

    @property
    def head(self) -> Any:
        found = self.shop.env.backend.messages[self.thread.id].values()
        [message] = [simcord.ResponseMessage(self.shop.env, each) for each in found if each.components]
        return message

    def notes(self) -> list[Any]:
        return [each for each in self.grove.messages(self.grove.log_channel) if "-# Note" in text_of(each)]

    def rows(self) -> list[dict[str, Any]]:
        return self.shop.rows("SELECT * FROM support_cases ORDER BY id")

    async def deny(self, **permissions: bool) -> None:
        """Nobody may do that in #shop and #sales-log any more, the bot included."""
        everybody = self.shop.guild.default_role
        denied = discord.Permissions(**permissions).value
        for channel in (self.shop.channel, self.grove.log_channel):
            overwrite = Overwrite(everybody.id, OverwriteType.ROLE, deny=denied)
            self.shop.env.backend.set_overwrite(channel.id, overwrite)
        await self.shop.env.settle()

    @contextmanager
    def allowed_again(self) -> Iterator[None]:
        everybody = self.shop.guild.default_role
        for channel in (self.shop.channel, self.grove.log_channel):
            self.shop.env.backend.set_overwrite(channel.id, Overwrite(everybody.id, OverwriteType.ROLE))
        yield


@pytest_asyncio.fixture(loop_scope="module")
async def helping(grove: Grove) -> Helping:
    await grove.keep_log()
    await grove.benefit()
    await grove.bought()
    return Helping(grove)


async def test_a_receipt_opens_a_private_thread_with_the_purchase_s_story(helping: Helping) -> None:
    told = await helping.press()

    assert told.startswith(f"We're opening a private thread with staff in <#{helping.shop.channel.id}>.")
    thread = helping.thread
    [sale] = helping.shop.rows("SELECT * FROM sales")
    assert thread.parent_id == helping.shop.channel.id
    assert thread.name == f"Help: {sale['reference']}"
    assert helping.shop.alice.id in thread.thread_members
    assert helping.grove.bob.id not in thread.thread_members
    said = text_of(helping.head)
    assert f"<@{helping.shop.alice.id}> needs help with this purchase." in said
    assert f"**{PRODUCT}**" in said
    assert "Paid: **$24.99**" in said
    assert said.index("Payment link requested") < said.index(" Paid\n") < said.index("Role: given")
    assert "/c/cs_" not in said
    [note] = helping.notes()
    assert f"<@{helping.shop.alice.id}> has a problem with purchase `{sale['reference']}`." in text_of(note)
    assert f"<#{thread.id}>" in text_of(note)


async def test_pressing_again_leads_to_the_open_thread(helping: Helping) -> None:
    await helping.press()

    assert await helping.press() == f"Staff are here to help: <#{helping.thread.id}>"
    assert len(helping.notes()) == 1


async def test_staff_join_by_their_note_and_close_by_one_click(helping: Helping) -> None:
    await helping.press()
    [note] = helping.notes()

    joined = await helping.grove.boss.click(note, label="Join the thread")
    assert text_of(joined.response) == f"You're in <#{helping.thread.id}> now."
    assert helping.grove.boss.id in helping.thread.thread_members
    closed = await helping.grove.boss.click(helping.head, label="Close")
    await helping.grove.till.settled()

    assert f"Closed by <@{helping.grove.boss.id}>" in text_of(closed.response)
    assert text_of(closed.response).splitlines()[-1].startswith("- "), "the list ends the card"
    assert buttons_of(helping.head) == {}
    assert helping.thread.thread_metadata.archived
    assert helping.rows()[0]["closed_by"] == helping.grove.boss.id


async def test_the_member_closes_it_and_asks_anew(helping: Helping) -> None:
    await helping.press()
    first = helping.thread.id
    await helping.shop.alice.click(helping.head, label="Close")
    await helping.grove.till.settled()
    assert helping.thread.thread_metadata.archived

    await helping.press()

    assert [each.id == first for each in helping.threads] == [True, False]


async def test_nobody_else_closes_or_joins(helping: Helping) -> None:
    await helping.press()
    head, [note] = helping.head, helping.notes()
    for custom_id in (
        buttons_of(head)["Close"]["custom_id"],
        buttons_of(note)["Join the thread"]["custom_id"],
    ):
        message = await button_in(helping.shop, helping.shop.channel, custom_id)
        result = await helping.grove.bob.click(message, label="?")
        assert "Only staff can do this" in "".join(map(text_of, [result.response, *result.followups]))

    assert helping.rows()[0]["closed_at"] is None
    assert helping.grove.bob.id not in helping.thread.thread_members


async def test_only_its_people_report_a_purchase(helping: Helping) -> None:
    custom_id = buttons_of(helping.receipt())[HELP]["custom_id"]
    stolen = await helping.shop.button_for(helping.grove.bob, custom_id)

    result = await helping.grove.bob.user.click(stolen, label="?")

    assert "someone else's purchase" in text_of(result.response)
    assert helping.rows() == []


async def test_of_a_gift_each_has_a_thread_and_who_got_it_sees_no_price(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    await grove.bought(gift_to=grove.bob)
    helping = Helping(grove)

    await helping.press(grove.bob)

    assert "$" not in text_of(helping.head)
    assert "Role: given" in text_of(helping.head)
    await helping.press(grove.shop.alice)
    assert len(helping.threads) == 2
    assert helping.shop.alice.id not in helping.threads[0].thread_members


async def test_where_the_bot_may_open_none_staff_have_a_note_and_the_member_is_told(helping: Helping) -> None:
    await helping.deny(create_private_threads=True)

    told = await helping.press()

    assert "We've told staff that you need help with this purchase. They'll write to you." in told
    assert "The bot can't open a private thread" in told
    assert helping.threads == []
    [note] = helping.notes()
    assert "Allow it Create Private Threads and Send Messages in Threads" in text_of(note)
    assert "We've told staff" in await helping.press()
    assert len(helping.notes()) == 1

    with helping.allowed_again():
        await helping.shop.env.settle()
        await helping.press()
    assert helping.shop.alice.id in helping.thread.thread_members


async def test_what_discord_refuses_after_all_is_noted_too(helping: Helping) -> None:
    helping.shop.env.inject_error(
        "POST", "/channels/*/threads", status=403, code=50013, message="No", times=1
    )

    await helping.press()

    assert helping.threads == []
    [note] = helping.notes()
    assert "the bot couldn't open a private thread" in text_of(note)
    assert "We're opening" in await helping.press() or helping.threads


async def test_a_member_who_sees_no_channel_gets_a_note(helping: Helping) -> None:
    await helping.deny(send_messages_in_threads=True)

    assert "We've told staff" in await helping.press()


async def test_a_lost_answer_leaves_one_thread_and_one_head(helping: Helping) -> None:
    with broken_connection("POST", "/channels/*/threads", arrived=True):
        await helping.press()
    await helping.shop.pass_time(minutes=2)
    await helping.grove.till.settled()

    assert helping.rows()[0]["thread_id"] == helping.thread.id
    assert "needs help" in text_of(helping.head)


async def test_a_lost_answer_to_the_head_leaves_one_head(helping: Helping) -> None:
    with broken_connection("PUT", "/channels/*/thread-members/*", arrived=True):
        await helping.press()
    await helping.shop.pass_time(minutes=2)
    await helping.grove.till.settled()

    assert helping.rows()[0]["thread_id"] == helping.thread.id
    assert "needs help" in text_of(helping.head)


async def test_what_was_pressed_before_a_restart_is_opened_after_it(helping: Helping) -> None:
    with broken_connection("POST", "/channels/*/threads", arrived=False):
        await helping.press()
    assert helping.threads == []
    async with helping.grove.outage():
        pass
    await helping.shop.pass_time(minutes=2)
    await helping.grove.till.settled()

    assert helping.rows()[0]["thread_id"] == helping.thread.id
    closed = await helping.shop.alice.click(helping.head, label="Close")
    assert "Closed by" in text_of(closed.response)


async def test_two_presses_at_once_open_one(helping: Helping) -> None:
    actions = helping.shop.app.bot.service(SupportActions)
    [sale] = helping.shop.rows("SELECT * FROM sales")

    class Silent:
        async def show(self, _card: Any) -> None: ...

    presses = [actions.report(Silent(), helping.shop.alice.id, sale["reference"]) for _ in range(2)]  # type: ignore[arg-type]
    await asyncio.gather(*presses)
    await helping.grove.till.settled()

    assert len(helping.rows()) == 1
    assert helping.rows()[0]["thread_id"] == helping.thread.id


async def test_a_thread_that_was_deleted_is_opened_anew(helping: Helping) -> None:
    await helping.press()
    helping.shop.env.backend.delete_channel(helping.thread.id)
    await helping.shop.env.settle()

    await helping.press()

    assert helping.rows()[-1]["thread_id"] == helping.thread.id
    assert "needs help" in text_of(helping.head)


async def test_a_button_from_before_a_backup_says_so(helping: Helping) -> None:
    message = await button_in(helping.shop, helping.shop.channel, "bamboo:help:abcdefghjk:close")

    result = await helping.grove.boss.click(message, label="?")

    assert "from before an update" in "".join(map(text_of, result.followups))


async def test_a_receipt_in_purchases_has_the_button_too(helping: Helping) -> None:
    page = await helping.shop.alice.slash(helping.shop.channel, "purchases")
    receipts = await helping.shop.alice.click(page.response, label="Show receipt")

    pressed = await helping.shop.alice.click(receipts.response, label=HELP)
    await helping.grove.till.settled()

    assert "private thread" in text_of(pressed.response)
    assert helping.rows()[0]["thread_id"] == helping.thread.id
