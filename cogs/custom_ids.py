"""What the buttons, menus and forms carry that outlive the process, by rooms: patterns, and what makes ids.

Messages that are out keep theirs for ever: none may come to mean something else, and no two may be alike.
What an id names is looked up at every click, and checked against who clicks.
"""

import re
from typing import Final

from bot.snowflakes import DIGITS

REFERENCE: Final = r"[a-z0-9]{10}"
ROW: Final = r"[a-z0-9]{1,19}"
"""A row's reference. Also its number, as in earlier versions: no row is found by it, and people are told."""
LONGEST_CUSTOM_ID: Final = 100
"""Characters; source: Discord's component reference."""
_STORES_ID: Final = r"[\w-]+"


# --- cogs/checkout ------------------------------------------------------------------------------------


GET_LINK: Final = re.compile(
    rf"bamboo:link:(?P<reference>{REFERENCE})(?::(?P<accepted>\d+))?(?P<plain>:plain)?"
)
"""Get a link for a sale: at the subtotal `accepted` (cents), without its coupon if `plain`."""
GET_LINK_BELOW: Final = re.compile(rf"bamboo:link:(?P<reference>{REFERENCE}):mine")
"""The same as an answer below the list of /purchases, which stays."""
BUY_ANYWAY: Final = re.compile(rf"bamboo:anyway:(?P<reference>{REFERENCE})")
"""Buy what somebody has already: the public name of a purchase that waits for a confirmation."""
RENEW: Final = re.compile(rf"bamboo:renew:(?P<reference>{REFERENCE})")
"""Buy what a sale sold once more, at the day's price; for its buyer."""
OTHER_COUPON: Final = re.compile(rf"bamboo:coupon:(?P<reference>{REFERENCE})")
"""Ask for another coupon for a sale, by a form; the form has the same."""
NO_THANKS: Final = re.compile(rf"bamboo:no:(?P<reference>{REFERENCE})")
"""Leave a sale as it is, after a question."""
GIFT_NOTE: Final = re.compile(rf"bamboo:note:(?P<reference>{REFERENCE})")
"""Write to the one a gift is for, by a form; the form has the same."""


def get_link(reference: str, *, accepted: int | None = None, without_coupon: bool = False) -> str:
    price = "" if accepted is None else f":{accepted}"
    return f"bamboo:link:{reference}{price}{':plain' if without_coupon else ''}"


def get_link_below(reference: str) -> str:
    return f"bamboo:link:{reference}:mine"


def buy_anyway(reference: str) -> str:
    return f"bamboo:anyway:{reference}"


def renew(reference: str) -> str:
    return f"bamboo:renew:{reference}"


def other_coupon(reference: str) -> str:
    return f"bamboo:coupon:{reference}"


def no_thanks(reference: str) -> str:
    return f"bamboo:no:{reference}"


def gift_note(reference: str) -> str:
    return f"bamboo:note:{reference}"


# --- cogs/shop: /buy, /shop and /help -----------------------------------------------------------------


BUY_AGAIN: Final = re.compile(
    rf"bamboo:anew:(?P<product>{_STORES_ID}):(?P<variant>{_STORES_ID})?:(?P<quantity>\d{{1,3}})"
)
"""Buy what /buy was used for, when nothing came of that."""
VARIANT: Final = re.compile(
    rf"bamboo:which:(?P<product>{_STORES_ID}):(?P<quantity>\d{{1,3}}):(?P<gift>{DIGITS})?:(?P<coupon>{_STORES_ID})?"
)
"""Buy the variant that is chosen from a menu, when /buy was used without one."""
_SESSION: Final = r"(?P<key>[\w-]{8})"
SHOP: Final = re.compile(rf"bamboo:shop:{_SESSION}:(?P<action>[a-z]+)")
"""Turn a private storefront page: the session's key, and to what."""
SHOP_FORM: Final = re.compile(rf"bamboo:form:{_SESSION}:(?P<action>[a-z]+)")
"""Ask for something by a form; the form has the same, and its answer turns the page."""
SHOP_BUY: Final = re.compile(rf"bamboo:buy:{_SESSION}:(?P<mark>[0-9a-f]{{8}})(?::(?P<amount>\d+))?")
"""Buy what the page shows: `mark` tells it from anything else, `amount` (cents) is what it costs."""
SHOP_ADD: Final = re.compile(rf"bamboo:add:{_SESSION}:(?P<mark>[0-9a-f]{{8}})")
"""Put what the page shows into the cart."""
OPEN: Final = re.compile(
    r"bamboo:open:(?P<what>shop|cart|billing|purchases|help|settings|invoices|benefits|quarantine|setup)"
)
"""Open a page, as its command does."""


