"""REST: messages of channels, servers' and direct ones alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tests.wire import messages, payloads
from tests.wire import rest_errors as errors
from tests.wire.rest import route

if TYPE_CHECKING:
    from tests.wire.rest import Call
    from tests.wire.world import Message

MESSAGES: Final = "/channels/{channel_id}/messages"
MESSAGE: Final = "/channels/{channel_id}/messages/{message_id}"


def _message(call: Call) -> Message:
    message = call.channel().messages.get(call.number("message_id"))
    if message is None:
        raise errors.unknown_message()
    return message


def _shown(call: Call, message: Message) -> Any:
    return payloads.message_json(call.world, message, with_content=call.discord.may_read(message))


@route("GET", MESSAGES)
def history(call: Call) -> Any:
    """Newest first, whichever way the page was asked for."""
    query, everything = call.request.query, sorted(call.channel().messages.values(), key=lambda one: one.id)
    limit = int(query.get("limit", 50))
    if "after" in query:
        page = [one for one in everything if one.id > int(query["after"])][:limit]
    elif "around" in query:
        at = sum(one.id < int(query["around"]) for one in everything)
        page = everything[max(at - limit // 2, 0) : at + limit // 2 + 1]
    else:
        before = int(query.get("before", 0)) or everything[-1].id + 1 if everything else 0
        page = [one for one in everything if one.id < before][-limit:]
    return [_shown(call, one) for one in reversed(page)]


@route("GET", MESSAGE)
def one_message(call: Call) -> Any:
    return _shown(call, _message(call))


@route("POST", MESSAGES)
def send(call: Call) -> Any:
    channel, body = call.channel(to_send=True), call.body
    nonce = None if body.get("nonce") is None else str(body["nonce"])
    if nonce and body.get("enforce_nonce"):
        since = datetime.now(UTC) - timedelta(seconds=call.discord.nonce_lifetime)
        for earlier in channel.messages.values():
            if earlier.nonce == nonce and earlier.author is call.world.bot and earlier.created_at >= since:
                return payloads.message_json(call.world, earlier)
    message = messages.new_message(call.world, channel, nonce=nonce)
    reference = body.get("message_reference")
    if reference:
        message.reference_id = int(reference["message_id"])
        if message.reference_id not in channel.messages and reference.get("fail_if_not_exists", True):
            raise errors.invalid_form("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    messages.apply_body(call.world, message, body, call.files)
    call.discord.show(message)
    return payloads.message_json(call.world, message)


@route("PATCH", MESSAGE)
def edit(call: Call) -> Any:
    message = _message(call)
    if message.author is not call.world.bot:
        raise errors.not_the_author()
    messages.edit(call.world, message, call.body, call.files)
    call.discord.message_event("MESSAGE_UPDATE", message)
    return payloads.message_json(call.world, message)


@route("DELETE", MESSAGE)
def delete(call: Call) -> None:
    message = _message(call)
    if message.author is not call.world.bot:
        raise errors.missing_permissions()
    call.discord.delete_message(message)


@route("POST", "/channels/{channel_id}/typing")
def typing(call: Call) -> Any:
    call.channel(to_send=True)
    return {}
