from __future__ import annotations

import json

import aiohttp
import pytest

from tests.wire.world import SEND_MESSAGES, VIEW_CHANNEL

pytestmark = pytest.mark.specification

V2 = 1 << 15


def text(words: str) -> dict:
    return {"type": 10, "content": words}


def buttons(*custom_ids: str) -> dict:
    return {"type": 1, "components": [{"type": 2, "style": 1, "custom_id": one} for one in custom_ids]}


@pytest.fixture
async def call(discord_server):
    """Make a REST call as the bot; what comes back is the status and the JSON."""
    headers = {"Authorization": f"Bot {discord_server.token}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def calling(method: str, path: str, body=None, **options):
            url = discord_server.api_base_url + path
            async with session.request(method, url, json=body, **options) as answer:
                return answer.status, json.loads(await answer.read() or b"null")

        yield calling


@pytest.fixture
async def pending(discord_server, call, alice, channel):
    """An interaction that nobody has answered yet, and the paths of its callback and its webhook."""
    application_id = discord_server.world.application_id
    await call("POST", f"/applications/{application_id}/commands", {"name": "shop", "description": "Browse"})
    record = await discord_server.slash(alice, channel, "shop")
    return (
        record,
        f"/interactions/{record.id}/{record.token}/callback",
        f"/webhooks/{application_id}/{record.token}",
    )


async def test_a_wrong_token_is_unauthorized(call):
    assert (await call("GET", "/users/@me", headers={"Authorization": "Bot wrong"}))[0] == 401


async def test_addresses_that_the_fake_lacks_are_told_on(discord_server, call):
    assert (await call("GET", "/sticker-packs"))[0] == 404
    assert discord_server.violations == ["GET /api/v10/sticker-packs: the fake Discord has no such address"]
    discord_server.violations.clear()


async def test_history_is_paged_newest_first(call, channel):
    path = f"/channels/{channel.id}/messages"
    ids = [(await call("POST", path, {"content": str(number)}))[1]["id"] for number in range(5)]

    async def page(query: str) -> list[str]:
        return [one["id"] for one in (await call("GET", f"{path}?{query}"))[1]]

    assert await page("limit=2") == [ids[4], ids[3]]
    assert await page(f"before={ids[3]}&limit=2") == [ids[2], ids[1]]
    assert await page(f"after={ids[1]}&limit=2") == [ids[3], ids[2]]
    assert await page(f"around={ids[2]}&limit=2") == [ids[3], ids[2], ids[1]]


async def test_edits_replace_what_they_name_and_keep_the_rest(discord_server, call, channel):
    path = f"/channels/{channel.id}/messages"
    await call("POST", path, {"content": "one", "components": [buttons("a")]})
    [message] = discord_server.messages(channel)
    await call("PATCH", f"{path}/{message.id}", {"content": "two"})
    assert (message.content, len(message.buttons), message.versions) == ("two", 1, ["one"])
    assert (await call("GET", f"{path}/{message.id}"))[1]["edited_timestamp"] is not None


async def test_other_peoples_messages_are_neither_edited_nor_read(discord_server, call, alice, channel):
    message = discord_server.say(alice, channel, "private words")
    path = f"/channels/{channel.id}/messages/{message.id}"
    assert (await call("GET", path))[1]["content"] == ""
    assert (await call("PATCH", path, {"content": "mine"}))[1]["code"] == 50005


async def test_deleted_messages_are_unknown(discord_server, call, channel):
    path = f"/channels/{channel.id}/messages"
    message_id = (await call("POST", path, {"content": "one"}))[1]["id"]
    assert await call("DELETE", f"{path}/{message_id}") == (204, None)
    for method in ("GET", "DELETE"):
        assert (await call(method, f"{path}/{message_id}"))[1]["code"] == 10008


async def test_channel_permissions_decide(discord_server, call, guild, channel):
    path = f"/channels/{channel.id}/messages"
    discord_server.deny(channel, guild, SEND_MESSAGES)
    assert (await call("POST", path, {"content": "one"}))[1]["code"] == 50013
    discord_server.deny(channel, guild, VIEW_CHANNEL)
    assert (await call("POST", path, {"content": "one"}))[1]["code"] == 50001
    assert (await call("POST", "/channels/1/messages", {"content": "one"}))[1]["code"] == 10003


async def test_components_v2_have_rules_of_their_own(discord_server, call, channel):
    path = f"/channels/{channel.id}/messages"
    refused = [
        {"flags": V2, "content": "text", "components": [text("more")]},
        {"components": [text("no flag")]},
        {"flags": V2, "components": [text("x" * 2001), text("x" * 2000)]},
        {"flags": V2, "components": [{"type": 17, "components": [text("x")] * 40}]},
        {"flags": V2, "components": [buttons("same", "same")]},
        {
            "flags": V2,
            "components": [{"type": 1, "components": [{"type": 2, "style": 5, "label": "no url"}]}],
        },
    ]
    for body in refused:
        assert (await call("POST", path, body))[1]["code"] == 50035
    assert (await call("POST", path, {"content": ""}))[1]["code"] == 50006
    assert len(discord_server.violations) == len(refused)
    discord_server.violations.clear()
    full = [{"type": 17, "components": [text("x" * 100)] * 39}]
    assert (await call("POST", path, {"flags": V2, "components": full}))[0] == 200


async def test_uploads_are_served_and_stand_in_for_attachment_addresses(discord_server, call, channel):
    form = aiohttp.FormData(quote_fields=False)
    gallery = {"type": 12, "items": [{"media": {"url": "attachment://chart.png"}}]}
    body = {"flags": V2, "components": [gallery], "attachments": [{"id": 0, "filename": "chart.png"}]}
    form.add_field("payload_json", json.dumps(body))
    form.add_field("files[0]", b"picture", filename="chart.png", content_type="application/octet-stream")
    status, message = await call("POST", f"/channels/{channel.id}/messages", data=form)
    assert status == 200
    url = message["components"][0]["items"][0]["media"]["url"]
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert await answer.read() == b"picture"


async def test_allowed_mentions_decide_who_is_pinged(discord_server, call, guild, alice, channel):
    role = discord_server.role(guild, "Customer")
    words = f"{alice.mention} <@&{role.id}>"
    path = f"/channels/{channel.id}/messages"
    for allowed, pinged in (
        (None, {alice.id, role.id}),
        ({"parse": []}, set()),
        ({"parse": ["roles"]}, {role.id}),
        ({"parse": [], "users": [str(alice.id)]}, {alice.id}),
    ):
        await call("POST", path, {"content": words, "allowed_mentions": allowed})
        assert discord_server.messages(channel)[-1].mentioned_ids == pinged


async def test_nothing_follows_an_interaction_before_its_first_response(pending, call):
    _, callback, webhook = pending
    assert (await call("POST", webhook, {"content": "early"}))[1]["code"] == 10015
    assert await call("POST", callback, {"type": 5}) == (204, None)
    assert (await call("POST", callback, {"type": 5}))[1]["code"] == 40060
    assert (await call("POST", "/webhooks/1/nonsense", {"content": "x"}))[1]["code"] == 50027


async def test_the_first_follow_up_takes_the_place_of_thinking(discord_server, pending, call, channel):
    record, callback, webhook = pending
    await call("POST", callback, {"type": 5, "data": {"flags": 64}})
    await call("POST", webhook, {"content": "first"})
    status, second = await call("POST", webhook, {"content": "second"})
    assert (status, record.original.text, record.ephemeral) == (200, "first", True)
    assert [one.text for one in record.followups] == ["second"]
    await call("DELETE", f"{webhook}/messages/{second['id']}")
    assert (await call("GET", f"{webhook}/messages/{second['id']}"))[1]["code"] == 10008


async def test_ephemeral_messages_are_not_in_the_channel(discord_server, pending, call, channel, guild):
    record, callback, _ = pending
    data = {"content": "psst", "flags": 64, "components": [buttons("a")]}
    await call("POST", callback, {"type": 4, "data": data})
    path = f"/channels/{channel.id}/messages/{record.original.id}"
    assert (await call("GET", path))[1]["code"] == 10008
    with pytest.raises(AssertionError, match="doesn't see"):
        await discord_server.click(guild.owner, record.original, custom_id="a")


async def test_a_command_can_not_update_a_message(discord_server, pending, call):
    _, callback, _ = pending
    assert (await call("POST", callback, {"type": 7, "data": {"content": "x"}}))[1]["code"] == 50035
    discord_server.violations.clear()


async def test_the_callbacks_answer_names_its_message(pending, call):
    record, callback, _ = pending
    _, answer = await call("POST", f"{callback}?with_response=1", {"type": 4, "data": {"content": "hello"}})
    assert answer["interaction"]["response_message_id"] == str(record.original.id)
    assert answer["resource"]["message"]["content"] == "hello"


async def test_commands_keep_their_ids_when_they_are_replaced(discord_server, call, guild):
    path = f"/applications/{discord_server.world.application_id}/guilds/{guild.id}/commands"
    _, [first] = await call("PUT", path, [{"name": "buy", "description": "Buy"}])
    _, again = await call(
        "PUT", path, [{"name": "shop", "description": "Shop"}, {"name": "buy", "description": "B"}]
    )
    assert [one["name"] for one in again] == ["shop", "buy"]
    assert again[1]["id"] == first["id"]
    assert (await call("GET", path))[1] == again