def buy_again(product: str, variant: str | None, quantity: int) -> str | None:
    """None for what was typed instead of chosen, or is too long for a button."""
    custom_id = f"bamboo:anew:{product}:{variant or ''}:{quantity}"
    return custom_id if len(custom_id) <= LONGEST_CUSTOM_ID and BUY_AGAIN.fullmatch(custom_id) else None


def variant(product: str, quantity: int, gift: int | None, coupon: str | None) -> str | None:
    """None for what is too long for a menu, or has a coupon that can't stand there."""
    custom_id = f"bamboo:which:{product}:{quantity}:{gift or ''}:{coupon or ''}"
    return custom_id if len(custom_id) <= LONGEST_CUSTOM_ID and VARIANT.fullmatch(custom_id) else None


def shop(key: str, action: str) -> str:
    return f"bamboo:shop:{key}:{action}"


def shop_form(key: str, action: str) -> str:
    return f"bamboo:form:{key}:{action}"


def shop_buy(key: str, mark: str, amount: int | None) -> str:
    return f"bamboo:buy:{key}:{mark}" + ("" if amount is None else f":{amount}")


def shop_add(key: str, mark: str) -> str:
    return f"bamboo:add:{key}:{mark}"


def opens(what: str) -> str:
    return f"bamboo:open:{what}"


# --- cogs/cart: of whoever clicks ---------------------------------------------------------------------


_LINE: Final = r"(?P<mark>[0-9a-f]{8})"
CART: Final = re.compile(rf"bamboo:cart:(?P<action>empty|remove:{_LINE})")
"""Empty the cart, or take one line out."""
EMPTY_CART: Final = "bamboo:cart:empty"
CART_FORM: Final = re.compile(rf"bamboo:cart:ask:(?:(?P<coupon>coupon)|{_LINE}:(?P<quantity>\d{{1,3}}))")
"""Ask for the coupon, or for how many of a line, of which there are so many; the form has the same."""
CART_COUPON: Final = "bamboo:cart:ask:coupon"
CART_BUY: Final = re.compile(rf"bamboo:cart:buy:{_LINE}(?::(?P<amount>\d+))?")
"""Check out: `mark` tells what the cart shows from anything else, `amount` (cents) is what it comes to."""


def cart_remove(mark: str) -> str:
    return f"bamboo:cart:remove:{mark}"


def cart_quantity(mark: str, quantity: int) -> str:
    return f"bamboo:cart:ask:{mark}:{quantity}"


def cart_buy(mark: str, amount: int | None) -> str:
    return f"bamboo:cart:buy:{mark}" + ("" if amount is None else f":{amount}")


# --- cogs/billing and cogs/privacy: what is kept of whoever clicks ------------------------------------


BILLING_FORM: Final = re.compile(r"bamboo:billing:ask:(?P<what>payer|address)")
"""Ask for details for the bill; the form has the same."""
DELETE_BILLING: Final = "bamboo:billing:delete"
MY_DATA: Final = re.compile(r"bamboo:data:ask")
"""Ask whether all that no sale needs is to be deleted."""
KEEP_MY_DATA: Final = re.compile(r"bamboo:data:no")
DELETE_MY_DATA: Final = re.compile(r"bamboo:data:yes")


def billing_form(what: str) -> str:
    return f"bamboo:billing:ask:{what}"


def my_data(answer: str) -> str:
    return f"bamboo:data:{answer}"


# --- cogs/purchases -----------------------------------------------------------------------------------


PURCHASES: Final = re.compile(rf"bamboo:mine:(?P<page>\d+)(?::(?P<reference>{REFERENCE}))?")
"""Show a page of one's purchases, after giving up the link of `reference` if there is one."""
PURCHASE_LINK: Final = re.compile(rf"bamboo:mylink:(?P<reference>{REFERENCE})")
"""Show the link of a purchase again."""
RECEIPT: Final = re.compile(rf"bamboo:receipt:(?P<reference>{REFERENCE})")
"""Show the receipts of a purchase as an answer below the list."""
RECEIPTS: Final = re.compile(rf"bamboo:receipt:(?P<reference>{REFERENCE}):(?P<start>\d{{1,9}})")
"""Turn to others of them, from the one at `start` on; 0 is the newest."""


