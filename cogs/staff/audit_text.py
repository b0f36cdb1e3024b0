"""What staff did, in a sentence for their log channel. Of invoices, their own room says it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.exports.models import Export
from bot.money import Money
from bot.staff.models import AuditAction, AuditEntry
from bot.texts import NOTHING, Language, Text, channel, code, joined, lines, markdown, mention, ntext, text

Details = Mapping[str, Any]


def audit_sentence(entry: AuditEntry) -> Text:
    """What happened and by whom."""
    return SENTENCES[entry.action](mention_of(entry.actor_id), entry.details)


def mention_of(actor_id: int | None) -> Text:
    """Whoever did it; nothing where nobody did."""
    return NOTHING if actor_id is None else mention(actor_id)


def done_by(happened: Text, actor: Text) -> Text:
    """What was done, and by whom, as far as somebody did it."""
    return text("{happened} by {member}", happened=happened, member=actor) if actor else happened


def noted_by(happened: Text, actor: Text) -> Text:
    """The same of what is a heading and a name, which isn't the work of whoever did it."""
    return text("{happened} · by {member}", happened=happened, member=actor) if actor else happened


# --- the shop -----------------------------------------------------------------------------------------


def _given(staff: Text, details: Details) -> Text:
    gave = text(
        "{staff} gave **{product}** to {member}",
        staff=staff,
        product=details["product"],
        member=mention(details["member"]),
    )
    days = details.get("days")
    for_days = ntext("for {count} day", "for {count} days", days) if days else None
    return lines(joined(" ", (gave, for_days)), _reason(details))


def _access(staff: Text, details: Details) -> Text:
    if details["role"] is None:
        return text("{staff} let everyone buy **{product}**", staff=staff, product=details["product"])
    return text(
        "{staff} let members with {role} buy **{product}**",
        staff=staff,
        role=markdown(f"<@&{details['role']}>"),
        product=details["product"],
    )


def _blocked(staff: Text, details: Details) -> Text:
    blocked = text("{staff} blocked {member} from buying", staff=staff, member=mention(details["member"]))
    return lines(blocked, _reason(details))


def _unblocked(staff: Text, details: Details) -> Text:
    return text("{staff} let {member} buy again", staff=staff, member=mention(details["member"]))


def _closed(staff: Text, details: Details) -> Text:
    return lines(text("{staff} closed the shop", staff=staff), _reason(details))


def _opened(staff: Text, _details: Details) -> Text:
    return text("{staff} opened the shop", staff=staff)


def _coupon_asked(staff: Text, details: Details) -> Text:
    percent, amount = details["percent"], details["amount"]
    off: Text | Money = text("{percent}%", percent=int(percent or 0))
    if amount is not None:
        off = Money(int(amount), details["currency"])
    return text(
        "{staff} asked the store for the coupon {code}: {discount} off",
        staff=staff,
        code=code(details["code"]),
        discount=off,
    )


def _coupon_disabled(staff: Text, details: Details) -> Text:
    return text(
        "{staff} asked the store to disable the coupon {code}", staff=staff, code=code(details["code"])
    )


def _cancel_asked(member: Text, details: Details) -> Text:
    return text(
        "{member} asked the store to cancel the subscription of purchase {reference}",
        member=member,
        reference=code(details["sale"]),
    )


def _resume_asked(member: Text, details: Details) -> Text:
    return text(
        "{member} asked the store to resume the subscription of purchase {reference}",
        member=member,
        reference=code(details["sale"]),
    )


def _reason(details: Details) -> Text | None:
    reason = details.get("reason")
    return text("Reason: {reason}", reason=str(reason)) if reason else None


# --- panels, files and settings -----------------------------------------------------------------------


def _posted(staff: Text, details: Details) -> Text:
    return noted_by(text("Panel posted: {panel}", panel=_panel(details)), staff)


def _removed(staff: Text, details: Details) -> Text:
    return noted_by(text("Panel removed: {panel}", panel=_panel(details)), staff)


def _announced(staff: Text, details: Details) -> Text:
    return noted_by(text("Announced: {panel}", panel=_panel(details)), staff)


def _panel(details: Details) -> Text:
    title = details["title"]
    what = text("**{title}**", title=title) if title else text("the shop")
    return text("{what} in {channel}", what=what, channel=channel(details["channel"]))


def _benefit_added(staff: Text, details: Details) -> Text:
    return noted_by(text("Role added: {benefit}", benefit=_benefit(details)), staff)


def _benefit_removed(staff: Text, details: Details) -> Text:
    return noted_by(text("Role removed: {benefit}", benefit=_benefit(details)), staff)


def _past_buyers(staff: Text, details: Details) -> Text:
    return noted_by(text("Given to earlier buyers: {benefit}", benefit=_benefit(details)), staff)


def _benefit(details: Details) -> Text:
    role = markdown(f"<@&{details['role']}>")
    return text("**{product}** gives {role}", product=details["product"], role=role)


