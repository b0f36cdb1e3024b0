"""What staff did with the shop, in a sentence: for the staff's log channel."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.exports.models import Export
from bot.money import Money
from bot.staff.models import AuditAction, AuditEntry
from bot.texts import Text, channel, code, joined, lines, markdown, mention, ntext, text

_Sentence = Callable[[Text, Mapping[str, Any]], Text]


def told(entry: AuditEntry) -> Text | None:
    """What happened and by whom; None for what reads as a setting."""
    if (done := _DONE.get(entry.action)) is not None:
        return with_actor(done(entry.details), entry)
    said = _SAID.get(entry.action)
    if said is None or entry.actor_id is None:
        return None
    details = entry.details
    reason = text("Reason: {reason}", reason=str(details["reason"])) if details.get("reason") else None
    return lines(said(mention(entry.actor_id), details), reason)


def with_actor(said: Text, entry: AuditEntry) -> Text:
    """What was done, and by whom, as far as somebody did it."""
    if entry.actor_id is None:
        return said
    return text("{happened} by {member}", happened=said, member=mention(entry.actor_id))


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


def _access(staff: Text, details: Mapping[str, Any]) -> Text:
    if details["role"] is None:
        return text("{staff} let everyone buy **{product}**", staff=staff, product=details["product"])
    return text(
        "{staff} let members with {role} buy **{product}**",
        staff=staff,
        role=markdown(f"<@&{details['role']}>"),
        product=details["product"],
    )


def _coupon(staff: Text, details: Mapping[str, Any]) -> Text:
    percent, amount = details["percent"], details["amount"]
    return text(
        "{staff} asked the store for the coupon {code}: {discount} off",
        staff=staff,
        code=code(details["code"]),
        discount=markdown(f"{percent}%") if amount is None else Money(int(amount), details["currency"]),
    )


_SAID: Final[Mapping[AuditAction, _Sentence]] = {
    AuditAction.GIVEN: _given,
    AuditAction.ACCESS: _access,
    AuditAction.BLOCKED: lambda staff, details: text(
        "{staff} blocked {member} from buying", staff=staff, member=mention(details["member"])
    ),
    AuditAction.UNBLOCKED: lambda staff, details: text(
        "{staff} let {member} buy again", staff=staff, member=mention(details["member"])
    ),
    AuditAction.SHOP_CLOSED: lambda staff, _details: text("{staff} closed the shop", staff=staff),
    AuditAction.SHOP_OPENED: lambda staff, _details: text("{staff} opened the shop", staff=staff),
    AuditAction.COUPON_ASKED: _coupon,
    AuditAction.COUPON_DISABLED: lambda staff, details: text(
        "{staff} asked the store to disable the coupon {code}", staff=staff, code=code(details["code"])
    ),
}


def _panel(details: Mapping[str, Any]) -> Text:
    title = details["title"]
    what = text("**{title}**", title=title) if title else text("the shop")
    return text("{what} in {channel}", what=what, channel=channel(details["channel"]))


def _benefit(details: Mapping[str, Any]) -> Text:
    return text(
        "**{product}** gives {role}",
        product=details["product"],
        role=markdown(f"<@&{details['role']}>"),
    )


_DONE: Final[Mapping[AuditAction, Callable[[Mapping[str, Any]], Text]]] = {
    AuditAction.PANEL_POSTED: lambda details: text("Panel posted: {panel}", panel=_panel(details)),
    AuditAction.PANEL_REMOVED: lambda details: text("Panel removed: {panel}", panel=_panel(details)),
    AuditAction.ANNOUNCED: lambda details: text("Announced: {panel}", panel=_panel(details)),
    AuditAction.BENEFIT_ADDED: lambda details: text("Benefit added: {benefit}", benefit=_benefit(details)),
    AuditAction.BENEFIT_REMOVED: lambda details: text(
        "Benefit removed: {benefit}", benefit=_benefit(details)
    ),
    AuditAction.PAST_BUYERS: lambda details: text(
        "Given to past buyers: {benefit}", benefit=_benefit(details)
    ),
    AuditAction.PAYMENT_ACCEPTED: lambda details: text(
        "Payment {order} accepted for {member}",
        order=code(details["order"]),
        member=mention(details["member"]),
    ),
    AuditAction.PAYMENT_DISMISSED: lambda details: text(
        "Payment {order} dismissed", order=code(details["order"])
    ),
    AuditAction.EXPORTED: lambda details: text("Exported: {what}", what=Export(details["what"]).label),
    AuditAction.SET_UP: lambda _details: text("Setup was fixed"),
}
