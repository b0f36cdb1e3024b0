"""Drafts of invoices: what staff put together before anybody else sees it."""

from typing import Any

import discord
import pytest
import simcord

from sandbox import Product
from tests.harness.instants import milliseconds
from tests.harness.invoicing import audited_actions, click, draft, number_of, staff_member, states, told
from tests.harness.shop import Shop, buttons_of, hint_of, text_of

pytestmark = pytest.mark.kept_shop


@pytest.fixture
def bo(shop: Shop) -> simcord.MemberActor:
    return staff_member(shop, "bo")


def with_variants(shop: Shop) -> Product:
    """A product that comes in several variants, whose title isn't the only one with its letters."""
    return next(
        product
        for product in shop.sandbox.products.values()
        if len(product.variants) > 1
        and all(variant.stock is None or variant.stock > 1 for variant in product.variants)
        and sum(product.title[1:4].lower() in other.title.lower() for other in shop.sandbox.products.values())
        > 1
    )


async def test_a_draft_is_seen_by_its_issuer_alone(shop: Shop, bo: simcord.MemberActor) -> None:
    shown = await draft(shop, bo)

    assert shown.ephemeral
    assert shop.dms(shop.alice) == []
    assert shop.bodies == []
    assert states(shop) == ["draft"]


async def test_the_preview_says_what_the_member_then_gets(shop: Shop, bo: simcord.MemberActor) -> None:
    shown = await draft(
        shop, bo, item="Logo *bold*", quantity=3, description="In colour", note="Thank you", due="2026-01-24"
    )
    preview = text_of(shown.response).split("\n-# This is what")[0]
    assert list(buttons_of(shown.response))[:2] == ["Pay $37.50", "Decline"]

    await click(bo, shown, "Send")

    [message] = shop.dms(shop.alice)
    letterhead, got = text_of(message).split("\n-# Payment link open")[0].split("\n", 1)
    assert letterhead == "-# **Bamboo Grove**"
    assert got == preview.replace("Invoice from Bamboo Grove", "Invoice #1")
    assert list(buttons_of(message)) == ["Pay $37.50", "Decline"]
    for part in (
        "3 × **Logo \\*bold\\***: $37.50 ($12.50 each)",
        "In colour",
        "Thank you",
        "**bo**",
        "Bamboo Grove",
    ):
        assert part in got
    assert "<t:1769299199:f>" in got  # the last second of that day, in UTC


async def test_items_and_products_are_added_and_removed(shop: Shop, bo: simcord.MemberActor) -> None:
    shown = await draft(shop, bo)
    await click(bo, shown, "Add item", {"item": "Banner", "amount": "5,00", "quantity": "2"})
    await click(bo, shown, "Add product", {"product": "GroveGuard", "quantity": "2"})
    assert "Total: **$72.48**" in text_of(shown.response)

    chosen = await click(bo, shown, "Remove")
    assert hint_of(chosen.response) == "Choose a line"
    await bo.select(chosen.response, ["0 3"])

    assert "Logo" not in text_of(shown.response)
    assert "2 × **Banner**: $10.00 ($5.00 each)" in text_of(shown.response)
    await click(bo, shown, "Send")
    product = shop.sandbox.product("grove-guard")
    assert shop.bodies[-1]["items"] == [
        {"name": "Banner", "amount": 500, "quantity": 2},
        {"product_id": product.id, "quantity": 2},
    ]
    assert shop.bodies[-1]["amount"] == 5998


async def test_a_product_is_searched_for_and_its_variant_chosen(shop: Shop, bo: simcord.MemberActor) -> None:
    product = with_variants(shop)
    variant = product.variants[1]
    shown = await draft(shop, bo)

    found = await click(bo, shown, "Add product", {"product": product.title[1:4], "quantity": "2"})
    assert hint_of(found.response) == "Choose a product"
    asked = await bo.select(found.response, [product.id])
    assert hint_of(asked.response) == "Choose a variant"
    await bo.select(asked.response, [f"{product.id} {variant.id}"])

    assert f"2 × **{product.title} ({variant.title})**" in text_of(shown.response).replace("\\", "")


