"""What was done, in a sentence: for the staff's log channel, and for an invoice's history."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from bot.invoices.models import Invoice
from bot.markdown import escape
from bot.staff.models import AuditAction, AuditEntry
from bot.texts import limited
from bot.texts.stored import read
from cogs.invoices.view import InvoiceView, when

_LONGEST_REASON: Final = 300
_SAID: Final[dict[AuditAction, str]] = {
    AuditAction.SUBMITTED: "was put up for a second staff member's approval",
    AuditAction.APPROVED: "was approved",
    AuditAction.REFUSED: "was refused",
    AuditAction.SENT: "was sent",
    AuditAction.NOT_SENT: "could not be sent: the store made no payment link",
    AuditAction.UNDELIVERED: "could not be delivered: the member takes no direct messages",
    AuditAction.DELAYED: "could not be delivered yet: Discord did not take the message; it is tried again",
    AuditAction.DELIVERED: "has reached the member after all",
    AuditAction.NOTICE: "was announced by a public notice",
    AuditAction.RESENT: "is sent anew",
    AuditAction.LINK: "got a fresh payment link",
    AuditAction.NO_LINK: "got no payment link",
    AuditAction.DECLINED: "was declined",
    AuditAction.CANCELLED: "was cancelled",
    AuditAction.OVERDUE: "is overdue",
    AuditAction.REMINDED: "was reminded of by direct message",
    AuditAction.NOT_REMINDED: "could not be reminded of: the member takes no direct messages",
    AuditAction.PAID: "was paid",
    AuditAction.OVERPAID: "was paid a second time: one of the payments should be refunded",
    AuditAction.REFUNDED: "was refunded",
    AuditAction.DISPUTED: "is disputed, or was taken back by the payer's bank",
}
_HINDERED: Final[dict[AuditAction, str]] = {
    AuditAction.UNDELIVERED: "could not be delivered: Discord didn't let me send a direct message",
    AuditAction.NOT_REMINDED: "could not be reminded of: Discord didn't let me send a direct message",
}
_FAILED: Final = frozenset({AuditAction.NOT_SENT, AuditAction.NO_LINK})
"""What nobody has done: it went wrong for whoever asked for it."""


def sentence(entry: AuditEntry, invoice: Invoice | None, view: InvoiceView) -> str:
    """What happened, to which invoice, by whom."""
    if invoice is None:
        return f"{_settings(entry)}{_actor(entry)}"
    total = view.money(invoice.subtotal)
    about = f"Invoice **#{invoice.number}** for <@{invoice.payer.id}> ({total})"
    return f"{about} {happened(entry)}"


def happened(entry: AuditEntry) -> str:
    """What happened and by whom, for where the invoice is known."""
    by = "" if entry.action in _FAILED else _actor(entry)
    said = _SAID.get(entry.action, entry.action.value)
    if entry.details.get("hindered"):
        said = _HINDERED.get(entry.action, said)
    return f"{said}{by}{''.join(_remarks(entry.details))}"


def _actor(entry: AuditEntry) -> str:
    return f" by <@{entry.actor_id}>" if entry.actor_id is not None else ""


def _settings(entry: AuditEntry) -> str:
    changes = ", ".join(f"{name}: {value}" for name, value in entry.details.items())
    return f"Settings changed ({escape(changes)})"


def _remarks(details: dict[str, Any]) -> list[str]:
    remarks = [said(details[name]) for name, said in _REMARKS.items() if details.get(name)]
    return [f"\n{remark}" for remark in remarks if remark]


_REMARKS: Final[dict[str, Callable[[Any], str]]] = {
    "reason": lambda reason: f"Reason: {limited(read(reason), _LONGEST_REASON)!s}",
    "payable_until": lambda until: (
        f"The page that was issued before can still be paid until {when(datetime.fromisoformat(until))}."
    ),
    "before": lambda state: f"It was {state} before." if state in ("declined", "cancelled") else "",
}
