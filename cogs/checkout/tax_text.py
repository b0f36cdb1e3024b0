"""Tax that is known before anybody pays, because the payer has said where they are."""

from bot.money import Money
from bot.texts import Text, lines, text


def with_tax(currency: str, net: int, tax: int, total: int) -> Text:
    """What tax is on `net`, or in it, and what it comes to; all in cents."""
    if total == net:
        included = text("-# Includes {tax} tax, by your /billing country.", tax=Money(tax, currency))
        return included if tax else text("-# No tax, by your /billing country.")
    return lines(
        text("Tax: {tax}", tax=Money(tax, currency)),
        text("To pay: **{total}**", total=Money(total, currency)),
        text("-# By your /billing country. The payment page has the last word."),
    )