async def test_a_variant_can_be_named_at_once(shop: Shop, bo: simcord.MemberActor) -> None:
    product = with_variants(shop)
    variant = product.variants[0]
    shown = await draft(shop, bo)

    await click(
        bo, shown, "Add product", {"product": product.title, "variant": variant.title, "quantity": "1"}
    )

    assert f"({variant.title})" in text_of(shown.response).replace("\\", "")


@pytest.mark.own_shop
async def test_texts_coupon_and_due_date_are_edited(shop: Shop, bo: simcord.MemberActor) -> None:
    shown = await draft(shop, bo, amount="50")
    texts = {"title": "Season pass", "description": "All of it", "note": "See you"}
    await click(bo, shown, "Edit title and description", texts)
    await click(bo, shown, "Coupon", {"coupon": "WELCOME10"})
    await click(bo, shown, "Due date", {"due": "3d"})

    said = text_of(shown.response)
    for part in ("Season pass", "All of it", "See you", "−$5.00", "Total: **$45.00**", "<t:1767484800:f>"):
        assert part in said
    await click(bo, shown, "Send")
    body = shop.bodies[-1]
    assert (body["title"], body["description"], body["coupon_code"]) == (
        "Season pass",
        "All of it",
        "WELCOME10",
    )
    assert "Total: **$45.00**" in text_of(shop.dms(shop.alice)[0])


async def test_a_coupon_that_the_store_refuses_is_told_in_the_preview_and_stops_the_sending(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    shown = await draft(shop, bo)
    await click(bo, shown, "Coupon", {"coupon": "NOPE"})
    assert "The coupon NOPE does not exist" in text_of(shown.response)

    result = await click(bo, shown, "Send")

    assert "NOPE" in told(result)
    assert states(shop) == ["draft"]
    assert shop.dms(shop.alice) == []

    await click(bo, shown, "Coupon", {"coupon": ""})
    await click(bo, shown, "Send")
    assert states(shop) == ["open"]
    assert number_of(shop) == 1
    assert len(shop.dms(shop.alice)) == 1
    assert audited_actions(shop) == ["drafted", "not_sent", "sent"]


async def test_a_discarded_draft_leaves_nothing_behind(shop: Shop, bo: simcord.MemberActor) -> None:
    shown = await draft(shop, bo)

    await click(bo, shown, "Discard")

    assert "discarded" in text_of(shown.response)
    assert states(shop) == []
    assert audited_actions(shop) == ["drafted", "discarded"]


async def test_a_subscription_stands_alone(shop: Shop, bo: simcord.MemberActor) -> None:
    shown = await draft(shop, bo)

    result = await click(
        bo, shown, "Add product", {"product": "VIP membership, a whole year", "quantity": "1"}
    )
    assert "subscription needs an invoice of its own" in told(result)

    chosen = await click(bo, shown, "Remove")
    await bo.select(chosen.response, ["0 1"])
    assert buttons_of(shown.response)["Send"]["disabled"]
    await click(bo, shown, "Add product", {"product": "VIP membership, a whole year", "quantity": "1"})
    assert buttons_of(shown.response)["Add item"]["disabled"]
    await click(bo, shown, "Send")
    assert "\u00a0/\u00a0year" in text_of(shop.dms(shop.alice)[0])


async def test_the_longest_texts_fit_in_every_message(shop: Shop, bo: simcord.MemberActor) -> None:
    shown = await draft(shop, bo, description="*" * 500, note="_" * 500, due="3d")
    longest = {"title": "`" * 128, "description": "*" * 500, "note": "_" * 500}
    await click(bo, shown, "Edit title and description", longest)
    for _ in range(9):
        fields = {"item": "*" * 255, "amount": "1", "quantity": "999"}
        await click(bo, shown, "Add item", fields)
    assert "Total: **$9,003.50**" in text_of(shown.response)

    await click(bo, shown, "Send")

    assert len(shop.bodies[-1]["items"]) == 10
    assert shop.bodies[-1]["description"] == "*" * 500
    assert len(shop.dms(shop.alice)) == 1
    await click(shop.alice.user, shop.dms(shop.alice)[0], "Decline", {"reason": "~" * 300})
    assert "**You declined this invoice.**" in text_of(shop.dms(shop.alice)[0])
    file = await bo.slash(shop.channel, "invoice show", number=1)
    assert "Invoice #1: Declined" in text_of(file.response)
    listed = await bo.slash(shop.channel, "invoice list")
    assert "**#1**" in text_of(listed.response)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"amount": "1.200"}, "$1,200.00"),
        ({"amount": "-5"}, "below zero"),
        ({"amount": "€5"}, "another currency"),
        ({"amount": "0.50"}, "the minimum payment is $1.00"),
        ({"amount": "10001"}, "the maximum payment is $10,000.00"),
        ({"amount": "20", "quantity": 999}, "the maximum payment is $10,000.00"),
        ({"due": "2025-12-31"}, "already passed"),
        ({"due": "soon"}, "isn't a date"),
    ],
)
async def test_what_can_t_be_charged_is_refused_with_the_reason(
    shop: Shop, bo: simcord.MemberActor, options: dict[str, Any], said: str
) -> None:
    result = await draft(shop, bo, **options)

    assert said in told(result)
    assert states(shop) == []