def purchases(page: int, give_up: str | None = None) -> str:
    return f"bamboo:mine:{page}" + (f":{give_up}" if give_up else "")


def purchase_link(reference: str) -> str:
    return f"bamboo:mylink:{reference}"


def receipt(reference: str) -> str:
    return f"bamboo:receipt:{reference}"


def receipts(reference: str, start: int) -> str:
    return f"bamboo:receipt:{reference}:{start}"


# --- cogs/subscriptions -------------------------------------------------------------------------------


_SUBSCRIPTION: Final = rf"bamboo:sub:(?P<reference>{REFERENCE})"
SUBSCRIPTION: Final = re.compile(_SUBSCRIPTION)
"""Show a purchase's subscription, and what its payer can do with it, as an answer below."""
SUBSCRIPTION_STEP: Final = re.compile(rf"{_SUBSCRIPTION}:(?P<step>show|cancel|resume)")
"""Show it where this button is, or ask whether it is to be cancelled or resumed."""
SUBSCRIPTION_SURE: Final = re.compile(rf"{_SUBSCRIPTION}:(?P<step>cancel|resume):sure")
"""Do it, after the question."""


def subscription(reference: str, *step: str) -> str:
    return ":".join(("bamboo:sub", reference, *step))


# --- cogs/fulfilment ----------------------------------------------------------------------------------


REVEAL: Final = re.compile(rf"bamboo:reveal:(?P<reference>{REFERENCE}):(?P<order>{ROW})")
"""Show what an order holds: keys, downloads, the store's message."""
RETRY: Final = re.compile(rf"bamboo:retry:(?P<delivery>{ROW})")
"""Have a delivery that was given up tried again; for staff."""
END_PAUSE: Final = re.compile(rf"bamboo:pause:(?P<reference>{ROW}):end")
"""End the access of a paused subscription, by its sale. `bot.fulfilment.pauses` makes it."""


def reveal(reference: str, order: str) -> str:
    return f"bamboo:reveal:{reference}:{order}"


def retry(delivery: str) -> str:
    return f"bamboo:retry:{delivery}"


# --- cogs/giving: what is free, and what staff give ---------------------------------------------------


GET_FREE: Final = re.compile(rf"bamboo:free:(?P<product>{_STORES_ID}):(?P<variant>{_STORES_ID})?")
"""Take a product that is free."""
GIVE: Final = re.compile(rf"bamboo:give:(?P<member>{DIGITS})")
"""Choose what to give to a member."""
GIVE_WHAT: Final = re.compile(rf"bamboo:give:(?P<member>{DIGITS}):what")
"""The menu in which it is chosen."""
GIVE_FORM: Final = re.compile(
    rf"bamboo:give:(?P<member>{DIGITS}):form(?::(?P<product>{_STORES_ID}(?::{_STORES_ID})?))?"
)
"""For how long and why, of what was chosen; without it, what too."""


def get_free(product: str, variant: str | None) -> str | None:
    """None for ids that a button has no room for."""
    custom_id = f"bamboo:free:{product}:{variant or ''}"
    return custom_id if len(custom_id) <= LONGEST_CUSTOM_ID and GET_FREE.fullmatch(custom_id) else None


def give(member_id: int, *step: str) -> str:
    return ":".join(("bamboo:give", str(member_id), *step))


def give_form(member_id: int, product: str) -> str | None:
    """Of a product, perhaps with a variant behind a colon; None for ids that a form has no room for."""
    custom_id = give(member_id, "form", product)
    return custom_id if len(custom_id) <= LONGEST_CUSTOM_ID and GIVE_FORM.fullmatch(custom_id) else None


# --- cogs/members: what staff see of members and sales ------------------------------------------------


