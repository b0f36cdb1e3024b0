"""`/buy`, as a member uses it: what arrives where, what the store is asked, what the file holds."""

from datetime import timedelta

import pytest

from sandbox.models import Product
from tests.harness.instants import milliseconds
from tests.harness.shop import START, Shop, buttons_of, link_of, text_of

pytestmark = [pytest.mark.specification, pytest.mark.kept_shop]

IN_SIX_HOURS = int((START + timedelta(hours=6)).timestamp())


async def test_the_link_comes_by_direct_message_with_what_how_much_and_until_when(shared_shop: Shop) -> None:
    await shared_shop.buy("grove-guard")

    [message] = shared_shop.dms(shared_shop.alice)
    text = text_of(message)
    assert "**GroveGuard**: $24.99" in text
    assert "Plus tax, if any" in text
    assert f"<t:{IN_SIX_HOURS}:R>" in text
    assert {label: button["url"] for label, button in buttons_of(message).items()} == {
        "Pay $24.99": shared_shop.pages[0]
    }


async def test_the_private_answer_says_where_the_link_is_and_jumps_there(shared_shop: Shop) -> None:
    result = await shared_shop.buy("grove-guard")

    [message] = shared_shop.dms(shared_shop.alice)
    answer = result.response
    assert answer.ephemeral
    assert "as a direct message" in text_of(answer)
    assert {label: button["url"] for label, button in buttons_of(answer).items()} == {
        "Pay $24.99": shared_shop.pages[-1],
        "Open the message": f"https://discord.com/channels/@me/{message.channel_id}/{message.id}",
    }


async def test_the_store_is_asked_once_for_what_was_seen_at_the_price_that_was_seen(shop: Shop) -> None:
    await shop.buy("grove-guard")

    [sale] = shop.rows("SELECT * FROM sales")
    [body] = shop.bodies
    channel = f"https://discord.com/channels/{shop.guild.id}/{shop.channel.id}"
    signature = body["metadata"].pop("signature")
    assert body == {
        "items": [{"product_id": shop.sandbox.product("grove-guard").id, "quantity": 1}],
        "amount": 2499,
        "metadata": {
            "discord_user_id": str(shop.alice.id),
            "discord_guild_id": str(shop.guild.id),
            "discord_channel_id": str(shop.channel.id),
            "sale": sale["reference"],
            "source": "discord",
        },
        "return_url": channel,
        "cancel_url": channel,
    }
    [session] = shop.rows("SELECT nonce FROM sessions")
    version, nonce, code = signature.split(".")
    assert (version, nonce, len(bytes.fromhex(code))) == ("v2", session["nonce"], 32)


async def test_the_sale_and_its_session_are_kept_as_the_store_made_them(shop: Shop) -> None:
    await shop.buy("grove-guard")

    [sale] = shop.rows("SELECT * FROM sales")
    assert (sale["kind"], sale["status"], sale["currency"], sale["subtotal"]) == (
        "purchase",
        "open",
        "USD",
        2499,
    )
    assert (sale["buyer_id"], sale["recipient_id"]) == (shop.alice.id, shop.alice.id)
    assert (sale["guild_id"], sale["channel_id"]) == (shop.guild.id, shop.channel.id)
    [session] = shop.rows("SELECT * FROM sessions")
    assert session["sale_id"] == sale["id"]
    assert [session["session_id"]] == list(shop.sandbox.sessions)
    assert session["url"] == shop.pages[0]
    assert (session["state"], session["amount"], session["discount"]) == ("open", 2499, 0)
    assert session["expires_at"] == milliseconds(shop.clock() + timedelta(hours=6))


async def test_the_live_message_and_the_delivery_are_on_record_without_the_interaction(shop: Shop) -> None:
    await shop.buy("grove-guard")

    [message] = shop.dms(shop.alice)
    [row] = shop.rows("SELECT * FROM messages")
    assert (row["channel_id"], row["message_id"], row["shows"]) == (message.channel_id, message.id, "open")
    [job] = shop.rows("SELECT * FROM jobs WHERE lane = 'people'")
    assert (job["kind"], job["outcome"], job["next_attempt_at"]) == ("link", "dm", None)
    # An interaction's token lets anyone answer in the bot's name for a quarter of an hour.
    assert job["reply"] is None


