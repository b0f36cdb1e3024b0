"""The one tree of errors.

Every error carries a `sentence` that is safe to show to the person it concerns: it says what is the
matter and what to do. Whatever else is raised is a bug, and people are told only that something broke.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.markdown import cut, escape
from bot.money import Money

NAMES_SHOWN = 5
"""How many names a sentence lists before it says how many more there are."""
LONGEST_NAME = 120
"""Characters of a name in a sentence: five of them, all escaped, stay well below a message's limit."""


class BambooError(Exception):
    """Base of all; `str(error)` is for the log, `sentence` for people."""

    sentence = "Something went wrong on our side. Nothing was charged; please try again."

    def __init__(self, sentence: str | None = None) -> None:
        if sentence is not None:
            self.sentence = sentence
        super().__init__(self.sentence)


def _relative(instant: datetime) -> str:
    """How Discord shows an instant as a distance from now: "in 5 hours"."""
    return f"<t:{int(instant.timestamp())}:R>"


class Refusal(BambooError):
    """The request was understood and can't be granted: nothing is broken, nothing goes to the log."""


# --- configuration and storage: these end the process before it serves anyone -------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the configuration. `found` is already masked where it is a secret."""

    key: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.key}: found {self.found}; expected {self.expected}"


class ConfigurationError(BambooError):
    """The settings can't be used; holds every problem, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class DatabaseError(BambooError):
    """The database can't be opened. It was left as it was."""


class DatabaseLocked(DatabaseError):
    pass


class DatabaseReadOnly(DatabaseError):
    pass


class DatabaseTooNew(DatabaseError):
    pass


class DatabaseCorrupt(DatabaseError):
    pass


class DatabaseAway(BambooError):
    """The database can't be used at the moment: nothing was written, and the log says so once a minute."""

    sentence = "I can't do this right now: my database is out of reach. Please try again in a minute."


class DatabaseBusy(DatabaseAway):
    sentence = (
        "I can't do this right now: another program keeps my database locked. Please try again in a minute; "
        "if it goes on, tell the staff."
    )


class DatabaseFull(DatabaseAway):
    sentence = (
        "I can't do this right now: my disk is full. Please tell the staff, and try again once there is room."
    )


class InboxClosed(BambooError):
    """What the store sent can't be kept at the moment: it is to send it again."""

    sentence = "This can't be kept at the moment; please send it again."


# --- what the Pandabase API answers -------------------------------------------------------------------


class PandabaseError(BambooError):
    """A call to the store failed. `request_id` is the store's X-Request-ID, for its support."""

    sentence = "The store could not be reached. Nothing was charged; please try again in a few minutes."

    def __init__(
        self, sentence: str | None = None, *, request_id: str | None = None, detail: str = ""
    ) -> None:
        super().__init__(sentence)
        self.request_id = request_id
        self.detail = detail

    def __str__(self) -> str:
        said = f"{type(self).__name__}: {self.detail or self.sentence}"
        return f"{said} (request {self.request_id})" if self.request_id else said


class Rejected(PandabaseError):
    """The store refused the request (400, 409, 422); `sentence` is the store's own, meant for people."""


class NotFound(PandabaseError):
    """The store doesn't know what was asked for (404)."""


class RateLimited(PandabaseError):
    """The store wants fewer requests (429). `retry_at` (UTC) is when it takes the next one, if it said so."""

    sentence = "The store is very busy right now. Nothing was charged; please try again in a minute."

    def __init__(
        self, *, retry_at: datetime | None = None, request_id: str | None = None, detail: str = ""
    ) -> None:
        super().__init__(request_id=request_id, detail=detail)
        self.retry_at = retry_at


class Unauthorized(PandabaseError):
    """The token is wrong or lacks a scope (401, 403): the owner has to change the settings."""

    sentence = "The shop isn't set up correctly. Nothing was charged; please tell the staff of this server."


