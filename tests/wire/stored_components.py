"""Components as Discord keeps and returns them: numbered, with defaults, with resolved files."""

from __future__ import annotations

import copy
from typing import Any, Final

from tests.wire import components as tree
from tests.wire import rest_errors as errors
from tests.wire.world import snowflake

THUMBNAIL: Final = 11
MEDIA_GALLERY: Final = 12
FILE: Final = 13
SEPARATOR: Final = 14

DEFAULTS: Final[dict[int, dict[str, Any]]] = {
    **{kind: {"min_values": 1, "max_values": 1} for kind in tree.SELECTS},
    THUMBNAIL: {"description": None, "spoiler": False},
    FILE: {"name": None, "size": None, "spoiler": False},
    SEPARATOR: {"spacing": 1, "divider": True},
    tree.CONTAINER: {"accent_color": None, "spoiler": False},
}
"""What Discord returns where a bot said nothing. Source: the fields that its OpenAPI file requires."""


def stored(components: list[dict[str, Any]], attachments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the components as Discord stores them.

    Raises:
        RestError: one of them names a file that isn't attached.
    """
    kept = copy.deepcopy(components)
    parts = list(tree.walk(kept))
    taken = {part["id"] for part in parts if part.get("id")}
    free = (number for number in range(1, 10_000) if number not in taken)
    for part in parts:
        for key in [key for key, value in part.items() if value is None]:
            del part[key]
        part["id"] = part.get("id") or next(free)
        for key, value in DEFAULTS.get(part["type"], {}).items():
            part.setdefault(key, value)
        _resolve_files(part, attachments)
    return kept


def _resolve_files(part: dict[str, Any], attachments: list[dict[str, Any]]) -> None:
    uploaded = {f"attachment://{entry['filename']}": entry for entry in attachments}
    if part["type"] == MEDIA_GALLERY:
        for item in part["items"]:
            item.setdefault("description", None)
            item.setdefault("spoiler", False)
    media = [item["media"] for item in part.get("items", ())] + [
        part[key] for key in ("media", "file") if key in part
    ]
    for item in media:
        known = uploaded.get(item["url"])
        if known is None and item["url"].startswith("attachment://"):
            raise errors.invalid_form("components", "UNFURLED_MEDIA_ITEM", f"No such file: {item['url']}")
        if known is not None:
            item |= {"url": known["url"], "attachment_id": known["id"]}
            if part["type"] == FILE:
                part |= {"name": known["filename"], "size": known["size"]}
        item.setdefault("id", str(snowflake()))
        item.setdefault("proxy_url", item["url"])