MEMBER: Final = re.compile(rf"bamboo:member:(?P<member>{DIGITS}):(?P<page>\d{{1,6}})")
"""Show a page of a member's timeline; for staff, as is all of these."""
BLOCK: Final = re.compile(rf"bamboo:block:(?P<member>{DIGITS}):(?P<page>\d{{1,6}})")
"""Ask by a form why a member is blocked, whose page is shown then; the form has the same."""
UNBLOCK: Final = re.compile(rf"bamboo:unblock:(?P<member>{DIGITS}):(?P<page>\d{{1,6}})")
"""Let them buy again."""
SALES: Final = re.compile(
    rf"bamboo:sales:(?P<member>0|{DIGITS}):(?P<state>[a-z]+)(?::(?P<after>{REFERENCE}))?"
)
"""List sales from behind one, or from the newest on; member 0 and state `all` stand for everything."""
OPEN_SALE: Final = "bamboo:sales:open"
"""Open the sale that is chosen from a menu, below it."""
SALE_STEP: Final = re.compile(rf"bamboo:sale:(?P<reference>{REFERENCE}):(?P<action>show|deliver|refund|move)")
"""What staff do with a sale."""
SALE_DAYS: Final = re.compile(rf"bamboo:sale:(?P<reference>{REFERENCE}):days")
"""Ask by a form how many days to add; the form has the same."""
REFUND_WHICH: Final = re.compile(rf"bamboo:sale:(?P<reference>{REFERENCE}):which")
"""Choose which of a sale's payments to refund."""
REFUND_WHY: Final = re.compile(rf"bamboo:sale:(?P<reference>{REFERENCE}):why:(?P<order>{ROW})")
"""Choose why that payment is refunded."""
REFUND_NOW: Final = re.compile(
    rf"bamboo:sale:(?P<reference>{REFERENCE}):pay:(?P<order>{ROW}):(?P<why>[a-z]+)"
)
"""Refund it, after the question."""
MOVE_TO: Final = re.compile(rf"bamboo:sale:(?P<reference>{REFERENCE}):to")
"""Choose the account that a sale moves to."""
MOVE_NOW: Final = re.compile(rf"bamboo:sale:(?P<reference>{REFERENCE}):to:(?P<was>{DIGITS}):(?P<to>{DIGITS})")
"""Move it there, after the question, from whose it was then."""


def member(member_id: int, page: int) -> str:
    return f"bamboo:member:{member_id}:{page}"


def block(member_id: int, page: int, *, is_blocked: bool) -> str:
    """Blocks, or lets buy again who is blocked."""
    return f"bamboo:{'unblock' if is_blocked else 'block'}:{member_id}:{page}"


def sales(member_id: int | None, state: str | None, after: str | None = None) -> str:
    return f"bamboo:sales:{member_id or 0}:{state or 'all'}" + (f":{after}" if after else "")


def sale(reference: str, *step: str | int) -> str:
    """A step with a sale: `show`, `deliver`, `days`, `which`, `to`, …, and what it needs to know."""
    return ":".join(map(str, ("bamboo:sale", reference, *step)))


# --- cogs/website_purchases ---------------------------------------------------------------------------


CLAIM_FORM: Final = re.compile("bamboo:claim")
"""What was bought on the website, by key or by order number and email; for members."""
ASSIGN: Final = re.compile(rf"bamboo:assign:(?P<member>{DIGITS})")
"""Ask by a form for an order's number, to assign it to a member; the form has the same."""


def assign(member_id: int) -> str:
    return f"bamboo:assign:{member_id}"


# --- cogs/staff ---------------------------------------------------------------------------------------


BENEFITS: Final = re.compile(r"bamboo:benefits:(?P<page>\d{1,6})")
"""Show a page of what products earn here; for staff."""
BACKFILL: Final = re.compile(rf"bamboo:past:(?P<benefit>{ROW})")
"""Give a benefit to those who bought before it was added; for staff."""
SELL_ROLE: Final = re.compile(rf"bamboo:sell:(?P<proposal>{REFERENCE}):(?P<answer>yes|no)")
"""Sell a role with power over others, as it was proposed, or don't; for the staff member who proposed it."""
QUARANTINED: Final = re.compile(
    rf"bamboo:held:(?P<reference>{REFERENCE}):(?P<action>show|next|dismiss|accept)(?::(?P<user>{DIGITS}))?"
)
"""Show it again, or what waits after it; dismiss it, or accept it for a user."""
QUARANTINED_FOR: Final = re.compile(rf"bamboo:held-for:(?P<reference>{REFERENCE})")
"""Choose the member it is accepted for."""
REFUND: Final = re.compile(rf"bamboo:refund:(?P<order>{ROW})")
"""Refund an order: asked once more before it is done. `bot.payments.payment_notes` makes it."""
REFUND_SURE: Final = re.compile(rf"bamboo:refund:(?P<order>{ROW}):sure")
EVIDENCE: Final = re.compile(rf"bamboo:evidence:(?P<order>{ROW})")
"""Write what is known of a disputed order's sale; for staff. `bot.fulfilment.evidence` makes it."""
SETTINGS: Final = re.compile(r"bamboo:settings:(?P<what>language|reminders|ends)")
"""Choose something on the page of settings; for staff."""
LOG_CHANNEL_MENU: Final = "bamboo:settings:log"
"""Choose the sales log's channel there."""
LOG_OFF_BUTTON: Final = "bamboo:settings:log-off"
SETUP: Final = re.compile(r"bamboo:setup:(?P<what>look|commands|roles)")
"""Look at the checklist again, after mending a part of it; for staff."""
SETUP_LOG_MENU: Final = "bamboo:setup:log"
"""Choose the sales log's channel there."""