def _payment_accepted(staff: Text, details: Details) -> Text:
    order, member = code(details["order"]), mention(details["member"])
    return done_by(text("Payment {order} accepted for {member}", order=order, member=member), staff)


def _payment_dismissed(staff: Text, details: Details) -> Text:
    return done_by(text("Payment {order} dismissed", order=code(details["order"])), staff)


def _exported(staff: Text, details: Details) -> Text:
    return noted_by(text("Exported: {what}", what=Export(details["what"]).label), staff)


def _set_up(staff: Text, _details: Details) -> Text:
    return done_by(text("Setup was fixed"), staff)


def _settings(staff: Text, details: Details) -> Text:
    return done_by(lines(*(_setting(name, value) for name, value in details.items())), staff)


def _setting(name: str, value: Any) -> Text:
    """What was set, and to what."""
    if name == "sales log" and value is not None:
        return text("Sales log set to {channel}", channel=channel(value))
    if name == "language" and value:
        return text("Server language set to {language}", language=Language(locale=value).endonym)
    return _SET.get((name, value)) or text("{setting}: {value}", setting=name, value=str(value))


_SET: Final[Mapping[tuple[str, Any], Text]] = {
    ("sales log", None): text("Sales log turned off"),
    ("language", ""): text("Server language reset"),
    ("reminders", "on"): text("Invoice reminders turned on"),
    ("reminders", "off"): text("Invoice reminders turned off"),
    ("end reminders", "on"): text("Expiry reminders turned on"),
    ("end reminders", "off"): text("Expiry reminders turned off"),
}


# --- a sale -------------------------------------------------------------------------------------------


def _of_sale(happened: Callable[[Details], Text]) -> Callable[[Text, Details], Text]:
    """What was done with which sale, by whom."""

    def sentence(staff: Text, details: Details) -> Text:
        sale = text(
            "Purchase {reference} of {member}",
            reference=code(details["sale"]),
            member=mention(int(details["member"])),
        )
        return text("{sale} {happened} by {staff}", sale=sale, happened=happened(details), staff=staff)

    return sentence


def _delivered_again(_details: Details) -> Text:
    return text("was delivered again")


def _days_added(details: Details) -> Text:
    return ntext("was given {count} more day", "was given {count} more days", int(details["days"]))


def _refund_asked(details: Details) -> Text:
    amount = Money(int(details["amount"]), str(details["currency"]))
    return text("had a refund of {amount} requested", amount=amount)


def _claimed(_details: Details) -> Text:
    return text("was claimed as a website purchase")


def _assigned(_details: Details) -> Text:
    return text("was assigned as a website purchase")


def _retried(_details: Details) -> Text:
    return text("had a failed delivery retried")


def _pause_ended(_details: Details) -> Text:
    return text("lost its access while the subscription is paused")


def _moved(details: Details) -> Text:
    return text("was moved to {member}", member=mention(int(details["to"])))


SENTENCES: Final[Mapping[AuditAction, Callable[[Text, Details], Text]]] = {
    AuditAction.SETTINGS: _settings,
    AuditAction.GIVEN: _given,
    AuditAction.ACCESS: _access,
    AuditAction.BLOCKED: _blocked,
    AuditAction.UNBLOCKED: _unblocked,
    AuditAction.SHOP_CLOSED: _closed,
    AuditAction.SHOP_OPENED: _opened,
    AuditAction.COUPON_ASKED: _coupon_asked,
    AuditAction.COUPON_DISABLED: _coupon_disabled,
    AuditAction.SUBSCRIPTION_CANCEL_ASKED: _cancel_asked,
    AuditAction.SUBSCRIPTION_RESUME_ASKED: _resume_asked,
    AuditAction.PANEL_POSTED: _posted,
    AuditAction.PANEL_REMOVED: _removed,
    AuditAction.ANNOUNCED: _announced,
    AuditAction.BENEFIT_ADDED: _benefit_added,
    AuditAction.BENEFIT_REMOVED: _benefit_removed,
    AuditAction.PAST_BUYERS: _past_buyers,
    AuditAction.PAYMENT_ACCEPTED: _payment_accepted,
    AuditAction.PAYMENT_DISMISSED: _payment_dismissed,
    AuditAction.EXPORTED: _exported,
    AuditAction.SET_UP: _set_up,
    AuditAction.DELIVERED_AGAIN: _of_sale(_delivered_again),
    AuditAction.DAYS_ADDED: _of_sale(_days_added),
    AuditAction.REFUND_ASKED: _of_sale(_refund_asked),
    AuditAction.SALE_MOVED: _of_sale(_moved),
    AuditAction.RETRIED: _of_sale(_retried),
    AuditAction.PAUSE_ENDED: _of_sale(_pause_ended),
    AuditAction.CLAIMED: _of_sale(_claimed),
    AuditAction.ASSIGNED: _of_sale(_assigned),
}
"""Of all that is posted in the log channel, but for invoices."""
