"""What staff did with the shop, in a sentence: for the staff's log channel."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.staff.models import AuditAction, AuditEntry
from bot.texts import Text, joined, lines, mention, ntext, text

_Sentence = Callable[[Text, Mapping[str, Any]], Text]


def told(entry: AuditEntry) -> Text | None:
    """What happened and by whom; None for what reads as a setting."""
    said = _SAID.get(entry.action)
    if said is None or entry.actor_id is None:
        return None
    details = entry.details
    reason = text("Reason: {reason}", reason=str(details["reason"])) if details.get("reason") else None
    return lines(said(mention(entry.actor_id), details), reason)


def _given(staff: Text, details: Mapping[str, Any]) -> Text:
    gave = text(
        "{staff} gave **{product}** to {member}",
        staff=staff,
        product=details["product"],
        member=mention(details["member"]),
    )
    days = details.get("days")
    for_days = ntext("for {count} day", "for {count} days", days) if days else None
    return joined(" ", (gave, for_days))


_SAID: Final[Mapping[AuditAction, _Sentence]] = {AuditAction.GIVEN: _given}