def benefits(page: int) -> str:
    return f"bamboo:benefits:{page}"


def backfill(benefit: str) -> str:
    return f"bamboo:past:{benefit}"


def sell_role(proposal: str, answer: str) -> str:
    return f"bamboo:sell:{proposal}:{answer}"


def quarantined(reference: str, action: str, user_id: int | None = None) -> str:
    return f"bamboo:held:{reference}:{action}" + ("" if user_id is None else f":{user_id}")


def quarantined_for(reference: str) -> str:
    return f"bamboo:held-for:{reference}"


def refund_sure(order: str) -> str:
    return f"bamboo:refund:{order}:sure"


def settings(what: str) -> str:
    return f"bamboo:settings:{what}"


def setup(what: str) -> str:
    return f"bamboo:setup:{what}"


# --- cogs/coupons -------------------------------------------------------------------------------------


COUPONS: Final = re.compile(r"bamboo:coupons:(?P<page>\d{1,6})")
"""Turn the list of the store's coupons."""


def coupons(page: int) -> str:
    return f"bamboo:coupons:{page}"


# --- cogs/invoices ------------------------------------------------------------------------------------


_OF: Final = rf"(?P<reference>{REFERENCE})"
PAY_INVOICE: Final = re.compile(rf"bamboo:inv:pay:{_OF}")
"""Get a payment link in the message itself."""
PAY_INVOICE_BELOW: Final = re.compile(rf"bamboo:inv:pay:{_OF}:(?P<where>before|overdue|notice|mine)")
"""The same as an answer below a message that stays: a reminder, a public notice, the list of /purchases."""
DECLINE_INVOICE: Final = re.compile(rf"bamboo:inv:decline:{_OF}")
"""Decline in the invoice's own message."""
DECLINE_LISTED_INVOICE: Final = re.compile(rf"bamboo:inv:decline:{_OF}:(?P<page>\d+)")
"""Decline on a page of /purchases."""
INVOICE_STEP: Final = re.compile(rf"bamboo:inv:staff:{_OF}:(?P<action>approve|resend|notice|show)")
"""What staff do with an invoice that was issued."""
INVOICE_FORM: Final = re.compile(rf"bamboo:inv:staff:{_OF}:(?P<action>refuse|cancel)")
"""The same, after a form has asked for the reason."""
DRAFT_STEP: Final = re.compile(rf"bamboo:inv:draft:{_OF}:(?P<action>[a-z]+)(?::(?P<quantity>\d+))?")
"""Change, send or discard a draft."""
DRAFT_FORM: Final = re.compile(rf"bamboo:inv:form:{_OF}:(?P<action>[a-z]+)")
"""Ask for something by a form, and change the draft by it."""
INVOICE_LIST: Final = re.compile(rf"bamboo:inv:list:(?P<page>\d+):(?P<member>0|{DIGITS}):(?P<state>[a-z]+)")
"""Show a page of the list; member 0 and state `all` stand for everything."""


def pay_invoice(reference: str, where: str | None = None) -> str:
    return f"bamboo:inv:pay:{reference}" + (f":{where}" if where else "")


def decline_invoice(reference: str) -> str:
    return f"bamboo:inv:decline:{reference}"


def decline_listed_invoice(reference: str, page: int) -> str:
    return f"bamboo:inv:decline:{reference}:{page}"


