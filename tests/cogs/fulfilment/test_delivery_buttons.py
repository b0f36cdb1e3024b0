"""Reveal and Retry, as people press them."""

import pytest

from sandbox.core_api import DEMO_TOKEN
from tests.harness.grove import PRODUCT, Grove
from tests.harness.sale_pages import audited
from tests.harness.shop import buttons_of, text_of

pytestmark = pytest.mark.kept_shop


TOKEN = {"api_token": DEMO_TOKEN.secret}


async def test_without_a_token_reveal_shows_the_stores_message_and_where_keys_are(grove: Grove) -> None:
    await grove.bought()

    result = await grove.shop.alice.user.click(grove.shop.dms(grove.shop.alice)[-1], label="Show message")

    assert result.ephemeral
    assert "Keys and downloads come by email from the store" in text_of(result.response)
    assert "Put the key into plugins/GroveGuard/config.yml" in text_of(result.response)


@pytest.mark.settings(pandabase=TOKEN)
async def test_reveal_shows_the_keys_privately_and_records_when(grove: Grove) -> None:
    await grove.keep_log()
    await grove.bought(quantity=2)
    assert "Keys and downloads: not opened yet" in grove.logged()[0]
    receipt = grove.shop.dms(grove.shop.alice)[-1]
    keys = grove.keys()
    assert len(keys) == 2
    assert not any(key in text for key in keys for text in [*grove.told(), *grove.logged()])

    result = await grove.shop.alice.user.click(receipt, label="Show key")
    await grove.till.settled()

    assert result.ephemeral
    assert all(key in text_of(result.response) for key in keys)
    [step] = grove.steps("keys")
    assert step["outcome"] == "revealed"
    assert step["done_at"] is not None
    assert "Keys and downloads: opened" in grove.logged()[0]


@pytest.mark.settings(pandabase=TOKEN)
async def test_the_first_opening_is_the_one_on_record(grove: Grove) -> None:
    await grove.bought()
    receipt = grove.shop.dms(grove.shop.alice)[-1]
    await grove.shop.alice.user.click(receipt, label="Show key")
    [first] = grove.steps("keys")
    await grove.days(0.01)

    again = await grove.shop.alice.user.click(receipt, label="Show key")

    assert grove.keys()[0] in text_of(again.response)
    assert grove.steps("keys") == [first]


@pytest.mark.settings(pandabase=TOKEN)
async def test_of_a_gift_only_the_recipient_can_reveal(grove: Grove) -> None:
    await grove.bought(gift_to=grove.bob)
    [gift] = grove.shop.dms(grove.bob)

    assert "Show key" not in {
        label for message in grove.shop.dms(grove.shop.alice) for label in buttons_of(message)
    }
    result = await grove.bob.user.click(gift, label="Show key")

    assert grove.keys()[0] in text_of(result.response)


@pytest.mark.settings(pandabase=TOKEN)
async def test_nothing_is_revealed_after_a_refund(grove: Grove) -> None:
    order = await grove.bought()
    receipt = grove.shop.dms(grove.shop.alice)[0]
    keys, buttons = grove.keys(), [each["custom_id"] for each in buttons_of(receipt).values()]
    await grove.at_the_store("refund", order)

    [opens] = [each for each in buttons if each.startswith("bamboo:reveal:")]
    kept = await grove.shop.button_for(grove.shop.alice, opens)
    result = await grove.shop.alice.user.click(kept, label="?")

    assert "the payment was refunded or is disputed" in text_of(result.response)
    assert keys[0] not in text_of(result.response)


@pytest.mark.settings(pandabase=TOKEN)
async def test_when_the_store_is_away_reveal_says_that_it_is_still_theirs(grove: Grove) -> None:
    await grove.bought()
    receipt = grove.shop.dms(grove.shop.alice)[-1]
    grove.take_token_back()

    result = await grove.shop.alice.user.click(receipt, label="Show key")

    assert "It's still yours" in text_of(result.response)
    assert "charged" not in text_of(result.response)
    assert grove.steps("keys")[0]["outcome"] == "ready"


async def test_reveal_works_after_a_restart(grove: Grove) -> None:
    await grove.bought()
    async with grove.outage():
        pass

    result = await grove.shop.alice.user.click(grove.shop.dms(grove.shop.alice)[-1], label="Show message")

    assert "Put the key into" in text_of(result.response)


async def test_retry_is_done_once(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    await grove.paid_with_role_above()
    note = grove.messages(grove.log_channel)[-1]
    grove.put_role(above=False)
    await grove.boss.click(note, label="Retry")
    await grove.till.settled()
    assert grove.roles() == {"VIP"}

    again = await grove.boss.click(note, label="Retry")

    assert "Nothing left to retry" in text_of(again.response)
    retried = [entry for entry in audited(grove) if entry[0] == "retried"]
    [(_, actor, said)] = retried
    assert (actor, said["sale"]) == (grove.boss.id, grove.till.sale()["reference"])


async def test_the_sales_log_offers_the_retry_too(grove: Grove) -> None:
    await grove.keep_log()
    await grove.benefit()
    await grove.paid_with_role_above()
    grove.put_role(above=False)

    await grove.boss.click(grove.messages(grove.log_channel)[0], label="Retry: Role")
    await grove.till.settled()

    assert grove.roles() == {"VIP"}
    assert PRODUCT in text_of(grove.messages(grove.log_channel)[0])
    assert buttons_of(grove.messages(grove.log_channel)[0]) == {}


@pytest.mark.settings(pandabase=TOKEN)
async def test_more_keys_than_a_message_holds_come_in_a_file(grove: Grove) -> None:
    await grove.bought(quantity=300)
    keys = grove.keys()
    assert len(keys) == 300

    result = await grove.shop.alice.user.click(grove.shop.dms(grove.shop.alice)[-1], label="Show key")

    assert result.ephemeral
    assert "### Your 300 keys" in text_of(result.response)
    assert "Put the key into plugins/GroveGuard/config.yml" in text_of(result.response)
    [attached] = result.response.attachments
    content = grove.shop.env.backend.cdn.get(attached.url)
    assert content is not None
    file = content.decode()
    assert file.splitlines()[:300] == keys
    assert "Put the key into plugins/GroveGuard/config.yml" in file


async def test_the_stores_message_is_shown_whole_and_its_addresses_lead_somewhere(grove: Grove) -> None:
    address = f"https://downloads.example.com/grove_guard/{'a_long_path/' * 40}file_1.zip"
    grove.till.product().message = f"**Hello** @everyone: {address} is [yours](https://x.example)"
    await grove.bought()

    result = await grove.shop.alice.user.click(grove.shop.dms(grove.shop.alice)[-1], label="Show message")

    shown = text_of(result.response)
    assert address in shown
    assert r"\[yours\]" in shown
    assert r"\*\*Hello\*\*" in shown


@pytest.mark.settings(pandabase=TOKEN)
async def test_what_couldnt_be_shown_isnt_recorded_as_opened(grove: Grove) -> None:
    await grove.bought()
    grove.shop.env.inject_error("PATCH", "/webhooks/*/messages/*", status=400, times=1)

    await grove.shop.alice.user.click(grove.shop.dms(grove.shop.alice)[-1], label="Show key")

    assert grove.steps("keys")[0]["outcome"] == "ready"