async def test_bots_and_people_who_left_are_refused_with_the_reason(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    robot = shop.guild.add_member(shop.env.create_user("robot", bot=True))
    carol = shop.member("carol")
    shown = await draft(shop, bo, member=carol)
    shop.guild.remove_member(carol)
    await shop.env.settle()

    assert "Bots can't pay" in told(await draft(shop, bo, member=robot))
    assert "isn't in this server" in told(await click(bo, shown, "Send"))
    menu = await bo.context_menu(shop.channel, "Create invoice", robot)
    assert "Bots can't pay" in told(menu)  # before a form is filled in for nothing
    assert states(shop) == ["draft"]


async def test_the_bot_itself_is_refused_with_the_reason(shop: Shop, bo: simcord.MemberActor) -> None:
    me = shop.app.bot.user
    assert me is not None

    result = await draft(shop, bo, member=simcord.UserHandle(shop.env, shop.env.backend.get_user(me.id)))

    assert "You can't invoice this bot" in told(result)


async def test_the_member_menu_asks_by_a_form(shop: Shop, bo: simcord.MemberActor) -> None:
    menu = await bo.context_menu(shop.channel, "Create invoice", shop.alice)
    fields = {"item": "Logo", "amount": "12,50", "quantity": "2", "due": "2 weeks", "note": "Hello"}

    shown = await bo.submit_modal(menu, fields)

    assert shown.ephemeral
    assert "2 × **Logo**: $25.00" in text_of(shown.response)


async def test_a_mistyped_form_is_offered_again_filled_in_as_it_was(
    shop: Shop, bo: simcord.MemberActor
) -> None:
    menu = await bo.context_menu(shop.channel, "Create invoice", shop.alice)
    fields = {"item": "Logo", "amount": "1.200", "quantity": "2", "due": "", "note": "Hello"}
    refused = await bo.submit_modal(menu, fields)
    assert "could mean" in told(refused)
    assert states(shop) == []

    again = await click(bo, refused, "Try again")

    assert again.modal is not None
    inputs = [label["component"] for label in again.modal["components"]]
    values = {each["custom_id"]: each.get("value") for each in inputs}
    assert values == {**fields, "due": None}
    page = await bo.submit_modal(again, {**fields, "amount": "1.20"})
    assert "2 × **Logo**: $2.40" in told(page)
    await shop.restart()
    assert "no longer here" in told(await click(bo, refused, "Try again"))


@pytest.mark.parametrize(
    ("label", "wrong", "right", "shown"),
    [
        (
            "Add item",
            {"item": "Hosting", "amount": "ten", "quantity": "1"},
            {"item": "Hosting", "amount": "10", "quantity": "1"},
            "**Hosting**: $10.00",
        ),
        ("Due date", {"due": "tomorow"}, {"due": "1d"}, "Due <t:"),
        (
            "Add product",
            {"product": "GroveGuard", "variant": "", "quantity": "no"},
            {"product": "GroveGuard", "variant": "", "quantity": "1"},
            "**GroveGuard**: $24.99",
        ),
    ],
)
async def test_so_are_the_forms_of_the_preview(
    shop: Shop,
    bo: simcord.MemberActor,
    label: str,
    wrong: dict[str, str],
    right: dict[str, str],
    shown: str,
) -> None:
    page = await draft(shop, bo)
    refused = await click(bo, page, label, wrong)
    offer = refused.followups[-1]

    again = await bo.click(offer, label="Try again")
    page = await bo.submit_modal(again, right)

    assert shown in told(page)


async def test_members_are_no_staff(shop: Shop, bo: simcord.MemberActor) -> None:
    shown = await draft(shop, bo)
    role = shop.env.backend.get_guild(shop.guild.id).roles
    manage = next(each for each in role.values() if each.name == "bo-role")
    manage.permissions = discord.Permissions.none().value

    assert "Only staff can do this" in told(await click(bo, shown, "Send"))
    with pytest.raises(simcord.SetupError, match="not visible"):
        await draft(shop, shop.alice)
    assert states(shop) == ["draft"]


@pytest.mark.own_shop
async def test_staff_by_role_may_and_others_are_told_that_they_may_not(shop: Shop) -> None:
    role = shop.guild.create_role("shopkeepers")
    await shop.restart(staff={"role_ids": [role.id]})
    keeper = shop.guild.add_member(shop.env.create_user("keeper"), roles=[role])

    assert "Only staff can do this" in told(await draft(shop, shop.alice))
    await click(keeper, await draft(shop, keeper), "Send")

    assert states(shop) == ["open"]


async def test_a_forgotten_draft_is_gone_after_a_day(shop: Shop, bo: simcord.MemberActor) -> None:
    shown = await draft(shop, bo)
    shop.write(f"UPDATE invoices SET next_at = {milliseconds('2026-01-01 00:30:00')}")
    await shop.restart()
    await shop.pass_time(minutes=31)

    assert states(shop) == []
    assert "This draft is gone" in told(await click(bo, shown, "Send"))


async def test_items_are_suggested_from_earlier_invoices(shop: Shop, bo: simcord.MemberActor) -> None:
    await draft(shop, bo, item="Banner design")
    await draft(shop, bo, item="Logo")

    choices = await bo.autocomplete(shop.channel, "invoice create", "item", "ban")

    assert [choice["value"] for choice in choices] == ["Banner design"]


async def test_a_product_can_be_invoiced_at_once(shop: Shop, bo: simcord.MemberActor) -> None:
    product = shop.sandbox.product("grove-guard")
    [suggested] = [
        choice
        for choice in await bo.autocomplete(shop.channel, "invoice create", "product", product.title)
        if choice["value"] == product.id
    ]

    shown = await bo.slash(
        shop.channel, "invoice create", member=shop.alice, product=suggested["value"], quantity=1
    )
    await click(bo, shown, "Send")

    assert product.title in text_of(shop.dms(shop.alice)[0])


async def test_a_product_with_variants_is_asked_about(shop: Shop, bo: simcord.MemberActor) -> None:
    product = shop.sandbox.product("arena-license")

    asked = await bo.slash(shop.channel, "invoice create", member=shop.alice, product=product.id)
    await bo.select(asked.response, [f"{product.id} {product.variants[1].id}"])
    await click(bo, asked, "Send")

    assert product.variants[1].title in text_of(shop.dms(shop.alice)[0])


async def test_a_preview_has_no_number_yet(shop: Shop, bo: simcord.MemberActor) -> None:
    shown = await draft(shop, bo)

    assert "Invoice from Bamboo Grove" in text_of(shown.response)
    assert "#" not in text_of(shown.response).replace("###", "").replace("-#", "")