class Unavailable(PandabaseError):
    """The store could not be reached, or answered 5xx.

    `sent` says whether the request may have arrived: an unsafe call may then have had an effect.
    """

    def __init__(
        self,
        sentence: str | None = None,
        *,
        sent: bool = False,
        request_id: str | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(sentence, request_id=request_id, detail=detail)
        self.sent = sent


class UnreadableAnswer(PandabaseError):
    """The store answered with something that isn't what its documentation promises."""

    sentence = "The store gave an answer that can't be read. Nothing was charged; please tell the staff."


# --- purchases ----------------------------------------------------------------------------------------


class ProductUnknown(Refusal):
    """What was typed is no product's name; `candidates` are the store's titles that resemble it."""

    def __init__(self, typed: str, candidates: Sequence[str]) -> None:
        meant = (
            f"Did you mean {_some_of(candidates)}?"
            if candidates
            else "Start typing and choose from the list."
        )
        super().__init__(f"There is no product called “{escape(typed)}”. {meant}")


class QuantityUnknown(Refusal):
    """What was typed as a quantity is no whole number."""

    def __init__(self, typed: str) -> None:
        super().__init__(f"“{escape(typed[:20])}” isn't a quantity. Please type a whole number, such as 2.")


class LinkBeingMade(Refusal):
    sentence = (
        "Your payment link is being made right now. It comes by direct message in a moment, "
        "or as the answer to your first try; /purchases shows it too."
    )


class LinkNotMade(Refusal):
    """Whoever was making the link that the member waited for could not make it, and told why elsewhere."""

    sentence = "Your payment link could not be made. Nothing was charged; please try again."


class SubscriptionLinkOpen(Refusal):
    sentence = (
        "You have an open payment link for this subscription already, and paying both would charge you "
        "twice. Pay that one, or give it up with /purchases and try again."
    )


class TooManyLinks(Refusal):
    """The member has as many open links as one may have; `until` (UTC) is when the first one ends."""

    def __init__(self, open_links: int, until: datetime | None) -> None:
        links, one = ("link", "it") if open_links == 1 else ("links", "one of them")
        when = f", or try again {_relative(until)} when the next one ends" if until else ""
        super().__init__(
            f"You have {open_links} open payment {links}, and more can't be open at once. "
            f"Pay {one} or give {one} up with /purchases{when}."
        )


class TooManyPurchases(Refusal):
    """The member asked for links too quickly; `again_at` (UTC) is when the next one may be asked for."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(
            f"That was a lot of purchases in one minute. Please try again {_relative(again_at)}."
        )


class NotYours(Refusal):
    sentence = "This button belongs to somebody else's purchase. Use /buy to make one of your own."


class PurchaseUnknown(Refusal):
    sentence = "This purchase is no longer known here. Use /buy to make a new one."


class NoReceipt(Refusal):
    sentence = "There is no receipt of this yet: it comes once the payment is there."


class IsInvoice(Refusal):
    """It has links of its own, and is declined rather than given up."""

    sentence = "This is an invoice. /purchases shows it with its own buttons, to pay it or to decline it."


class LinkClosed(Refusal):
    sentence = (
        "This link is no longer open. Use /purchases again: it says how things stand, "
        "and has a new link for what isn't paid."
    )


class AlreadyPaid(Refusal):
    sentence = "This is paid already: there is nothing left to pay."


class PaymentClearing(Refusal):
    sentence = (
        "Your payment for this is on its way: with some banks that takes days. "
        "You'll hear from me as soon as it has arrived, so there is no need to pay again."
    )


class PaymentUnknown(Refusal):
    sentence = "This payment isn't known here any more. /store quarantine shows what waits."


class DecidedAlready(Refusal):
    sentence = "Somebody has decided this already: /store quarantine shows what still waits."


class NothingToEnd(Refusal):
    sentence = "This subscription isn't paused any more, or its access has ended already."


class CantRefund(Refusal):
    """The payment can't be given back; `sentence` says why, and what to do."""


class RefundFailed(BambooError):
    """The store could not be asked for a refund, or its answer is missing: it may have happened then.

    `detail` is for the log.
    """

    def __init__(self, sentence: str, *, detail: str) -> None:
        super().__init__(sentence)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.sentence} ({self.detail})"


