"""What is to be paid, and how much of it is tax where the payer has said where they are."""

from bot.checkout.models import Sale
from bot.money import Money
from bot.texts import Text, lines, text


def has_trial(sale: Sale) -> bool:
    """Whether what is bought costs nothing at first."""
    return any(line.trial_days for line in sale.basket.lines)


def total_of(sale: Sale) -> Money | None:
    """What is to be paid before tax, by the store's own count."""
    if sale.basket.subtotal is None or sale.session.amount is None:
        return None
    return Money(sale.session.amount - (sale.session.discount or 0), sale.basket.currency)


def due_of(sale: Sale) -> Money | None:
    """What is to be paid, with the tax where it is known beforehand."""
    total = total_of(sale)
    known = sale.session.total
    return total if total is None or known is None else Money(known, total.currency)


def with_tax(currency: str, net: int, tax: int, total: int) -> Text:
    """What tax is on `net`, or in it, and what it comes to; all in cents."""
    if total == net:
        included = text("-# Includes {tax} tax for your country (set in /billing).", tax=Money(tax, currency))
        return included if tax else text("-# No tax for your country (set in /billing).")
    return lines(
        text("Tax: {tax}", tax=Money(tax, currency)),
        text("To pay: **{total}**", total=Money(total, currency)),
        text("-# Tax for your country (set in /billing). The payment page shows the final amount."),
    )
