"""What Discord does with the body of a message: its rules, its defaults, its attachments."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tests.wire import components as tree
from tests.wire import rest_errors as errors
from tests.wire.stored_components import stored
from tests.wire.world import COMPONENTS_V2, EPHEMERAL, LOADING, Message, snowflake

if TYPE_CHECKING:
    from tests.wire.world import World

MAX_COMPONENTS: Final = 40  # of a message with Components V2, nested ones included
MAX_ROWS: Final = 5  # of a message without
MAX_TEXT: Final = 4000  # characters of all text displays of a message together
MAX_CONTENT: Final = 2000
MAX_EMBED_TEXT: Final = 6000  # characters of all embeds together
SETTABLE_FLAGS: Final = (1 << 2) | EPHEMERAL | (1 << 12) | COMPONENTS_V2

Files = dict[str, tuple[str, bytes]]
"""Uploads of a multipart body: name and bytes by field (`files[0]`)."""


def apply_body(world: World, message: Message, body: dict[str, Any], files: Files) -> None:
    """Give the message what the body holds, as a creation or an edit; nothing changes if it is refused.

    Raises:
        RestError: Discord would refuse the result.
    """
    flags = message.flags
    if body.get("flags") is not None:
        flags = (
            (flags & ~SETTABLE_FLAGS)
            | (body["flags"] & SETTABLE_FLAGS)
            | (flags & (EPHEMERAL | COMPONENTS_V2))
        )
    content = message.content if "content" not in body else body["content"] or ""
    embeds = message.embeds if "embeds" not in body else body["embeds"] or []
    attachments = _attachments(world, message, body, files)
    components = message.components
    if "components" in body:
        components = stored(body["components"] or [], attachments)
    check(content, embeds, components, attachments, v2=bool(flags & COMPONENTS_V2))
    message.content, message.flags = content, flags & ~LOADING
    message.embeds = [{"type": "rich", **embed} for embed in embeds]
    message.attachments = attachments
    message.components = components
    if "allowed_mentions" in body:
        message.allowed_mentions = body["allowed_mentions"]


def edit(world: World, message: Message, body: dict[str, Any], files: Files) -> None:
    """Change a message and remember what it showed before.

    Raises:
        RestError: Discord would refuse the result.
    """
    before, thinking = message.text, message.thinking
    apply_body(world, message, body, files)
    if not thinking:
        message.versions.append(before)
        message.edited_at = datetime.now(UTC)


def check(
    content: str,
    embeds: list[dict[str, Any]],
    components: list[dict[str, Any]],
    attachments: list[dict[str, Any]],
    *,
    v2: bool,
) -> None:
    """Refuse what Discord refuses although its schema allows it.

    Raises:
        RestError: with Discord's own code.
    """
    parts = list(tree.walk(components))
    _check_custom_ids(parts)
    if any(part["type"] in tree.ONLY_IN_MODALS for part in parts):
        raise errors.invalid_form("components", "UNION_TYPE_CHOICES", "A component that only modals may hold")
    if v2:
        _check_v2(content, embeds, parts)
    else:
        _check_legacy(content, embeds, components, parts)
        if not (content or embeds or components or attachments):
            raise errors.empty_message()


def _check_v2(content: str, embeds: list[dict[str, Any]], parts: list[dict[str, Any]]) -> None:
    if content or embeds:
        code, field = (
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            "content" if content else "embeds",
        )
        raise errors.invalid_form(field, code, f"The '{field}' field cannot be used with IS_COMPONENTS_V2")
    if not parts:
        raise errors.empty_message()
    if len(parts) > MAX_COMPONENTS:
        message = f"Message has {len(parts)} components, at most {MAX_COMPONENTS} are allowed"
        raise errors.invalid_form("components", "BASE_TYPE_MAX_LENGTH", message)
    if sum(len(part["content"]) for part in parts if part["type"] == tree.TEXT_DISPLAY) > MAX_TEXT:
        message = f"Text displays of a message must hold {MAX_TEXT} characters or fewer in total"
        raise errors.invalid_form("components", "COMPONENT_MAX_TEXT_LENGTH", message)


def _check_legacy(
    content: str,
    embeds: list[dict[str, Any]],
    components: list[dict[str, Any]],
    parts: list[dict[str, Any]],
) -> None:
    if any(part["type"] in tree.ONLY_IN_V2 for part in parts):
        raise errors.invalid_form("components", "UNION_TYPE_CHOICES", "Needs the IS_COMPONENTS_V2 flag")
    if len(components) > MAX_ROWS:
        raise errors.invalid_form("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    if len(content) > MAX_CONTENT:
        raise errors.invalid_form("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
    if sum(_embed_length(embed) for embed in embeds) > MAX_EMBED_TEXT:
        raise errors.invalid_form(
            "embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embeds hold more than 6000 characters"
        )


def new_message(world: World, channel: Any, **fields: Any) -> Message:
    return Message(snowflake(), channel, world.bot, **fields)


def _check_custom_ids(parts: list[dict[str, Any]]) -> None:
    custom_ids = [part["custom_id"] for part in parts if part.get("custom_id")]
    doubled = sorted({one for one in custom_ids if custom_ids.count(one) > 1})
    if doubled:
        message = f"Component custom id cannot be duplicated: {doubled}"
        raise errors.invalid_form("components", "COMPONENT_CUSTOM_ID_DUPLICATED", message)
    for part in parts:
        if part["type"] != tree.BUTTON or part["style"] == tree.PREMIUM_STYLE:
            continue
        wanted, unwanted = ("url", "custom_id") if part["style"] == tree.LINK_STYLE else ("custom_id", "url")
        if not part.get(wanted) or part.get(unwanted):
            message = f"A button of style {part['style']} needs {wanted} and no {unwanted}"
            raise errors.invalid_form("components", "BUTTON_COMPONENT_INVALID", message)
        if part.get("url") and not re.match(r"(https?|discord)://", part["url"]):
            raise errors.invalid_form("components", "URL_TYPE_INVALID_SCHEME", f"Scheme of {part['url']!r}")


def _embed_length(embed: dict[str, Any]) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get(key) or {}).get(name) for key, name in (("footer", "text"), ("author", "name"))]
    texts += [entry[key] for entry in embed.get("fields") or () for key in ("name", "value")]
    return sum(len(text) for text in texts if text)


def _attachments(world: World, message: Message, body: dict[str, Any], files: Files) -> list[dict[str, Any]]:
    described = {str(entry["id"]): entry for entry in body.get("attachments") or ()}
    kept = message.attachments
    if "attachments" in body:
        kept = [entry for entry in kept if entry["id"] in described]
    return kept + [
        _stored(world, message, name, data, described.get(field.removeprefix("files[").removesuffix("]"), {}))
        for field, (name, data) in files.items()
    ]


def _stored(
    world: World, message: Message, name: str, data: bytes, described: dict[str, Any]
) -> dict[str, Any]:
    name, number = described.get("filename") or name, snowflake()
    path = f"/attachments/{message.channel.id}/{number}/{name}"
    world.files[path] = data
    entry = {"id": str(number), "filename": name, "size": len(data), "url": world.base_url + path}
    if described.get("description"):
        entry["description"] = described["description"]
    return entry | {"proxy_url": entry["url"], "content_type": "application/octet-stream"}