class PriceChanged(Refusal):
    """The price is no longer what the member saw; with their consent the sale `reference` can go on.

    `titles` are of what is bought, as the store writes them; `without_coupon`: they have agreed to go on
    without theirs.
    """

    def __init__(
        self, reference: str, titles: Sequence[str], old: Money, new: Money, *, without_coupon: bool = False
    ) -> None:
        super().__init__("The price has changed.")
        self.reference = reference
        self.titles = tuple(titles)
        self.without_coupon = without_coupon
        self.old = old
        self.new = new


class CouponRefused(Refusal):
    """The store didn't take the coupon; `sentence` is the store's. The sale `reference` can go on without.

    `titles` are of what is bought, as the store writes them.
    """

    def __init__(self, reference: str, titles: Sequence[str], coupon: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reference = reference
        self.titles = tuple(titles)
        self.coupon = coupon


class AlreadyHeld(Refusal):
    """Who would get it has it already; `sentence` says what of it, and the buyer hasn't been charged.

    `may_buy` says that buying it once more makes sense for whoever wants that.
    """

    def __init__(self, sentence: str, *, may_buy: bool) -> None:
        super().__init__(sentence)
        self.may_buy = may_buy


class WishGone(Refusal):
    sentence = "This was answered already, or asked too long ago. See /purchases, or use /buy again."


class UntrustedLink(BambooError):
    """The store's answer named a page on a host that the settings don't allow: it is not shown to anyone."""

    sentence = (
        "The store gave a link that this shop doesn't trust. Nothing was charged; please tell the staff."
    )


class AnotherAmount(PandabaseError):
    """The store's page asks for another amount than was asked for: it is not shown to anyone."""

    sentence = (
        "The store's payment page asks for another amount than you saw, so you don't get its link. "
        "Nothing was charged; please tell the staff."
    )


# --- what can't be bought, and why --------------------------------------------------------------------


class CantBeBought(Refusal):
    """`product` is its title as the store writes it; in the sentence it is escaped."""

    def __init__(self, product: str, sentence: str) -> None:
        super().__init__(sentence)
        self.product = product


class ProductGone(CantBeBought):
    """The store doesn't know it (any more): `product` may be no more than an id."""

    def __init__(self, product: str = "") -> None:
        super().__init__(product, "This product is no longer sold. Use /shop to see what is.")


class OutOfStock(CantBeBought):
    def __init__(self, product: str) -> None:
        super().__init__(product, f"{_named(product)} is out of stock. Please try again another day.")


class TooFewLeft(CantBeBought):
    """There is some, but fewer than wanted."""

    def __init__(self, product: str, left: int) -> None:
        super().__init__(product, f"Only {left} of {_named(product)} left: take {left} or fewer.")
        self.left = left


class NotYetAvailable(CantBeBought):
    """It is sold from `since` (UTC)."""

    def __init__(self, product: str, since: datetime) -> None:
        super().__init__(
            product,
            f"{_named(product)} can be bought from {_date(since)} ({_relative(since)}). Come back then.",
        )
        self.since = since


class NoLongerAvailable(CantBeBought):
    """It was sold until `until` (UTC)."""

    def __init__(self, product: str, until: datetime) -> None:
        super().__init__(
            product, f"{_named(product)} was sold until {_date(until)}. Use /shop to see what is sold now."
        )
        self.until = until


class TooManyPerCustomer(CantBeBought):
    """`most` is how many units one customer may have."""

    def __init__(self, product: str, most: int) -> None:
        super().__init__(product, f"One customer can have {most} of {_named(product)}: take {most} or fewer.")
        self.most = most


class QuantityOutOfRange(CantBeBought):
    def __init__(self, product: str, most: int) -> None:
        super().__init__(product, f"One payment link takes 1 to {most} of {_named(product)}.")
        self.most = most


class VariantNeeded(CantBeBought):
    """The product comes in `variants` (their titles as the store writes them), and none was chosen."""

    def __init__(self, product: str, variants: Sequence[str]) -> None:
        super().__init__(
            product, f"{_named(product)} comes in several variants: choose {_some_of(variants)}."
        )
        self.variants = tuple(variants)


class VariantUnknown(CantBeBought):
    """What was chosen is none of `variants` (their titles as the store writes them)."""

    def __init__(self, product: str, variants: Sequence[str]) -> None:
        instead = f"choose {_some_of(variants)}" if variants else "leave the variant out"
        super().__init__(product, f"{_named(product)} doesn't come in that variant: {instead}.")
        self.variants = tuple(variants)


class ForeignCurrency(CantBeBought):
    """The product is priced in `currency`, the shop sells in another."""

    def __init__(self, product: str, currency: str, shop: str) -> None:
        super().__init__(
            product,
            f"{_named(product)} is priced in {currency}, and this shop sells in {shop}. "
            "Please tell the staff of this server.",
        )
        self.currency = currency


class CurrencyWithoutCents(CantBeBought):
    def __init__(self, product: str, currency: str) -> None:
        super().__init__(
            product,
            f"{_named(product)} is priced in {currency}, which can't be sold here: only currencies with two "
            "decimals can. Please tell the staff of this server.",
        )
        self.currency = currency


class FreeProduct(CantBeBought):
    def __init__(self, product: str) -> None:
        super().__init__(
            product,
            f"{_named(product)} is free, and a payment link needs a total of at least 1.00. "
            "Please ask the staff of this server for it.",
        )


class NeedsShipping(CantBeBought):
    def __init__(self, product: str) -> None:
        super().__init__(
            product,
            f"{_named(product)} has to be shipped, and this bot can't ask for an address. "
            "Please ask the staff of this server.",
        )


class TotalTooSmall(CantBeBought):
    """`at_least` is the quantity that would be enough."""

    def __init__(self, product: str, total: Money, least: Money, at_least: int) -> None:
        super().__init__(
            product,
            f"That comes to {_plain(total)}, and a payment link needs at least {_plain(least)}: "
            f"take {at_least} or more of {_named(product)}.",
        )
        self.total = total
        self.at_least = at_least


class TotalTooLarge(CantBeBought):
    """`at_most` is the quantity that would still do; 0 where one is too many already."""

    def __init__(self, product: str, total: Money, most: Money, at_most: int) -> None:
        advice = (
            f"take {at_most} or fewer of {_named(product)}"
            if at_most
            else "please ask the staff of this server"
        )
        super().__init__(
            product,
            f"That comes to {_plain(total)}, and a payment link asks for {_plain(most)} at most: {advice}.",
        )
        self.total = total
        self.at_most = at_most


class PricingUnknown(CantBeBought):
    """The store prices it in a way that is newer than this bot."""

    def __init__(self, product: str) -> None:
        super().__init__(
            product,
            f"{_named(product)} is priced in a way that this bot doesn't know yet. "
            "Please tell the staff of this server.",
        )


def _date(instant: datetime) -> str:
    """How Discord shows an instant in the reader's own time zone and language."""
    return f"<t:{int(instant.timestamp())}:f>"


def _plain(money: Money) -> str:
    return f"{money.decimal} {money.currency}"


def _named(title: str) -> str:
    """A title as it stands in a sentence: harmless, and no longer than anyone reads."""
    return escape(cut(title, LONGEST_NAME))


def _some_of(names: Sequence[str]) -> str:
    """The first five names, escaped."""
    shown = [_named(name) for name in names[:NAMES_SHOWN]]
    more = len(names) - len(shown)
    if more > 0:
        return f"{', '.join(shown)} or one of {more} more"
    return " or ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


class ButtonFromBefore(Refusal):
    """It names what the database doesn't hold: an earlier version made it, or the backup is older than it.

    `instead` says where to look.
    """

    def __init__(self, instead: str) -> None:
        super().__init__(f"This button is from before a restore or an update, so it does nothing. {instead}")


# --- staff, and what payments earn --------------------------------------------------------------------


class NotServed(Refusal):
    sentence = "This shop doesn't serve this server."


class NotStaff(Refusal):
    sentence = "This is for the staff of this server: members with Manage Server or a staff role."


class BenefitUnknown(Refusal):
    sentence = "There is no such benefit here. /store benefit list shows them all."


class RoleUnfit(Refusal):
    """The role can't be given; `sentence` says why, and what to change."""


class RoleOutOfReach(Refusal):
    """Who wants to sell the role would gain by it; `role` is its name."""

    def __init__(self, role: str) -> None:
        super().__init__(
            f"The role **{_named(role)}** allows more than you may do yourself, "
            "and you couldn't give it by hand. "
            "Ask the owner of this server, or somebody with Manage Roles who stands above it."
        )


class ProposalGone(Refusal):
    sentence = "This was answered already, or asked too long ago. Use /store benefit add to be asked again."


class NotRetried(Refusal):
    sentence = "There is nothing left to retry here: it went through, or somebody retries it already."


class CantBeDelivered(Refusal):
    """What is bought earns something that can't be given. Refused before anybody is charged.

    `reason` is for staff: what stands in the way, and what to do.
    """

    sentence = (
        "What this earns can't be given to you right now, so you have not been charged. "
        "Please try again later. If it stays so, tell the staff of this server."
    )

    def __init__(self, sentence: str | None = None, *, reason: str = "") -> None:
        super().__init__(sentence)
        self.reason = reason


class NotYoursAnyMore(Refusal):
    sentence = "This was refunded or is disputed, so there is nothing to show any more."


class KeysOutOfReach(BambooError):
    """The store doesn't give them; `detail` is for the log."""

    sentence = (
        "The store can't be asked for this right now. It is still yours: try again in a few minutes, "
        "or look into the store's e-mail."
    )

    def __init__(self, detail: str) -> None:
        super().__init__()
        self.detail = detail

    def __str__(self) -> str:
        return f"KeysOutOfReach: {self.detail}"


class NotHere(CantBeDelivered):
    """Who would get it isn't in the server."""

    def __init__(self, *, gift: bool) -> None:
        who = "The one it is for isn't" if gift else "You aren't"
        super().__init__(
            f"{who} in the server, where what this earns is given. Join first; nothing was charged."
        )


class NoGift(Refusal):
    """Somebody who can't be given anything; `sentence` says why."""


class ChannelLacks(Refusal):
    """The bot may not do in the channel what it has to; `sentence` says what."""


class BothOnAndOff(Refusal):
    sentence = "Choose a channel, or off:True, not both. Nothing was changed."


# --- invoices -----------------------------------------------------------------------------------------


class InvoiceUnknown(Refusal):
    sentence = "There is no such invoice in this server. Use /invoice list to see which there are."


class InvoiceNotYours(Refusal):
    """A passer-by at a public notice hears it too: nothing in it says that somebody is charged."""

    sentence = "This message is for somebody else."


class DraftGone(Refusal):
    sentence = (
        "This draft is no longer there: it was sent, discarded, or left for a day. "
        "Use /invoice create for a new one."
    )


class DraftChanged(Refusal):
    sentence = (
        "This invoice was changed while you sent it, so it was not sent. Look at it again, then send it."
    )


class InvoiceSettled(Refusal):
    """The invoice is in a state in which this can't be done any more; `state` is in a person's words."""

    def __init__(self, number: int, state: str) -> None:
        super().__init__(f"Invoice #{number} is {state}, so this can no longer be done.")


class InvoiceClosed(Refusal):
    """Nothing is asked of the payer any more; `state` is in a person's words."""

    def __init__(self, number: int, state: str) -> None:
        super().__init__(f"Invoice #{number} is {state}. There is nothing to pay.")


class InvoicePriceChanged(Refusal):
    """The store charges another price now than the invoice says, and an invoice's price is fixed."""

    def __init__(self, number: int, old: Money, new: Money) -> None:
        super().__init__(
            f"The store's price has changed since invoice #{number} was written: {_plain(old)} then, "
            f"{_plain(new)} now. Nothing was charged. Staff have to write it anew at today's price."
        )


class InvoiceDuePassed(Refusal):
    """Its due date passed before it was sent."""

    def __init__(self, *, waited: bool) -> None:
        super().__init__(
            "Its due date has passed while it waited for approval, so it was not sent. "
            "Refuse it, and write it anew."
            if waited
            else "Its due date has passed meanwhile, so it was not sent. Choose another one, then send it."
        )


class InvoiceNotSent(Refusal):
    """Its payment link could not be made; `sentence` tells staff why, and what to do."""


class InvoiceBeingSent(Refusal):
    """Somebody sends it at the same moment."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"Invoice #{number} is being sent right now: "
            f"`/invoice show number:{number}` says in a moment how that went."
        )


class InvoiceUnpayable(Refusal):
    """The store makes no payment link of it as it is; `reason` is in Markdown.

    `told` is whether staff read of it by themselves.
    """

    def __init__(self, number: int, reason: str, *, told: bool) -> None:
        staff = "The staff have been told." if told else "Please tell the staff."
        super().__init__(f"Invoice #{number} can't be paid as it is: {reason}\nNothing was charged. {staff}")


class FormGone(Refusal):
    sentence = "What you had typed is no longer there. Please begin anew."


class ItemWithoutName(Refusal):
    sentence = "Say what it is for: the item has no name that anybody could read."


class PayerIsBot(Refusal):
    sentence = "Bots can't pay. Choose a person."


class PayerIsThisBot(Refusal):
    sentence = "You can't send me an invoice: I only deliver them. Choose a person."


class PayerHasLeft(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"{escape(name)} is not in this server (any more), so an invoice can't reach them. "
            "Choose a member of this server."
        )


class TooManyInvoiceLines(Refusal):
    def __init__(self, most: int) -> None:
        super().__init__(f"An invoice has up to {most} lines. Send another invoice for the rest.")


class NoInvoiceLines(Refusal):
    sentence = "There is nothing on this invoice yet. Add an item or a product first."


class SubscriptionStandsAlone(Refusal):
    sentence = "A subscription can't share an invoice with anything else. Send it on an invoice of its own."


class PayerWouldChoose(Refusal):
    def __init__(self, product: str) -> None:
        super().__init__(
            f"{escape(product)} lets the payer choose the price, and an invoice names it. "
            "Add an item with a name and an amount of your own instead."
        )


class InvoiceTotalTooSmall(Refusal):
    def __init__(self, total: Money, least: Money) -> None:
        super().__init__(f"That comes to {_plain(total)}, and a payment needs at least {_plain(least)}.")


class InvoiceTotalTooLarge(Refusal):
    def __init__(self, total: Money, most: Money) -> None:
        super().__init__(f"That comes to {_plain(total)}, and a payment can be {_plain(most)} at most.")


class InvoiceAboveCap(Refusal):
    def __init__(self, total: Money, cap: Money) -> None:
        super().__init__(
            f"That comes to {_plain(total)}, and staff here may ask for {_plain(cap)} with one invoice. "
            "The owner of the bot sets this limit."
        )


class DailyCapReached(Refusal):
    def __init__(self, total: Money, left: Money, cap: Money) -> None:
        super().__init__(
            f"That comes to {_plain(total)}, and of the {_plain(cap)} that you may ask for in one day "
            f"{_plain(left)} is left. Try again tomorrow, or ask another staff member."
        )


class NoticeRefused(Refusal):
    """The bot may not write in the channel; `why` says so where it isn't the channel's doing."""

    def __init__(self, channel_id: int, why: str) -> None:
        super().__init__(
            f"There is no notice. {why}"
            if why
            else f"I can't write in <#{channel_id}>, so there is no notice. "
            "Use /invoice show in a channel where I can, and post it from there."
        )


class NoticeNotTaken(Refusal):
    """Discord didn't answer that it is posted, which passes."""

    def __init__(self, channel_id: int) -> None:
        super().__init__(
            "Discord didn't take the notice, or didn't say so. "
            f"If it isn't in <#{channel_id}>, please try again."
        )


class NoticeUnseen(Refusal):
    """The member would not see it; `name` is theirs."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{escape(name)} can't see this channel, so there is no notice. "
            "Use /invoice show in a channel that they can see, and post it from there."
        )


class OwnApproval(Refusal):
    sentence = "Nobody approves their own invoice: another staff member has to."


class AmountRefused(Refusal):
    """What was typed is no amount that can be charged."""


class AmountUnreadable(AmountRefused):
    def __init__(self, typed: str) -> None:
        super().__init__(
            f"“{_typed(typed)}” isn't an amount. Write it in digits, such as 12, 12.50 or 1,200.00."
        )


class AmountNegative(AmountRefused):
    def __init__(self, typed: str) -> None:
        super().__init__(f"“{_typed(typed)}” is below zero, and an invoice can only ask for more than that.")


class AmountZero(AmountRefused):
    sentence = "The amount is zero, and an invoice has to ask for something."


class AmountTooPrecise(AmountRefused):
    def __init__(self, typed: str) -> None:
        super().__init__(f"“{_typed(typed)}” has more than two decimals. Write it in cents, such as 12.50.")


class AmountWithExponent(AmountRefused):
    def __init__(self, typed: str) -> None:
        super().__init__(f"“{_typed(typed)}” is written with an exponent. Write the whole number out.")


class AmountOtherDigits(AmountRefused):
    def __init__(self, typed: str) -> None:
        super().__init__(f"“{_typed(typed)}” has other digits than 0 to 9. Please use those.")


class AmountForeign(AmountRefused):
    def __init__(self, typed: str, currency: str) -> None:
        super().__init__(
            f"“{_typed(typed)}” names another currency, and this shop sells in {currency}. "
            f"Write the amount in {currency}."
        )


class AmountAmbiguous(AmountRefused):
    """One separator and three digits: `decimal` and `thousands` are the two readings."""

    def __init__(self, typed: str, decimal: str, thousands: str) -> None:
        super().__init__(
            f"“{_typed(typed)}” can be read as **{decimal}** or as **{thousands}**. "
            "Write it with two decimals, or without the separator."
        )
        self.decimal = decimal
        self.thousands = thousands


class DueDateRefused(Refusal):
    """What was typed is no date on which an invoice can be due."""


class DueDateUnreadable(DueDateRefused):
    def __init__(self, typed: str) -> None:
        super().__init__(
            f"“{_typed(typed)}” isn't a due date. Write a time from now, such as 3d or 2 weeks, "
            "or a day as year-month-day, such as 2026-12-24."
        )


class DueDateImpossible(DueDateRefused):
    def __init__(self, typed: str) -> None:
        super().__init__(f"“{_typed(typed)}” is no day of the calendar. Write it as year-month-day.")


class DueDatePast(DueDateRefused):
    def __init__(self, typed: str) -> None:
        super().__init__(f"“{_typed(typed)}” has already passed. Choose a later date.")


class DueDateTooFar(DueDateRefused):
    def __init__(self, typed: str) -> None:
        super().__init__(f"“{_typed(typed)}” is more than a year away. Choose an earlier date.")


def _typed(text: str) -> str:
    """What somebody typed, short and harmless."""
    return escape(text[:40])
