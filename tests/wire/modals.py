"""A modal as a person fills it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.wire import components as tree
from tests.wire.commands import RefusedByClientError, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.wire.world import Guild


def submitted(modal: dict[str, Any], values: Mapping[str, Any], guild: Guild | None) -> dict[str, Any]:
    """Return an interaction's `data` for the modal with values by label or custom id.

    Fields that are not named keep what the bot put there. Select menus take a list: values of options,
    or people, roles and channels as objects.

    Raises:
        RefusedByClientError: Discord's client would not let it be sent.
    """
    left, chosen, entries = dict(values), [], []
    for row in modal["components"]:
        if row["type"] == tree.TEXT_DISPLAY:
            entries.append({"type": row["type"], "id": row.get("id", 0), "content": row["content"]})
            continue
        label = row["type"] == tree.LABEL
        fields = [row["component"]] if label else row["components"]
        filled = []
        for field in fields:
            name = row["label"] if label else field.get("label")
            given = left.pop(field["custom_id"], None) if field["custom_id"] in left else left.pop(name, None)
            entry = _field(field, name, given)
            chosen += [one for one in entry.get("values", ()) if not isinstance(one, str)]
            entry["values"] = [
                one if isinstance(one, str) else str(one.id) for one in entry.get("values", ())
            ]
            if "value" in entry:
                del entry["values"]
            filled.append(entry)
        inner = {"component": filled[0]} if label else {"components": filled}
        entries.append({"type": row["type"], "id": row.get("id", 0), **inner})
    if left:
        raise RefusedByClientError(f"the modal {modal['title']!r} has no field {sorted(left)}")
    data: dict[str, Any] = {"custom_id": modal["custom_id"], "components": entries}
    resolved = resolve(chosen, guild)
    return data | ({"resolved": resolved} if resolved else {})


def _field(field: dict[str, Any], name: str | None, given: Any) -> dict[str, Any]:
    entry = {"type": field["type"], "id": field.get("id", 0), "custom_id": field["custom_id"]}
    required = field.get("required", True)
    if field["type"] == tree.TEXT_INPUT:
        text = field.get("value") or "" if given is None else given
        least, most = field.get("min_length") or 0, field.get("max_length") or 4000
        if (required and not text) or (text and not least <= len(text) <= most):
            raise RefusedByClientError(f"{name!r} takes {least} to {most} characters, not {text!r}")
        return entry | {"value": text}
    if field["type"] == tree.CHECKBOX:
        return entry | {"value": bool(field.get("default") if given is None else given)}
    options = field.get("options") or ()
    if given is None:
        given = [one["value"] for one in options if one.get("default")]
    offered = {one["value"] for one in options}
    picked = [given] if isinstance(given, str) else list(given)
    if (required and not picked) or (offered and not offered.issuperset(picked)):
        raise RefusedByClientError(f"{name!r} offers {sorted(offered)}, not {picked}")
    if field["type"] == tree.RADIO_GROUP:
        return entry | {"value": picked[0] if picked else None}
    return entry | {"values": picked}
