"""What was done, in a sentence: for the staff's log channel, and for an invoice's history."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from bot.invoices.models import Invoice
from bot.staff.models import AuditAction, AuditEntry
from bot.texts import NOTHING, Text, joined, limited, mention, moment, text
from bot.texts.stored import read
from cogs.staff.audit_text import audit_sentence, done_by, mention_of

_LONGEST_REASON: Final = 300
HAPPENED: Final[Mapping[AuditAction, Text]] = {
    AuditAction.SUBMITTED: text("was submitted for approval"),
    AuditAction.APPROVED: text("was approved"),
    AuditAction.REFUSED: text("was refused"),
    AuditAction.SENT: text("was sent"),
    AuditAction.NOT_SENT: text("couldn't be sent: the store didn't create a payment link"),
    AuditAction.UNDELIVERED: text("couldn't be delivered: the member's direct messages are closed"),
    AuditAction.DELAYED: text("couldn't be delivered yet: Discord didn't take the message; we'll try again"),
    AuditAction.DELIVERED: text("has reached the member now"),
    AuditAction.NOTICE: text("got a public notice"),
    AuditAction.RESENT: text("was resent"),
    AuditAction.LINK: text("got a new payment link"),
    AuditAction.NO_LINK: text("got no payment link"),
    AuditAction.DECLINED: text("was declined"),
    AuditAction.CANCELLED: text("was cancelled"),
    AuditAction.OVERDUE: text("is overdue"),
    AuditAction.REMINDED: text("got a reminder"),
    AuditAction.NOT_REMINDED: text(
        "got a reminder that couldn't be delivered: the member's direct messages are closed"
    ),
    AuditAction.PAID: text("was paid"),
    AuditAction.OVERPAID: text("was paid twice: refund one of the payments"),
    AuditAction.REFUNDED: text("was refunded"),
    AuditAction.DISPUTED: text("is disputed by the payer"),
    AuditAction.LOST: text("was charged back: the payer's bank gave the money back"),
}
_HINDERED: Final[Mapping[AuditAction, Text]] = {
    AuditAction.UNDELIVERED: text("couldn't be delivered: Discord didn't let the bot send a direct message"),
    AuditAction.NOT_REMINDED: text(
        "got a reminder that couldn't be delivered: Discord didn't let the bot send a direct message"
    ),
}
_FAILED: Final = frozenset({AuditAction.NOT_SENT, AuditAction.NO_LINK})
"""What nobody has done: it went wrong for whoever asked for it."""


def sentence(entry: AuditEntry, invoice: Invoice | None) -> Text:
    """What happened, to which invoice if it was one, by whom."""
    if invoice is None:
        return audit_sentence(entry)
    about = text(
        "Invoice **#{number}** for {member} ({total})",
        number=invoice.shown_number,
        member=mention(invoice.payer.id),
        total=invoice.subtotal,
    )
    return text("{invoice} {happened}", invoice=about, happened=happened(entry))


def happened(entry: AuditEntry, *, between: str = "\n", payable: bool = True) -> Text:
    """What happened and by whom, for where the invoice is known. `between` stands before each remark.

    `payable` is whether to say until when its page takes payments.
    """
    said = HAPPENED[entry.action]
    if entry.details.get("hindered"):
        said = _HINDERED.get(entry.action, said)
    by = done_by(said, NOTHING if entry.action in _FAILED else mention_of(entry.actor_id))
    details = {name: value for name, value in entry.details.items() if payable or name != "payable_until"}
    return joined(between, (by, *_remarks(details, between)))


def _remarks(details: Mapping[str, Any], between: str) -> Iterator[Text | None]:
    for name, said in _REMARKS.items():
        if value := details.get(name):
            yield said(value.replace("\n", between) if isinstance(value, str) else value)


def _before(state: str) -> Text | None:
    match state:
        case "declined":
            return text("It had been declined.")
        case "cancelled":
            return text("It had been cancelled.")
    return None


_REMARKS: Final[Mapping[str, Callable[[Any], Text | None]]] = {
    "reason": lambda reason: text("Reason: {reason}", reason=limited(read(reason), _LONGEST_REASON)),
    "payable_until": lambda until: text(
        "Its payment page closes at {time}.",
        time=moment(datetime.fromisoformat(until), "t"),
    ),
    "before": _before,
}