def invoice_step(reference: str, action: str) -> str:
    return f"bamboo:inv:staff:{reference}:{action}"


def draft_step(reference: str, action: str, quantity: int | None = None) -> str:
    return f"bamboo:inv:draft:{reference}:{action}" + (f":{quantity}" if quantity is not None else "")


def draft_form(reference: str, action: str) -> str:
    return f"bamboo:inv:form:{reference}:{action}"


def invoice_preview(what: str) -> str:
    """Shown to whoever writes a draft: nobody can press it."""
    return f"bamboo:inv:preview:{what}"


def invoice_list(number: int, member_id: int | None, state: str | None) -> str:
    return f"bamboo:inv:list:{number}:{member_id or 0}:{state or 'all'}"


# --- cogs/panels: panels and announcements ------------------------------------------------------------


_PANEL: Final = rf"(?P<panel>{REFERENCE})"
PANEL_OPEN: Final = re.compile(rf"bamboo:panel:{_PANEL}:(?P<what>browse|details)")
"""Open the shop privately where the panel stands for it: its category, or its product's page."""
PANEL_CHOICE: Final = re.compile(rf"bamboo:panel:{_PANEL}:choose")
"""Open the page of the product that is chosen from the panel's menu."""
PANEL_BUY: Final = re.compile(rf"bamboo:panel:{_PANEL}:buy(?::(?P<amount>\d+))?")
"""Buy the panel's product, for `amount` (cents) where it shows one price."""
PANELS: Final = re.compile(r"bamboo:panels:(?P<page>\d{1,6})")
"""Show a page of the server's panels; for staff."""
ANNOUNCE: Final = re.compile(rf"bamboo:announce:{_PANEL}:(?P<answer>yes|no)")
"""Post an announcement, or don't; for the staff member who wrote it."""


def panel_opens(panel: str, what: str) -> str:
    return f"bamboo:panel:{panel}:{what}"


def panel_buy(panel: str, amount: int | None) -> str:
    return f"bamboo:panel:{panel}:buy" + ("" if amount is None else f":{amount}")


def panels(page: int) -> str:
    return f"bamboo:panels:{page}"


def announce(panel: str, answer: str) -> str:
    return f"bamboo:announce:{panel}:{answer}"


# --- cogs/alerts --------------------------------------------------------------------------------------


ALERT: Final = re.compile(
    rf"bamboo:alert:(?P<kind>stock|price):(?P<product>{_STORES_ID})(?::(?P<variant>{_STORES_ID}))?"
)
"""Tell whoever presses when a product, or one variant of it, is back or costs less; or no longer."""
_ALERT: Final = rf"(?P<alert>{REFERENCE})"
ALERT_BUY: Final = re.compile(rf"bamboo:alert:buy:{_ALERT}(?::(?P<amount>\d+))?")
"""Buy what they were told of, for `amount` (cents) where that was said."""
ALERT_CHOICE: Final = re.compile(rf"bamboo:alert:which:{_ALERT}")
"""Buy the variant of it that is chosen from a menu."""


def alert(kind: str, product: str, variant_id: str | None = None) -> str | None:
    """None for what is too long for a button."""
    custom_id = f"bamboo:alert:{kind}:{product}" + (f":{variant_id}" if variant_id else "")
    return custom_id if len(custom_id) <= LONGEST_CUSTOM_ID and ALERT.fullmatch(custom_id) else None


def alert_buy(alert_reference: str, amount: int | None) -> str:
    return f"bamboo:alert:buy:{alert_reference}" + ("" if amount is None else f":{amount}")


def alert_choice(alert_reference: str) -> str:
    return f"bamboo:alert:which:{alert_reference}"


# --- cogs/support -------------------------------------------------------------------------------------


SUPPORT: Final = re.compile(rf"bamboo:help:(?P<reference>{REFERENCE})")
"""Have staff help with a purchase, for one of its people."""
_CASE: Final = rf"(?P<case>{REFERENCE})"
SUPPORT_JOIN: Final = re.compile(rf"bamboo:help:{_CASE}:join")
"""Join a thread; for staff."""
SUPPORT_CLOSE: Final = re.compile(rf"bamboo:help:{_CASE}:close")
"""Close it; for staff and the one who opened it."""


def support(reference: str) -> str:
    return f"bamboo:help:{reference}"


def support_case(case: str, action: str) -> str:
    return f"bamboo:help:{case}:{action}"