async def test_several_of_one_thing_are_one_line_at_their_sum(shared_shop: Shop) -> None:
    await shared_shop.buy("game-key", quantity=2)

    [message] = shared_shop.dms(shared_shop.alice)
    assert "2 × **Bamboo Quest game key**: $25.98" in text_of(message)
    assert "Pay $25.98" in buttons_of(message)
    [body] = shared_shop.bodies
    assert (body["items"][0]["quantity"], body["amount"]) == (2, 2598)


async def test_a_variant_chosen_from_the_list_is_bought_at_its_own_price(shop: Shop) -> None:
    variant = shop.sandbox.variant("arena-license", "Commercial")

    await shop.buy("arena-license", variant=variant.id)

    [message] = shop.dms(shop.alice)
    assert "**Arena Nine (Commercial)**: $49.00" in text_of(message)
    [body] = shop.bodies
    assert (body["items"][0]["variant_id"], body["amount"]) == (variant.id, 4900)


async def test_a_variant_may_be_typed_without_regard_to_case(shared_shop: Shop) -> None:
    await shared_shop.buy("arena-license", variant="network")

    [body] = shared_shop.bodies
    assert body["items"][0]["variant_id"] == shared_shop.sandbox.variant("arena-license", "Network").id


async def test_a_coupon_shows_what_it_takes_off_and_what_is_left_to_pay(shop: Shop) -> None:
    await shop.buy("grove-guard", coupon=" WELCOME10 ")

    [message] = shop.dms(shop.alice)
    text = text_of(message)
    assert "**GroveGuard**: $24.99" in text
    assert "Coupon `WELCOME10`: −$2.50" in text
    assert "Total: **$22.49**" in text
    assert "Pay $22.49" in buttons_of(message)
    [body] = shop.bodies
    # The guard is the sum of the items: the discount comes after it.
    assert (body["coupon_code"], body["amount"]) == ("WELCOME10", 2499)
    assert shop.rows("SELECT coupon FROM sales") == [{"coupon": "WELCOME10"}]
    assert shop.rows("SELECT discount FROM sessions") == [{"discount": 250}]


async def test_a_coupon_of_nothing_but_spaces_is_no_coupon(shared_shop: Shop) -> None:
    await shared_shop.buy("grove-guard", coupon="  ")

    [body] = shared_shop.bodies
    assert "coupon_code" not in body


async def test_where_the_payer_picks_the_price_no_amount_is_asked_for(shop: Shop) -> None:
    await shop.buy("soundtrack")

    [message] = shop.dms(shop.alice)
    assert "**Sounds of the Grove**: you choose the price" in text_of(message)
    assert list(buttons_of(message)) == ["Choose a price and pay"]
    [body] = shop.bodies
    assert "amount" not in body
    assert shop.rows("SELECT subtotal FROM sales") == [{"subtotal": None}]


async def test_a_subscription_says_how_often_it_costs_and_what_is_free(shared_shop: Shop) -> None:
    await shared_shop.buy("vip-monthly")

    [message] = shared_shop.dms(shared_shop.alice)
    assert "**VIP membership**: 7 days free, then $9.99\u00a0/\u00a0month" in text_of(message)


@pytest.mark.own_shop
async def test_amounts_are_written_as_the_owner_set_it(shop: Shop) -> None:
    await shop.restart(display={"locale": "de_DE"})

    await shop.buy("grove-guard")

    [message] = shop.dms(shop.alice)
    assert "**GroveGuard**: 24,99\xa0$" in text_of(message)
    assert "Pay 24,99\xa0$" in buttons_of(message)


