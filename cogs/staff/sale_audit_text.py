"""What staff did with a sale, in a sentence for the staff's log channel."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.money import Money
from bot.staff.models import AuditAction, AuditEntry
from bot.texts import Text, code, mention, ntext, text


def sale_sentence(entry: AuditEntry) -> Text | None:
    """What was done, with which sale, by whom; None for what isn't about one."""
    said = _SAID.get(entry.action)
    if said is None or entry.actor_id is None:
        return None
    details = entry.details
    sale = text(
        "Purchase {reference} of {member}",
        reference=code(details["sale"]),
        member=mention(int(details["member"])),
    )
    return text(
        "{sale} {happened} by {staff}", sale=sale, happened=said(details), staff=mention(entry.actor_id)
    )


def _refund(details: Mapping[str, Any]) -> Text:
    amount = Money(int(details["amount"]), str(details["currency"]))
    return text("had a refund of {amount} asked of the store", amount=amount)


def _days(details: Mapping[str, Any]) -> Text:
    return ntext("was given {count} more day", "was given {count} more days", int(details["days"]))


_SAID: Final[Mapping[AuditAction, Callable[[Mapping[str, Any]], Text]]] = {
    AuditAction.DELIVERED_AGAIN: lambda _details: text("was delivered again"),
    AuditAction.DAYS_ADDED: _days,
    AuditAction.REFUND_ASKED: _refund,
    AuditAction.CLAIMED: lambda _details: text("was claimed as a website purchase"),
    AuditAction.ASSIGNED: lambda _details: text("was assigned as a website purchase"),
    AuditAction.RETRIED: lambda _details: text("had a failed delivery tried again"),
    AuditAction.PAUSE_ENDED: lambda _details: text("lost its access while the subscription is paused"),
    AuditAction.SALE_MOVED: lambda details: text("was moved to {member}", member=mention(int(details["to"]))),
}
