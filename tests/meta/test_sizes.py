"""Ceilings: a file or function that grows past one is usually two ideas."""

import ast
from collections import Counter

from tests.meta.source import Module, last_name, modules

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 60
LARGER_ON_PURPOSE: dict[str, str] = {
    "cogs/custom_ids.py": "every id that stands in messages that are out, in one file: no two are alike",
}
FEWEST_LINES_OF_A_FILE = 50
SMALL_ON_PURPOSE = {
    "bot/fulfilment/custom_message.py": "what an owner's message says, for all that send it",
    "bot/wiring/disputes.py": "what staff answer a dispute with",
    "bot/wiring/access.py": "who may buy, and its commands",
    "bot/website_purchases/repository.py": "the SQL of its one table",
    "bot/wiring/parts.py": "what all parts have, for all that wire one",
    "bot/wiring/links.py": "how payment links reach people",
    "bot/wiring/pictures.py": "what cards show besides words",
    "bot/wiring/store.py": "how the store is reached, by the settings",
    "bot/catalog/provider.py": "what the catalog asks of whoever keeps the products",
    "bot/checks/commands.py": "one finding, as each file here has its own",
    "cogs/staff/store_command.py": "the group that all of staff's commands stand in",
    "bot/discord/staff.py": "who is staff, for every command and click",
    "bot/discord/explaining.py": "the one place where an error becomes a sentence",
    "cogs/checkout/totals.py": "what is to be paid, for all that show it",
    "cogs/checkout/coupons.py": "a form and the button that opens it",
    "cogs/checkout/gift_notes.py": "the same",
    "bot/wiring/members.py": "what staff see of members and sales is made of",
    "bot/wiring/website_purchases.py": "what claims of website purchases are made of",
    "bot/wiring/backups.py": "a worker of its own",
    "bot/wiring/coupons.py": "what coupons are made of",
    "bot/wiring/giving.py": "what costs nothing, and its command",
    "bot/wiring/recovering.py": "a bot that is built to read the store's orders",
    "bot/wiring/offering.py": "a bot that is built for a moment",
    "bot/references.py": "public names, for all that have one",
    "bot/checkout/events.py": "what happens to links, for all that react",
    "bot/jobs/events.py": "how jobs end, for all that react",
    "bot/discord/undelivered_hint.py": "the one line that may go wrong without anybody noticing",
    "bot/fulfilment/powers.py": "what permissions are called, for all that show them",
    "bot/fulfilment/facts.py": "what jobs begin with, read at once for all that begin",
    "bot/fulfilment/sales_log.py": "one message for a sale; what it shows is known to others too",
    "bot/fulfilment/schedule.py": "a rule about time, without any I/O",
    "bot/discord/connection.py": "what everything that talks to Discord has to catch",
    "bot/jobs/waiting_repository.py": "one question about all that waits; the queue's own SQL is long enough",
    "bot/payments/order_lines.py": "a rule about prices, without any I/O",
    "bot/storage/file_lock.py": "a lock of the operating system's, as it differs between systems",
    "cogs/staff/powerful_roles.py": "a listener and a button that stand beside the commands",
    "bot/checkout/unconfirmed.py": "one thing that a member may do, in one transaction",
    "bot/jobs/planning_repository.py": "what transactions gather; the queue's own SQL is long enough",
    "bot/jobs/tokens.py": "a worker of its own",
    "bot/network_trouble.py": "why the network fails, for all that use it",
    "bot/payments/polling/clearing.py": "a worker of its own",
    "bot/payments/retention.py": "what of a payment is kept, in one place that can be read",
    "bot/money.py": "money, which everybody knows",
    "bot/pandabase/schemas/enums.py": "the store's words",
    "bot/memory.py": "a question to the C library, which nothing else asks",
    "bot/snowflakes.py": "Discord's ids, which everybody knows",
    "bot/staff/periods.py": "how far back figures and exports look",
    "bot/staff/audit.py": "the one door into the audit",
    "bot/storage/migrations/env.py": "Alembic looks for it",
    "bot/fulfilment/held_role_repository.py": "one table's SQL, which two files need",
    "bot/exports/refusals.py": "the refusals of its noun",
    "bot/exports/tables.py": "how tables are written, for staff's exports and the owner's",
    "bot/storage/dialects.py": "the one dictionary of what differs between the engines",
    "bot/readers/repository.py": "the SQL of its noun",
    "bot/billing/repository.py": "the SQL of its noun",
    "bot/billing/masking.py": "a rule about what is shown, without any I/O",
    "bot/billing/refusals.py": "why something typed isn't taken",
    "bot/privacy/events.py": "that a member is forgotten, for all that keep something of them",
    "bot/privacy/service.py": "one thing that a member may do, in one transaction",
    "bot/alerts/refusals.py": "the refusals of its noun",
    "bot/support/models.py": "the records of its noun",
    "bot/wiring/support.py": "what help with a purchase is made of",
    "bot/wiring/subscriptions.py": "what members do with their subscriptions is made of",
    "bot/subscriptions/refusals.py": "why a subscription stays as it is",
}
NOT_READ_BUT_RUN = ("bot/storage/migrations/versions/",)
"""A migration is a list of what it makes."""
MOCKS = {
    "Mock",
    "MagicMock",
    "AsyncMock",
    "NonCallableMock",
    "NonCallableMagicMock",
    "create_autospec",
    "patch",
}
SPECIFICATIONS = {"spec", "spec_set", "autospec", "new", "wraps"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def everything() -> list[Module]:
    return modules("bot", "cogs", "sandbox", "tests", "bench")


def test_no_file_is_longer_than_the_ceiling() -> None:
    long = {module.name: module.text.count("\n") for module in everything()}
    long = {name: lines for name, lines in long.items() if lines > LINES_OF_A_FILE}
    assert long.keys() <= LARGER_ON_PURPOSE.keys(), long


def test_no_function_is_longer_than_the_ceiling() -> None:
    long = [
        f"{module.name}:{node.lineno} {node.name} has {lines} lines"
        for module in everything()
        if not module.is_in(*NOT_READ_BUT_RUN)
        for node in module.nodes
        if isinstance(node, Function)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_what_is_small_has_a_reason() -> None:
    small = {
        module.name
        for module in modules("bot", "cogs")
        if module.text.count("\n") < FEWEST_LINES_OF_A_FILE
        and module.path.name not in {"__init__.py", "__main__.py"}
        and not module.is_in(*NOT_READ_BUT_RUN)
    }
    assert small == SMALL_ON_PURPOSE.keys()


def test_no_name_of_a_class_stands_twice() -> None:
    """Whoever reads a name knows which class it is."""
    names = Counter(
        node.name
        for module in modules("bot", "cogs")
        for node in module.nodes
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, times in names.items() if times > 1] == []


def test_no_exception_is_made_for_what_is_small_enough() -> None:
    lines = {module.name: module.text.count("\n") for module in everything()}
    assert [name for name in LARGER_ON_PURPOSE if lines.get(name, 0) <= LINES_OF_A_FILE] == []


def test_no_mock_takes_whatever_it_is_asked() -> None:
    """A mock without a specification agrees with code that calls what isn't there."""
    found = [
        f"{module.name}:{node.lineno} {ast.unparse(node.func)}"
        for module in modules("tests", "bench")
        for node in module.nodes
        if isinstance(node, ast.Call)
        and last_name(node.func) in MOCKS
        and not SPECIFICATIONS.intersection(keyword.arg or "" for keyword in node.keywords)
    ]
    assert found == []


def test_every_test_file_has_a_name_of_its_own() -> None:
    names = [module.path.name for module in modules("tests") if module.path.name.startswith("test_")]
    assert sorted(names) == sorted(set(names))
