"""What was bought on the website goes to who bought it, or to whom staff say: to one, and to nobody else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checkout.models import Origin
from bot.website_purchases.refusals import claimed_already
from bot.website_purchases.service import WebsitePurchases
from cogs import custom_ids
from tests.harness.grove import MEMBERSHIP
from tests.harness.sale_pages import audited, told, with_button
from tests.harness.website_purchases import (
    EMAIL,
    UNKNOWN,
    WITH_TOKEN,
    assign,
    bought_on_website,
    claim,
    sales,
)

if TYPE_CHECKING:
    from tests.harness.grove import Grove

pytestmark = [pytest.mark.settings(pandabase=WITH_TOKEN), pytest.mark.kept_shop]


@pytest.mark.postgres
async def test_of_many_who_claim_at_once_one_gets_it(grove: Grove) -> None:
    await grove.benefit()
    order = await bought_on_website(grove)
    service = grove.shop.app.bot.service(WebsitePurchases)
    origin = Origin(grove.shop.guild.id, "Bamboo Grove", grove.shop.channel.id)
    members = [grove.shop.member(f"member{number}") for number in range(5)]

    with grove.shop.env.time_context():
        ends = await asyncio.gather(
            *(
                service.claim(origin, each.id, key="", number=order.order_number, email=EMAIL)
                for each in members
            ),
            return_exceptions=True,
        )
    await grove.till.settled()

    refused = [str(each) for each in ends if isinstance(each, Exception)]
    assert refused == [str(claimed_already())] * 4
    [(holder, _)] = sales(grove)
    assert [each.id for each in members if "VIP" in grove.roles(each)] == [holder]


async def test_what_was_bought_in_discord_is_its_buyers(grove: Grove) -> None:
    order = await grove.bought()
    said = await claim(grove, grove.bob, number=order.order_number, email="alice@example.com")
    assert "already belongs to a member" in said

    session = await grove.till.link("Lobby pack")
    lost = grove.shop.sandbox.store.pay(session.id, email=EMAIL)
    await grove.till.settled()
    for table in ("jobs WHERE sale_id = 2", "messages WHERE sale_id = 2", "orders WHERE sale_id = 2"):
        grove.shop.write(f"DELETE FROM {table}")
    grove.shop.write("UPDATE sessions SET session_id = 'cs_lost' WHERE sale_id = 2")

    assert "bought here in Discord" in await claim(grove, grove.bob, number=lost.order_number, email=EMAIL)


@pytest.mark.parametrize("said", [{"source": "discord"}, {"signature": "v1:somebody's"}])
async def test_what_says_that_it_was_bought_in_discord_is_nobody_elses(
    grove: Grove, said: dict[str, str]
) -> None:
    """Its buyer is in the signature, as soon as the store tells of it."""
    grove.shop.sandbox.webhooks.held = True
    order = await bought_on_website(grove, metadata=said)

    assert "bought here in Discord" in await claim(grove, number=order.order_number, email=EMAIL)
    assert sales(grove) == []


async def test_what_was_paid_by_a_link_is_its_buyers_before_the_store_tells_of_it(grove: Grove) -> None:
    grove.shop.sandbox.webhooks.held = True
    session = await grove.till.link()
    session.metadata = None
    paid = grove.shop.sandbox.store.pay(session.id, email=EMAIL)

    said = await claim(grove, grove.bob, number=paid.order_number, email=EMAIL)

    assert "bought here in Discord" in said
    assert [buyer for buyer, _ in sales(grove)] == [grove.shop.alice.id]


@pytest.mark.parametrize(
    ("decision", "told_so"),
    [(None, "Staff have to look"), ("accepted", "Staff have to look"), ("dismissed", UNKNOWN)],
)
async def test_what_staff_have_to_decide_about_is_claimed_by_nobody(
    grove: Grove, decision: str | None, told_so: str
) -> None:
    order = await bought_on_website(grove)
    grove.shop.write(
        "INSERT INTO quarantine"
        " (reference, order_id, order_number, reasons, observation, created_at, decision)"
        " VALUES ('held', ?, ?, '[]', '{}', 0, ?)",
        order.id,
        order.order_number,
        decision,
    )

    assert told_so in await claim(grove, number=order.order_number, email=EMAIL)
    assert sales(grove) == []


async def test_what_was_free_on_the_website_is_taken_here_once_instead(grove: Grove) -> None:
    """Anybody can order it there as often as they like, and would have its days again each time."""
    await grove.benefit(days=7)
    order = await bought_on_website(grove)
    for line in order.quote.lines:
        line.unit_amount = 0

    said = await claim(grove, number=order.order_number, email=EMAIL)

    assert "That was free, so there's nothing to claim. Get it here with /buy instead." in said
    assert grove.grants() == []
    assert f"<@{grove.bob.id}> has it now" in await assign(grove, grove.boss, order.order_number)


async def test_a_subscription_is_claimed_by_one_of_its_orders(grove: Grove) -> None:
    """Another order of the same minutes is told from it by nothing: it can't be a second one's."""
    first = await bought_on_website(grove, MEMBERSHIP)
    await claim(grove, number=first.order_number, email=EMAIL)
    second = await bought_on_website(grove, MEMBERSHIP)
    ledger = grove.shop.sandbox.ledger
    [known] = grove.shop.rows("SELECT subscription_id FROM subscriptions")
    [later] = [each for each in ledger.subscriptions if each != known["subscription_id"]]
    del ledger.subscriptions[later]

    said = await claim(grove, grove.bob, number=second.order_number, email=EMAIL)

    assert "already belongs to a member" in said
    assert [buyer for buyer, _ in sales(grove)] == [grove.shop.alice.id]


# --- staff say whose it is ------------------------------------------------------------------------------


async def test_staff_assign_an_order_to_a_member(grove: Grove) -> None:
    await grove.benefit()
    order = await bought_on_website(grove)

    said = await assign(grove, grove.boss, f"#{order.order_number}")

    assert f"<@{grove.bob.id}> has it now" in said
    assert "VIP" in grove.roles(grove.bob)
    [(action, actor, _)] = audited(grove)
    assert (action, actor) == ("assigned", grove.boss.id)
    assert "already belongs to a member" in await assign(grove, grove.boss, order.id)
    assert UNKNOWN in await assign(grove, grove.boss, "cs_0000000000000000")


async def test_nobody_assigns_what_gives_a_role_that_allows_more_than_they_may(grove: Grove) -> None:
    await grove.benefit()
    order = await bought_on_website(grove)
    more = {"permissions": discord.Permissions(kick_members=True).value}
    grove.shop.env.backend.edit_role(grove.shop.guild.id, grove.role.id, more)

    said = await assign(grove, grove.boss, order.order_number)

    assert "The **VIP** role allows more than you can do yourself" in said
    assert (sales(grove), grove.roles(grove.bob)) == ([], set())
    assert "It's yours now" in await claim(grove, number=order.order_number, email=EMAIL), "its payer may"


async def test_members_assign_nothing(grove: Grove) -> None:
    button = await with_button(grove, custom_ids.assign(grove.bob.id))

    clicked = await grove.shop.alice.click(button, label="?")

    assert clicked.modal is None
    assert "Only staff can do this" in told(clicked)


# --- nobody gets what somebody else paid for ------------------------------------------------------------

_WORDS: Final = st.one_of(
    st.sampled_from(
        [EMAIL, EMAIL.upper(), f" {EMAIL}", "other@example.com", "", "%", "*", "payer@example.co"]
    ),
    st.text(max_size=20),
)
_NUMBERS: Final = st.one_of(
    st.sampled_from(["mine", "mine#", "theirs", "id", "half", ""]), st.text(max_size=20)
)


async def test_only_who_knows_number_and_email_gets_an_order(grove: Grove) -> None:
    """Whatever is typed: each order goes to who typed its own number with its own address, and to one."""
    mine = await bought_on_website(grove)
    theirs = await bought_on_website(grove, email="other@example.com")
    service = grove.shop.app.bot.service(WebsitePurchases)
    origin = Origin(grove.shop.guild.id, "Bamboo Grove", grove.shop.channel.id)
    names = {
        "mine": mine.order_number,
        "mine#": f"#{mine.order_number}",
        "theirs": theirs.order_number,
        "id": mine.id,
        "half": mine.order_number[:12],
    }
    owners = {mine.order_number: EMAIL, mine.id: EMAIL, theirs.order_number: "other@example.com"}
    loop, tried = asyncio.get_running_loop(), []

    @given(_NUMBERS, _WORDS)
    def collect(name: str, email: str) -> None:
        tried.append((names.get(name, name), email))

    await loop.run_in_executor(None, collect)
    for member, (number, email) in enumerate(tried, start=1000):
        before = {row["order_number"] for row in grove.till.orders()}
        with grove.shop.env.time_context():
            [end] = await asyncio.gather(
                service.claim(origin, member, key="", number=number.strip(), email=email.strip()),
                return_exceptions=True,
            )
        got = {row["order_number"] for row in grove.till.orders()} - before
        owner = owners.get(number.strip().lstrip("#"), "")
        knows = bool(owner) and owner.casefold() == email.strip().casefold()
        assert knows or not got, (number, email)
        assert bool(got) == (not isinstance(end, Exception))
    await grove.till.settled()
