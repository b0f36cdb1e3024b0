"""Who may know whom. Dependencies point one way: cogs → bot/discord → services → repositories."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

from bot.jobs.repository import QUEUES
from bot.pandabase.store_api import OrderStatus, RefundReason
from bot.payments.models import SubscriptionStatus
from bot.storage.queues import Queue
from tests.harness.patience import PATIENCE
from tests.meta.source import ROOT, Module, imports_of, last_name, modules

BELOW_OR_BESIDE = {"checks", "cli", "config", "discord", "pandabase", "storage", "texts", "web", "wiring"}
"""Packages of the bot that are no noun of the shop."""
DOMAIN = tuple(
    f"bot/{folder.name}/"
    for folder in sorted((ROOT / "bot").iterdir())
    if (folder / "__init__.py").exists() and folder.name not in BELOW_OR_BESIDE
)
RECORDS = (
    "bot.catalog.models",
    "bot.checkout.draft",
    "bot.coupons.provider",
    "bot.payments.models",
    "bot.payments.provider",
)
"""Our own records, which the provider's package gives and takes."""
ABOUT_THE_STORE = (
    "bot/pandabase/",
    "bot/app.py",
    "bot/wiring/",
    "bot/config/",
    "bot/checks/",
    "bot/cli/",
)
OLD_ROWS = ("bot/storage/migrations/",)
_STATUSES = (*get_args(OrderStatus), *get_args(RefundReason), "DISPUTED", "TRIALING", "PAST_DUE", "PAUSED")
STORE_WORD = re.compile(
    rf"\b(?:{'|'.join(_STATUSES)})\b"
    r"|\b(?:PAYMENT|SUBSCRIPTION)_[A-Z]|\b[A-Z]+_(?:READ|WRITE)\b"
    r"|^(?:cs|ord|sub|prd|evt|shp)_|^(?:order|product|subscription|customer|billing|current)[A-Z][a-z]"
)
OUR_OWN = {("bot/payments/models.py", status.value) for status in SubscriptionStatus}
"""Ours since the first version: they stand in the rows of subscriptions."""
NOUNS = {folder.strip("/").removeprefix("bot/") for folder in DOMAIN} - {"jobs"} | {"shop"}
NOT_A_ROOM = {"custom_ids.py": "every id that stands in messages that are out, in one file: no two are alike"}
DEMO = ("sandbox/demo.py", "sandbox/demo/", "bot/cli/")
"""The demo is where the bot and the simulations meet; the command line starts it."""
COMPOSITION_ROOT = ("bot/app.py", "bot/wiring/")
ABOUT_DISCORD = ("bot/discord/", *COMPOSITION_ROOT, "cogs/")
ABOUT_SQL = ("bot/storage/",)
CLOCKS = (
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "utils.utcnow",
)
MAY_READ_THE_CLOCK = ("bot/app.py", "bot/logs.py")
STATEMENT = re.compile(r"\b(?:SELECT\b.+\bFROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b", re.DOTALL)
OF_THE_VERY_CLASS = ("template._preset", "notes._file")
"""Another way of making one than its constructor."""
SETTINGS_OF_DISCORD_PY = ("Route.BASE", "VoiceClient.warn_nacl", "VoiceClient.warn_dave")
"""It has no other place for them."""


def forbidden(found: list[Module], *packages: str, allowed: tuple[str, ...] = ()) -> list[str]:
    """Where one of the packages is imported all the same."""
    return [
        f"{module.name}:{line} imports {imported}"
        for module in found
        for line, imported in module.imports
        if imports_of(imported, *packages) and imported not in allowed
    ]


def outside(found: list[Module], *places: str) -> list[Module]:
    rest = [module for module in found if not module.is_in(*places)]
    assert rest
    return rest


def test_what_the_shop_does_knows_neither_discord_nor_http() -> None:
    domain = [module for module in modules("bot") if module.is_in(*DOMAIN)]
    packages = (
        "discord",
        "httpx",
        "httpx_aiohttp",
        "aiohttp",
        "bot.discord",
        "bot.web",
        "bot.app",
        "bot.wiring",
        "cogs",
    )
    assert forbidden(domain, *packages) == []


def test_the_store_knows_of_the_shop_only_its_records() -> None:
    client = [module for module in modules("bot") if module.is_in("bot/pandabase/")]
    services = tuple(folder.strip("/").replace("/", ".") for folder in DOMAIN)
    packages = (
        "discord",
        "bot.discord",
        "bot.storage",
        "bot.config",
        "bot.app",
        "bot.wiring",
        "cogs",
        *services,
    )
    found = [each for each in forbidden(client, *packages) if not imports_of(each.split()[-1], *RECORDS)]
    assert found == []


def test_only_the_store_s_package_and_who_builds_with_it_know_it() -> None:
    """A second provider would be one package and a setting."""
    assert forbidden(outside(modules("bot", "cogs"), *ABOUT_THE_STORE), "bot.pandabase") == []


