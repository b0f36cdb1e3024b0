"""On a member's page staff give something, block the member, and let them buy again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cogs import custom_ids
from tests.harness.grove import PRODUCT
from tests.harness.sale_pages import audited, custom_id_of, offered, told, with_button
from tests.harness.shop import buttons_of, text_of

if TYPE_CHECKING:
    import simcord

    from tests.harness.grove import Grove

pytestmark = pytest.mark.kept_shop


MENU = 3


async def page_of(grove: Grove, member: simcord.MemberActor | None = None) -> Any:
    return (await grove.store_result("member", member=member or grove.shop.alice)).response


async def menu(grove: Grove, member: simcord.MemberActor | None = None) -> Any:
    """What "Give" on the member's page asks."""
    return (await grove.boss.click(await page_of(grove, member), label="Give")).response


async def form(grove: Grove, chosen: str, member: simcord.MemberActor | None = None) -> Any:
    page = await menu(grove, member)
    return await grove.boss.select(page, [chosen], custom_id=custom_id_of(page, MENU))


def why(asked: Any, typed: str) -> dict[str, str]:
    """The one field of the form that asks why, filled in."""
    [label] = asked.modal["components"]
    return {label["component"]["custom_id"]: typed}


async def submit(grove: Grove, asked: Any, **typed: str) -> str:
    answer = await grove.boss.submit_modal(asked, typed)
    await grove.till.settled()
    return told(answer)


async def test_what_is_given_from_the_page_is_given_as_by_the_command(grove: Grove) -> None:
    await grove.benefit()
    assert offered(await menu(grove)) == [PRODUCT, "Another product…"], "the others give nothing here"

    asked = await form(grove, grove.till.product().id)
    said = await submit(grove, asked, days="3", reason="Won the contest")

    assert "Given" in said
    assert "**VIP** role for 3 days" in said
    assert grove.roles() == {"VIP"}
    assert "“Won the contest”" in grove.told()[0]
    [(action, by, details)] = audited(grove)
    assert (action, by) == ("given", grove.boss.id)
    assert (details["days"], details["reason"], details["member"]) == (
        3,
        "Won the contest",
        grove.shop.alice.id,
    )
    again = await submit(grove, await form(grove, grove.till.product().id), days="", reason="")
    assert "was given to" in again
    assert len(audited(grove)) == 1


async def test_days_and_reason_may_be_left_out(grove: Grove) -> None:
    await grove.benefit()

    said = await submit(grove, await form(grove, grove.till.product().id), days="", reason=" ")

    assert "**VIP** role" in said
    assert "day" not in said.partition("VIP")[2]
    assert audited(grove)[0][2]["reason"] is None


async def test_any_other_product_is_given_by_its_name(grove: Grove) -> None:
    await grove.benefit()
    assert offered(await menu(grove))[-1] == "Another product…"

    said = await submit(grove, await form(grove, "another"), product="groveguard", days="", reason="")

    assert f"**{PRODUCT}**" in said
    assert grove.roles() == {"VIP"}


async def test_a_variant_that_gives_something_is_offered_as_itself(grove: Grove) -> None:
    await grove.benefit("EconomyPlus", variant="Lifetime")
    page = await menu(grove)
    [given, _] = offered(page)
    assert given == "EconomyPlus (Lifetime)"
    product = grove.till.product("EconomyPlus")
    variant = next(each for each in product.variants if each.title == "Lifetime")

    said = await submit(grove, await form(grove, f"{product.id}:{variant.id}"), days="", reason="")

    assert "Given" in said
    assert grove.roles() == {"VIP"}


@pytest.mark.parametrize("days", ["0", "3651", "three", "-1", "1.5"])
async def test_what_is_no_number_of_days_is_asked_again_with_what_was_typed(grove: Grove, days: str) -> None:
    await grove.benefit()
    asked = await form(grove, grove.till.product().id)

    refused = await grove.boss.submit_modal(asked, {"days": days[:4], "reason": "Because"})

    assert "isn't a number of days" in told(refused)
    assert grove.roles() == set()
    again = await grove.boss.click(refused.response, label="Try again")
    fields = [label["component"] for label in again.modal["components"]]
    assert [each.get("value") for each in fields] == [days[:4], "Because"]


async def test_bots_and_who_has_left_are_given_nothing(grove: Grove) -> None:
    await grove.benefit()
    asked = await form(grove, grove.till.product().id, grove.bob)
    await grove.leave(grove.bob)

    assert "aren't in the server" in await submit(grove, asked, days="", reason="")


async def test_the_page_says_who_is_blocked_and_why_they_read(grove: Grove) -> None:
    asked = await grove.boss.click(await page_of(grove), label="Block")
    assert audited(grove) == []
    answer = await grove.boss.submit_modal(asked, why(asked, "Charged back twice"))

    assert "can't buy here anymore" in told(answer)
    assert "⛔ Blocked" in text_of(answer.response)
    assert "Unblock" in buttons_of(answer.response)
    refused = await grove.shop.buy("grove-guard")
    assert "Charged back twice" in text_of(refused.response)
    assert grove.shop.sandbox.sessions == {}

    freed = await grove.boss.click(answer.response, label="Unblock")

    assert "can buy here again" in told(freed)
    assert "⛔" not in text_of(freed.response)
    assert "Block" in buttons_of(freed.response)
    assert "Your payment link is ready" in text_of((await grove.shop.buy("grove-guard")).response)
    assert [(action, by) for action, by, _ in audited(grove)] == [
        ("blocked", grove.boss.id),
        ("unblocked", grove.boss.id),
    ]


async def test_who_was_unblocked_meanwhile_is_unblocked_once(grove: Grove) -> None:
    await grove.store("block", member=grove.shop.alice)
    page = await page_of(grove)
    await grove.store("unblock", member=grove.shop.alice)

    assert "isn't blocked" in told(await grove.boss.click(page, label="Unblock"))


async def test_only_staff_give_and_block(grove: Grove) -> None:
    await grove.benefit()
    alice, product = grove.shop.alice.id, grove.till.product().id
    give_form = custom_ids.give_form(alice, product)
    assert give_form is not None
    buttons = (custom_ids.give(alice), custom_ids.block(alice, 0, is_blocked=False))
    for custom_id in (*buttons, custom_ids.block(alice, 0, is_blocked=True)):
        shown = await with_button(grove, custom_id)
        assert "staff" in told(await grove.bob.click(shown, label="?"))
    page = await page_of(grove)
    block, given = await grove.boss.click(page, label="Block"), await form(grove, product)

    grove.shop.env.backend.remove_member_role(grove.shop.guild.id, grove.boss.id, grove.staff_role.id)

    assert "staff" in told(await grove.boss.submit_modal(block, why(block, "")))
    assert "staff" in await submit(grove, given, days="", reason="")
    assert (audited(grove), grove.roles()) == ([], set())
