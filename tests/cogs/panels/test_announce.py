"""`/store announce`: a product with the staff's own words, seen by who wrote it before anybody else does."""

from typing import Any

import discord
import pytest
from simcord.backend.models.channel import Overwrite
from simcord.enums import OverwriteType

from bot.panels.service import MOST_PANELS
from tests.harness.grove import PRODUCT
from tests.harness.shop import buttons_of, text_of
from tests.harness.standing import Standing, button_in
from tests.harness.visitor import Visitor, act_at_once

pytestmark = pytest.mark.kept_shop


WORDS = "Back for **one** week, @everyone! <@1> [here](https://evil.example)"
ESCAPED = "\\*\\*one\\*\\*"


async def drafted(standing: Standing, words: str = WORDS, **options: Any) -> Any:
    """`/store announce` by Boss; what they are shown."""
    result = await standing.grove.store_result(
        "announce", **{"channel": standing.channel, "product": standing.handle, "text": words, **options}
    )
    return result.response


async def pressed(standing: Standing, preview: Any, label: str) -> Any:
    result = await standing.grove.boss.click(preview, label=label)
    await standing.grove.till.settled()
    return result


async def test_it_is_shown_first_and_posted_by_a_click(standing: Standing) -> None:
    preview = await drafted(standing)

    assert preview.ephemeral
    assert f"### Post this in <#{standing.channel.id}>?" in text_of(preview)
    buttons = buttons_of(preview)
    assert [label for label, each in buttons.items() if not each.get("disabled")] == ["Post it", "Cancel"]
    assert standing.messages == []

    answered = await pressed(standing, preview, "Post it")

    assert f"Posting it in <#{standing.channel.id}>." in text_of(answered.response)
    posted = standing.message
    assert text_of(posted).startswith("Back for")
    assert ESCAPED in text_of(posted)
    assert f"## `TEST` {PRODUCT}" in text_of(posted)
    assert standing.audit() == ["announced"]


async def test_its_buy_button_sells_privately_and_it_follows_the_price(standing: Standing) -> None:
    await pressed(standing, await drafted(standing), "Post it")
    standing.grove.shop.sandbox.set_price(standing.handle, 1999)
    await standing.refreshed()

    bought = await standing.grove.shop.alice.click(standing.message, label="Buy for $19.99")

    assert "Your payment link" in text_of(bought.response)
    assert bought.response is not None
    assert bought.response.ephemeral
    assert text_of(standing.message).startswith("Back for")


async def test_nobody_is_mentioned_by_it(standing: Standing) -> None:
    await pressed(standing, await drafted(standing, "@everyone @here <@&5> <@1>"), "Post it")

    backend = standing.grove.shop.env.backend
    message = backend.get_message(standing.channel.id, standing.message.id)
    assert not message.mention_everyone
    assert "@everyone" not in text_of(standing.message)


async def test_cancelled_it_is_posted_nowhere(standing: Standing) -> None:
    preview = await drafted(standing)

    answered = await pressed(standing, preview, "Cancel")

    assert text_of(answered.response) == "Cancelled. Nothing was posted."
    assert standing.messages == standing.rows() == standing.audit() == []


async def test_two_presses_at_once_post_it_once(standing: Standing) -> None:
    preview = await drafted(standing)
    button = buttons_of(preview)["Post it"]
    visitor = Visitor(standing.grove.shop, standing.grove.boss)
    visitor.page = preview
    click = {"custom_id": button["custom_id"], "component_type": 2, "id": button["id"]}

    await act_at_once(visitor, click, click)
    await standing.grove.till.settled()

    assert text_of(standing.message).startswith("Back for")
    assert standing.audit() == ["announced"]


async def test_a_draft_outlives_a_restart_but_not_a_day(standing: Standing) -> None:
    early, late = await drafted(standing), await drafted(standing, "Too late")
    async with standing.grove.outage():
        pass
    await pressed(standing, early, "Post it")
    assert len(standing.messages) == 1

    await standing.grove.days(1.1)
    answered = await standing.grove.boss.click(late, label="Post it")

    assert "it's too old" in "".join(map(text_of, answered.followups))
    assert len(standing.messages) == 1


async def test_only_who_wrote_it_posts_it(standing: Standing) -> None:
    preview = await drafted(standing)
    custom_id = buttons_of(preview)["Post it"]["custom_id"]
    kim = standing.grove.shop.guild.add_member(
        standing.grove.shop.env.create_user("kim"), roles=[standing.grove.staff_role]
    )
    message = await button_in(standing.grove.shop, standing.grove.shop.channel, custom_id)

    theirs = await kim.click(message, custom_id=custom_id)
    members = await standing.grove.bob.click(message, custom_id=custom_id)

    assert "already answered" in "".join(map(text_of, theirs.followups))
    assert "Only staff" in "".join(map(text_of, members.followups))
    assert standing.messages == []


async def test_what_one_may_no_longer_write_in_isnt_posted_to(standing: Standing) -> None:
    preview = await drafted(standing)
    everybody = standing.grove.shop.guild.default_role
    denied = discord.Permissions(send_messages=True).value
    standing.grove.shop.env.backend.set_overwrite(
        standing.channel.id, Overwrite(everybody.id, OverwriteType.ROLE, deny=denied)
    )
    await standing.grove.shop.env.settle()

    answered = await standing.grove.boss.click(preview, label="Post it")

    assert "missing permissions in" in "".join(map(text_of, answered.followups))
    assert standing.rows()[0]["confirmed_at"] is None


async def test_a_product_that_isnt_there_and_a_full_server_are_refused(standing: Standing) -> None:
    assert "GroveGuard" in text_of(await drafted(standing, product="GroveGard"))

    standing.multiply(MOST_PANELS)
    assert f"This server has {MOST_PANELS} panels" in text_of(await drafted(standing))


@pytest.mark.parametrize("words", [" ", "x" * 1000, "*" * 1000])
async def test_any_words_fit(standing: Standing, words: str) -> None:
    await pressed(standing, await drafted(standing, words), "Post it")

    assert f"## `TEST` {PRODUCT}" in text_of(standing.message)


async def test_an_announcement_is_listed_and_removed(standing: Standing) -> None:
    await pressed(standing, await drafted(standing), "Post it")

    assert "announced by" in await standing.grove.store("panel list")
    await standing.remove(PRODUCT)

    assert standing.messages == []