def test_the_store_s_words_stay_in_its_package() -> None:
    """Its statuses, events and scopes, and the shape of its ids and fields."""
    found = [
        f"{module.name}:{node.lineno} says {node.value!r}"
        for module in outside(modules("bot", "cogs"), *ABOUT_THE_STORE, *OLD_ROWS)
        for node in module.nodes
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and STORE_WORD.search(node.value)
        and (module.name, node.value) not in OUR_OWN
    ]
    assert found == []


def test_discord_is_known_at_the_edge_only() -> None:
    assert forbidden(outside(modules("bot", "cogs"), *ABOUT_DISCORD), "discord") == []


def test_only_the_composition_root_knows_the_cogs() -> None:
    assert forbidden(outside(modules("bot"), *COMPOSITION_ROOT), "cogs") == []


def test_every_cog_is_in_a_room_of_its_noun() -> None:
    rooms = {module.name.split("/")[1] for module in modules("cogs")} - {"__init__.py"}
    assert rooms - NOUNS == NOT_A_ROOM.keys()


def test_no_module_imports_itself_by_way_of_others() -> None:
    """What only types are checked with doesn't count."""
    found = modules("bot", "cogs")
    names = {
        each.name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): each for each in found
    }
    left = {
        name: {
            known
            for node in module.tree.body
            if isinstance(node, ast.ImportFrom) and node.module
            for known in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
            if known in names and known != name
        }
        for name, module in names.items()
    }
    while leaves := [name for name, imported in left.items() if not imported & left.keys()]:
        for name in leaves:
            del left[name]
    assert left == {}


def test_no_room_of_the_cogs_imports_itself_by_way_of_others() -> None:
    """Whoever reads one room has to look at those below it only: checkout, fulfilment, staff, invoices, …"""
    rooms: dict[str, set[str]] = {}
    for module in modules("cogs"):
        room = module.name.split("/")[1].removesuffix(".py")
        known = rooms.setdefault(room, set())
        known |= {
            imported.split(".")[1] for _line, imported in module.imports if imports_of(imported, "cogs")
        }
        known.discard(room)
    while leaves := [room for room, known in rooms.items() if not known & rooms.keys()]:
        for room in leaves:
            del rooms[room]
    assert rooms == {}


def test_the_storage_knows_nothing_of_what_is_stored() -> None:
    storage = [module for module in modules("bot") if module.is_in("bot/storage/")]
    rooms = tuple(folder.strip("/").replace("/", ".") for folder in DOMAIN)
    assert forbidden(storage, *rooms, "bot.discord", "bot.pandabase", "cogs") == []


def test_no_package_imports_itself_by_way_of_others() -> None:
    """Each noun is above or below each other one; the parts of the composition root are one package."""
    packages: dict[str, set[str]] = {}
    for module in modules("bot"):
        name = "wiring" if module.is_in(*COMPOSITION_ROOT) else module.name.split("/")[1].removesuffix(".py")
        known = packages.setdefault(name, set())
        for node in module.tree.body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bot."):
                known.add((node.module or "").split(".")[1].replace("app", "wiring"))
        known.discard(name)
    while leaves := [name for name, known in packages.items() if not known & packages.keys()]:
        for name in leaves:
            del packages[name]
    assert packages == {}


def test_only_services_open_transactions() -> None:
    """Cogs, and Discord's side, ask a service."""
    edge = [module for module in modules("bot", "cogs") if module.is_in("bot/discord/", "bot/web/", "cogs/")]
    assert forbidden(edge, "bot.storage.transaction", "bot.storage.engine") == []


def test_the_bot_does_not_know_its_simulations() -> None:
    assert forbidden(outside(modules("bot", "cogs"), *DEMO), "sandbox", "simcord", "tests") == []