async def test_a_sale_in_a_sandbox_store_is_marked_in_both_messages(shared_shop: Shop) -> None:
    result = await shared_shop.buy("grove-guard")

    [message] = shared_shop.dms(shared_shop.alice)
    assert text_of(message).startswith("-# **Bamboo Grove**\n### ⏳ `TEST` ")
    assert text_of(result.response).startswith("### ⏳ `TEST` ")


@pytest.mark.parametrize("handle", ["markdown-shader", "long-title", "cyrillic-textures", "emoji-bundle"])
async def test_a_title_is_shown_as_the_store_wrote_it_whatever_it_holds(
    shared_shop: Shop, handle: str
) -> None:
    product = shared_shop.sandbox.product(handle)

    await shared_shop.buy(handle)

    [message] = shared_shop.dms(shared_shop.alice)
    shown = text_of(message).split("\n")[2]
    assert shown.replace("\\", "").startswith(f"**{shown_title(product)}")
    assert "[free?](" not in shown
    assert "@everyone" not in shown


def shown_title(product: Product) -> str:
    """As much of it as surely fits, with what keeps a mention from being one."""
    return product.title[:100].replace("@everyone", "@\u200beveryone")


@pytest.mark.settings(
    checkout={"return_url": "https://grove.example/thanks", "cancel_url": "https://grove.example/shop"}
)
async def test_after_paying_people_come_to_the_owners_pages_where_there_are_any(shop: Shop) -> None:
    await shop.buy("grove-guard")

    [body] = shop.bodies
    assert (body["return_url"], body["cancel_url"]) == (
        "https://grove.example/thanks",
        "https://grove.example/shop",
    )


@pytest.mark.settings(
    checkout={
        "fields": [
            {
                "key": "who",
                "label": "Discord name",
                "type": "text",
                "text": {"default_value": "{username} ({display_name}) on {server}"},
            },
            {"key": "id", "label": "User", "type": "numeric", "numeric": {"default_value": "{user_id}"}},
            {
                "key": "what",
                "label": "What",
                "type": "text",
                "optional": True,
                "text": {"default_value": "{product}", "maximum_length": 10},
            },
        ]
    }
)
async def test_the_owners_questions_come_filled_with_what_is_known(shop: Shop) -> None:
    bob = shop.guild.add_member(shop.env.create_user("bob", global_name="Bob B."), nick="Bobby")

    await shop.buy("skyblock-map", bob)

    [body] = shop.bodies
    who, identity, what = body["display"]["fields"]
    assert who["text"]["default_value"] == "bob (Bobby) on Bamboo Grove"
    assert identity["numeric"]["default_value"] == str(bob.id)
    # "Skyblock Atoll" is too long for the field: the payer types what fits.
    assert "default_value" not in what.get("text", {})


async def test_each_member_has_a_link_of_their_own(shared_shop: Shop) -> None:
    bob = shared_shop.member("bob")

    await shared_shop.buy("grove-guard")
    await shared_shop.buy("grove-guard", bob)

    [to_alice], [to_bob] = shared_shop.dms(shared_shop.alice), shared_shop.dms(bob)
    assert [link_of(to_alice), link_of(to_bob)] == shared_shop.pages


async def test_whoever_asks_again_gets_the_link_that_is_open_and_no_other(shop: Shop) -> None:
    await shop.buy("grove-guard")

    result = await shop.buy("grove-guard")

    assert "already have a link" in text_of(result.response)
    assert result.response.ephemeral
    assert [link_of(result.response)] == shop.pages
    assert len(shop.dms(shop.alice)) == 1
    assert len(shop.rows("SELECT * FROM sessions")) == 1


@pytest.mark.parametrize(
    "options", [{"quantity": 2}, {"coupon": "WELCOME10"}], ids=["another quantity", "with a coupon"]
)
async def test_something_else_is_a_sale_of_its_own(shared_shop: Shop, options: dict[str, object]) -> None:
    await shared_shop.buy("grove-guard")

    await shared_shop.buy("grove-guard", **options)

    assert [link_of(message) for message in shared_shop.dms(shared_shop.alice)] == shared_shop.pages
    assert len(shared_shop.pages) == 2
