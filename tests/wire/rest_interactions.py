"""REST: responses to interactions and what follows under an interaction's token."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from tests.wire import messages, payloads
from tests.wire import rest_errors as errors
from tests.wire.interactions import (
    AUTOCOMPLETE,
    COMPONENT,
    MODAL_SUBMIT,
    SLASH,
    TOKEN_LIFETIME,
    InteractionRecord,
)
from tests.wire.rest import route
from tests.wire.world import EPHEMERAL, LOADING

if TYPE_CHECKING:
    from tests.wire.rest import Call
    from tests.wire.world import Message

MESSAGE: Final = 4
DEFERRED_MESSAGE: Final = 5
DEFERRED_UPDATE: Final = 6
UPDATE: Final = 7
CHOICES: Final = 8
MODAL: Final = 9

ALLOWED: Final = {
    SLASH: {MESSAGE, DEFERRED_MESSAGE, MODAL},
    COMPONENT: {MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL_SUBMIT: {MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE},
}
MAX_CHOICES: Final = 25
WEBHOOK: Final = "/webhooks/{webhook_id}/{webhook_token}"


@route("POST", "/interactions/{interaction_id}/{interaction_token}/callback")
def respond(call: Call) -> Any:
    record = call.discord.interactions.get(call.path["interaction_token"])
    now = asyncio.get_running_loop().time()
    if record is None or record.id != call.number("interaction_id"):
        raise errors.unknown_interaction()
    if record.acknowledged_at is not None:
        raise errors.already_acknowledged()
    if not record.alive_at(now):
        raise errors.unknown_interaction()
    kind, data = call.body["type"], call.body.get("data") or {}
    if kind not in ALLOWED[record.kind] or (kind in {DEFERRED_UPDATE, UPDATE} and record.message is None):
        message = f"Value must be one of {sorted(ALLOWED[record.kind])}."
        raise errors.invalid_form("type", "BASE_TYPE_CHOICES", message)
    _carry_out(call, record, kind, data)
    record.acknowledged_at, record.callback = now, call.body
    if call.request.query.get("with_response") in {"1", "true"}:
        return _callback_json(call, record, kind)
    return None


def _carry_out(call: Call, record: InteractionRecord, kind: int, data: dict[str, Any]) -> None:
    if kind in {MESSAGE, DEFERRED_MESSAGE}:
        message = _new_message(call, record, (data.get("flags") or 0) & EPHEMERAL)
        if kind == MESSAGE:
            messages.apply_body(call.world, message, data, call.files)
        else:
            message.flags |= LOADING
        record.original = message
        call.discord.show(message)
        if kind == MESSAGE:
            _readable(record)
    elif kind in {DEFERRED_UPDATE, UPDATE}:
        assert record.message is not None
        if kind == UPDATE:
            messages.edit(call.world, record.message, data, call.files)
            _readable(record)
            call.discord.message_event("MESSAGE_UPDATE", record.message)
        record.original = record.message
    elif kind == CHOICES and len(data["choices"] or ()) > MAX_CHOICES:
        raise errors.invalid_form("data.choices", "BASE_TYPE_BAD_LENGTH", "Must be 25 or fewer in length.")


@route("POST", WEBHOOK)
def follow_up(call: Call) -> Any:
    record = _record(call)
    if record.original is not None and record.original.thinking:
        # The first follow-up of a deferred response takes the place of "thinking…".
        return _edit(call, record, record.original)
    message = _new_message(call, record, (call.body.get("flags") or 0) & EPHEMERAL)
    messages.apply_body(call.world, message, call.body, call.files)
    record.followups.append(message)
    call.discord.show(message)
    return payloads.message_json(call.world, message)


@route("GET", WEBHOOK + "/messages/@original", WEBHOOK + "/messages/{message_id}")
def get(call: Call) -> Any:
    return payloads.message_json(call.world, _message(call, _record(call)))


@route("PATCH", WEBHOOK + "/messages/@original", WEBHOOK + "/messages/{message_id}")
def edit(call: Call) -> Any:
    record = _record(call)
    return _edit(call, record, _message(call, record))


@route("DELETE", WEBHOOK + "/messages/@original", WEBHOOK + "/messages/{message_id}")
def delete(call: Call) -> None:
    call.discord.delete_message(_message(call, _record(call)))


def _edit(call: Call, record: InteractionRecord, message: Message) -> Any:
    messages.edit(call.world, message, call.body, call.files)
    if message is record.original:
        _readable(record)
    call.discord.message_event("MESSAGE_UPDATE", message)
    return payloads.message_json(call.world, message)


def _record(call: Call) -> InteractionRecord:
    """Return the interaction of the token.

    Raises:
        RestError: the token is wrong or older than fifteen minutes, or nothing has been answered yet.
    """
    record = call.discord.interactions.get(call.path["webhook_token"])
    if record is None or call.number("webhook_id") != call.world.application_id:
        raise errors.invalid_token()
    if record.expired or asyncio.get_running_loop().time() - record.sent_at > TOKEN_LIFETIME:
        raise errors.invalid_token()
    if record.acknowledged_at is None:
        raise errors.unknown_webhook()
    return record


def _message(call: Call, record: InteractionRecord) -> Message:
    wanted = call.path.get("message_id")
    mine = [record.original, *record.followups]
    found = mine[:1] if wanted is None else [one for one in mine if one and str(one.id) == wanted]
    if not found or found[0] is None or found[0].deleted:
        raise errors.unknown_message()
    return found[0]


def _new_message(call: Call, record: InteractionRecord, flags: int) -> Message:
    return messages.new_message(
        call.world,
        record.channel,
        flags=flags,
        visible_to=record.user if flags & EPHEMERAL else None,
        interaction=metadata_json(record),
    )


def _readable(record: InteractionRecord) -> None:
    if record.answered_at is None:
        record.answered_at = asyncio.get_running_loop().time()


def metadata_json(record: InteractionRecord) -> dict[str, Any]:
    """What a message says about the interaction that it answers."""
    guild = record.channel.guild
    body: dict[str, Any] = {
        "id": str(record.id),
        "type": record.kind,
        "user": payloads.user_json(record.user),
        "authorizing_integration_owners": {"0": str(guild.id) if guild else "0"},
    }
    if record.kind == SLASH:
        body |= {"name": record.data["name"], "command_type": record.data["type"]}
    elif record.kind == COMPONENT and record.message is not None:
        body["interacted_message_id"] = str(record.message.id)
    elif record.kind == MODAL_SUBMIT and record.origin is not None:
        body["triggering_interaction_metadata"] = metadata_json(record.origin)
    return body


def _callback_json(call: Call, record: InteractionRecord, kind: int) -> dict[str, Any]:
    interaction: dict[str, Any] = {"id": str(record.id), "type": record.kind}
    body: dict[str, Any] = {"interaction": interaction}
    message = record.original
    if message is not None:
        interaction |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.thinking,
            "response_message_ephemeral": message.ephemeral,
            "channel_id": str(message.channel.id),
        }
        if message.channel.guild is not None:
            interaction["guild_id"] = str(message.channel.guild.id)
    if message is not None and kind in {MESSAGE, UPDATE}:
        body["resource"] = {"type": kind, "message": payloads.message_json(call.world, message)}
    return body