def test_the_command_line_knows_the_demo_only_once_it_is_asked_for() -> None:
    [command_line] = [module for module in modules("bot") if module.name == "bot/cli/serving.py"]
    at_the_top = [node for node in command_line.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    lines = range(at_the_top[0].lineno, (at_the_top[-1].end_lineno or 0) + 1)
    found = [line for line, imported in command_line.imports if imports_of(imported, "sandbox")]
    assert found
    assert not set(found) & set(lines)
    assert all(
        imports_of(imported, "sandbox.demo")
        for _line, imported in command_line.imports
        if imports_of(imported, "sandbox")
    )


def test_the_simulated_store_does_not_know_the_bot() -> None:
    assert forbidden(outside(modules("sandbox"), *DEMO), "bot", "cogs", "discord", "simcord") == []


def test_sql_is_in_the_storage_and_in_repositories_only() -> None:
    rest = [
        module
        for module in outside(modules("bot", "cogs"), *ABOUT_SQL)
        if not module.path.name.endswith("repository.py")
    ]
    packages = ("sqlalchemy", "sqlite3", "aiosqlite", "asyncpg", "alembic")
    assert forbidden(rest, *packages) == []
    assert [
        f"{module.name}:{node.lineno} holds a statement"
        for module in rest
        for node in module.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.search(node.value)
    ] == []


def test_only_a_commit_or_a_mark_wakes_a_worker() -> None:
    """Whoever writes a row for a queue marks the queue in its transaction; no service wakes another."""
    found = [
        f"{module.name}:{node.lineno} calls {ast.unparse(node)}"
        for module in outside(modules("bot", "cogs"), "bot/jobs/worker.py")
        for node in module.nodes
        if isinstance(node, ast.Attribute)
        and (node.attr == "wake" or (node.attr == "at" and ast.unparse(node).endswith("worker.at")))
    ]
    assert found == []


def test_every_queue_is_served_by_a_worker_and_marked_by_somebody() -> None:
    """But for the one in which queues are named."""
    found = outside(modules("bot", "cogs"), "bot/storage/queues.py")
    served: set[str] = set()
    named: list[str] = []
    for module in found:
        for node in module.nodes:
            match node:
                case ast.keyword(arg="queue", value=ast.Attribute(value=ast.Name(id="Queue"), attr=name)):
                    served.add(name)
                case ast.Attribute(value=ast.Name(id="Queue"), attr=name):
                    named.append(name)
    queues, lanes = {queue.name for queue in Queue}, {queue.name for queue in QUEUES.values()}
    assert served | lanes == queues  # each lane of jobs has a worker
    assert {name for name in queues - lanes if named.count(name) < 2} == set()


def test_nothing_is_patched_into_what_was_built() -> None:
    """Services are built once and complete.

    The composition root assigns to nobody's attributes, nobody to another object's private ones, and nothing
    is set by a name that is made up.
    """
    found = [
        f"{module.name}:{target.lineno} sets {ast.unparse(target)}"
        for module in modules("bot", "cogs")
        for target in assigned(module.nodes)
        if isinstance(target, ast.Attribute)
        and (module.is_in(*COMPOSITION_ROOT) or (target.attr.startswith("_") and not is_own(target)))
        and ast.unparse(target) not in (*SETTINGS_OF_DISCORD_PY, *OF_THE_VERY_CLASS)
    ]
    found += [
        f"{module.name}:{node.lineno} {ast.unparse(node)}"
        for module in modules("bot", "cogs")
        for node in module.nodes
        if isinstance(node, ast.Call)
        and last_name(node.func) in {"setattr", "__setattr__"}
        and ast.unparse(node.func) in ("setattr", "object.__setattr__")
        and not ast.unparse(node.args[0]).startswith("self")
    ]
    assert found == []


def assigned(nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """Whatever is assigned to, one by one."""
    for node in nodes:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            yield from target.elts if isinstance(target, ast.Tuple) else [target]


def is_own(target: ast.Attribute) -> bool:
    return ast.unparse(target.value) in ("self", "cls")


def test_the_clock_is_an_argument() -> None:
    ends = {each.rpartition(".")[2] for each in CLOCKS}
    found = [
        f"{module.name}:{node.lineno} reads {ast.unparse(node)}"
        for module in outside(modules("bot", "cogs"), *MAY_READ_THE_CLOCK)
        for node in module.nodes
        if isinstance(node, ast.Attribute)
        and node.attr in ends
        and f".{ast.unparse(node)}".endswith(tuple(f".{each}" for each in CLOCKS))
    ]
    assert found == []


LOOK_FOR_GLOBALS = """
import gc, importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
from discord import Client
from bot.storage.connection import FileConnections
from bot.config import Settings
from bot.pandabase.client import PandabaseClient
kinds = (Settings, Client, FileConnections, PandabaseClient)
print([each for each in gc.get_objects() if isinstance(each, kinds)])
"""


def test_importing_reads_no_settings_and_builds_nothing(tmp_path: Path) -> None:
    """In a folder with a broken settings file, and with a broken environment."""
    (tmp_path / "config.toml").write_text("this is no TOML")
    run_by_alembic = ("bot/storage/migrations/env.py", "bot/storage/migrations/versions/")
    names = [
        module.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for module in outside(modules("bot", "cogs"), *run_by_alembic)
    ]
    ended = subprocess.run(
        [sys.executable, "-c", LOOK_FOR_GLOBALS, *names],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "BAMBOO_WEB__PORT": "none"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "[]\n", "")
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]


def test_every_id_that_a_room_gives_its_buttons_stands_in_one_file() -> None:
    elsewhere = [
        f"{module.name}:{node.lineno}"
        for module in outside(modules("cogs"), "cogs/custom_ids.py")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and str(node.value).startswith("bamboo:")
    ]
    assert elsewhere == []
