"""What staff read of payments that are not as they should be: late, or the second for the same."""

from bot.checkout.models import Sale
from bot.checkout.states import SessionState
from bot.payments.events import OrderChanged
from bot.payments.models import OrderRecord, PaymentEvent
from bot.staff.models import NoteButton, StaffNote
from bot.staff.repository import StaffRepository
from bot.storage.transaction import Transaction
from bot.texts import Text, lines, mention, text


async def note_of_second_payment(tx: Transaction, event: OrderChanged) -> None:
    """With a button that gives it back."""
    if event.change is not PaymentEvent.PAID or not event.order.again:
        return
    sale, order = event.sale, event.order
    told = text(
        "{member} paid twice for {sale}. Refund one of the payments.",
        sale=sale.name,
        member=mention(sale.buyer_id),
    )
    button = NoteButton(text("Refund second payment"), refund_id(order))
    note = StaffNote(sale.guild_id, f"again:{order.id}", lines(told, sale.summary), (button,))
    await StaffRepository(tx).write_note(note, event.at)


async def note_of_late_payment(tx: Transaction, event: OrderChanged) -> None:
    if event.order.late and event.change is PaymentEvent.PAID and event.link_was is not None:
        note = note_of_sale(event.sale, f"late:{event.order.id}", _late(event.link_was))
        await StaffRepository(tx).write_note(note, event.at)


def _late(state: SessionState) -> Text:
    """That a payment came when its link, in this state, was no longer to be paid."""
    match state:
        case SessionState.EXPIRED:
            return text("Someone paid after their link expired. The payment counts.")
        case SessionState.WITHDRAWN:
            return text("Someone paid after their link was cancelled. The payment counts.")
        case SessionState.SUPERSEDED:
            return text("Someone paid with a link that had been replaced. The payment counts.")
        case _:
            return text("Someone paid with a link that we thought was never made. The payment counts.")


def refund_id(order: OrderRecord) -> str:
    """The button that refunds an order; `cogs.custom_ids` has its pattern."""
    return f"bamboo:refund:{order.reference}"


def note_of_sale(sale: Sale, key: str, what: Text) -> StaffNote:
    """A note that says what happened, and then of which sale."""
    told = text("{what} It's {sale} for {member}.", what=what, sale=sale.name, member=mention(sale.buyer_id))
    return StaffNote(sale.guild_id, key, told)
