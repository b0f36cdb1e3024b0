"""Fixtures that every test may use."""

import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Final

import hypothesis
import pytest
import pytest_asyncio

from sandbox.catalog import generate_products
from sandbox.models import utc_now
from sandbox.server import Sandbox
from tests.cli.owner import Owner
from tests.harness import database, postgres, settling, warm, workers
from tests.harness.grove import Grove, grove_in, running_grove
from tests.harness.sharing import Sharing
from tests.harness.shop import Shop, check_rules, running_shop
from tests.harness.till import WEB, Till
from tests.wire.discord_server import FakeDiscord

# A busy machine is no bug; what hangs is ended by pytest's own time-out.
hypothesis.settings.register_profile(
    "bamboo",
    max_examples=40,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
)
hypothesis.settings.register_profile("thorough", hypothesis.settings.get_profile("bamboo"), max_examples=1000)
hypothesis.settings.load_profile("bamboo")
WAITING: Final = {
    "wire/test_outages.py": 130,
    "e2e/test_demo_in_browser.py": 110,
    "wire/test_purchase_kills.py": 110,
    "wire/test_earning_kills.py": 90,
    "wire/test_desk_kills.py": 75,
    "wire/test_invoice_kills.py": 50,
    "cli/test_keeping.py": 40,
    "cli/test_check.py": 40,
    "wire/test_earning_write_kills.py": 40,
    "wire/test_commands_shown.py": 35,
    "bench/test_bench.py": 35,
    "wire/test_purchase_trouble.py": 30,
    "wire/test_gateway_elsewhere.py": 30,
    "sandbox/test_demo.py": 30,
    "sandbox/test_demo_pages.py": 25,
    "bot/checkout/test_abandoned_sessions.py": 20,
    "wire/test_purchase_endings.py": 20,
    "wire/test_locked_database.py": 20,
    "cogs/shop/test_shop_kept.py": 15,
    "cogs/subscriptions/test_managing_subscriptions.py": 15,
    "wire/test_one_process.py": 15,
    "cli/test_cli.py": 15,
    "wire/test_purchase.py": 15,
    "wire/test_purchase_processes.py": 10,
    "wire/test_payment_webhooks.py": 10,
    "wire/test_purchase_logged.py": 5,
    "wire/test_log_of_a_run.py": 5,
}
"""Files that mostly wait, for about so many seconds: whoever came to a long one last would be waited for."""
MOST_WORKERS = 16
_SHOPS: Final = {"shop", "grove", "till"}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Four for each processor: most of a test's time is waiting for files, sockets and processes."""
    return min(4 * (os.cpu_count() or 1), MOST_WORKERS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    workers.fork_workers(config, specs)
    warm.compile_what_comes_last(config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing | None:
    return Sharing(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="every test's database on a PostgreSQL server")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked with `postgres` runs on both."""
    if metafunc.definition.get_closest_marker("postgres") and not metafunc.config.getoption("postgres"):
        metafunc.parametrize("_engine", ["sqlite", "postgresql"], indirect=True, scope="module")


@pytest.fixture(scope="module", autouse=True)
def _engine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where the tests' databases are: in files, or on a server."""
    if request.config.getoption("postgres") or getattr(request, "param", "") == "postgresql":
        yield from _served()
    else:
        yield


@pytest.fixture
def on_a_server() -> Iterator[None]:
    """The test's databases are on a server wherever others' are: for what a file doesn't do."""
    yield from _served()


def _served() -> Iterator[None]:
    if reason := postgres.missing():
        pytest.skip(reason)
    with database.databases_on_a_server():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    yield
    if "tmp_path" in getattr(item, "funcargs", {}):
        database.drop_databases(item.funcargs["tmp_path"])


def pytest_sessionfinish() -> None:
    database.end_server()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that wait are spread over those that need the processor, which is never without work so."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0].removeprefix("tests/"), []).append(item)
    waiting = {name: files.pop(name) for name in WAITING if name in files}
    seconds = sum(WAITING[name] for name in waiting)
    tests = len(items) - sum(map(len, waiting.values()))
    items.clear()
    waited = computed = 0
    for computing in files.values():
        while waiting and waited * tests <= computed * seconds:
            name = next(iter(waiting))
            items += waiting.pop(name)
            waited += WAITING[name]
        items += computing
        computed += len(computing)
    items += chain.from_iterable(waiting.values())
    for item in items:
        if item.get_closest_marker("sqlite") and item.config.getoption("postgres"):
            item.add_marker(pytest.mark.skip("about a SQLite file"))
        fixtures = getattr(item, "fixturenames", ())
        if "shared_shop" in fixtures or (_takes_the_kept_shop(item) and _SHOPS & {*fixtures}):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


def pytest_configure(config: pytest.Config) -> None:
    warm.collect_little_garbage_at_first()
    warm.compile_a_share(config)
    warm.keep_files_in_memory()
    if config.option.collectonly:
        return  # nothing runs; what is forked from here is configured itself
    settling.settle_quickly()
    warm.copy_payloads_quickly()
    warm.keep_idle_connections()
    warm.translate_commands_once()


def pytest_collection_finish(session: pytest.Session) -> None:
    if not session.config.option.collectonly:
        warm.collect_less_garbage()


def pytest_unconfigure(config: pytest.Config) -> None:
    workers.let_go(config)


def _takes_the_kept_shop(test: pytest.Item) -> bool:
    """In a module that is marked `kept_shop`, all but who has settings or an engine of its own, or a shop."""
    if test.get_closest_marker("kept_shop") is None or test.get_closest_marker("own_shop") is not None:
        return False
    marked = chain.from_iterable(map(test.iter_markers_with_node, ("settings", "postgres")))
    return all(isinstance(node, pytest.Module) for node, _ in marked)


def _settings(node: pytest.Item | pytest.Collector) -> dict[str, Any]:
    marker = node.get_closest_marker("settings")
    return dict(marker.kwargs) if marker else {}


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> Shop:
    """A running shop; `@pytest.mark.settings(limits={…})` changes its settings."""
    kept = _takes_the_kept_shop(request.node)
    running: Shop = request.getfixturevalue("_renewed_shop" if kept else "_own_shop")
    return running


@pytest.fixture
async def _own_shop(
    tmp_path: Path, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Shop]:
    caplog.set_level(logging.INFO)
    async with running_shop(tmp_path, **_settings(request.node)) as running:
        yield running
        _assert_no_link_is_logged(caplog)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def _kept_shop(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, _engine: None
) -> AsyncIterator[Shop]:
    async with running_shop(tmp_path_factory.mktemp("kept"), **_settings(request.node)) as running:
        with database.kept_open(running.database):
            yield running


@pytest_asyncio.fixture(loop_scope="module")
async def _renewed_shop(_kept_shop: Shop, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Shop]:
    async with _watched(_kept_shop, caplog):
        await _kept_shop.renew()
        yield _kept_shop
        _kept_shop.is_as_new = False


@pytest_asyncio.fixture(loop_scope="module")
async def shared_shop(_kept_shop: Shop, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Shop]:
    """The shop that a module's tests share, with an Alice who is new to it.

    Only for tests that look at nothing but their own members' messages and what the store was asked for
    since, and change neither the store, the clock nor the bot: what they leave behind meets the next test.
    Starting a shop takes longer than most of them do.
    """
    async with _watched(_kept_shop, caplog):
        await (_kept_shop.begin_anew() if _kept_shop.is_as_new else _kept_shop.renew())
        yield _kept_shop


@asynccontextmanager
async def _watched(kept: Shop, caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    """What must hold after every test is checked; the shop runs on."""
    caplog.set_level(logging.INFO)
    yield
    await kept.env.settle()
    check_rules(kept)
    _assert_no_link_is_logged(caplog)


def _assert_no_link_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    logged = [record.getMessage() for record in caplog.get_records("call")]
    assert "/c/cs_" not in "\n".join(logged), "a payment link in the log"


@pytest.fixture
def grove(request: pytest.FixtureRequest) -> Grove:
    """A running shop with staff, roles and a sales log; `@pytest.mark.settings(…)` changes its settings."""
    kept = _takes_the_kept_shop(request.node)
    running: Grove = request.getfixturevalue("_renewed_grove" if kept else "_own_grove")
    return running


@pytest.fixture
async def _own_grove(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Grove]:
    async with running_grove(tmp_path, **_settings(request.node)) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def _kept_till(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, _engine: None
) -> AsyncIterator[Shop]:
    sections = {"web": WEB, **_settings(request.node)}
    async with running_shop(tmp_path_factory.mktemp("kept"), **sections) as running:
        with database.kept_open(running.database):
            yield running


@pytest_asyncio.fixture(loop_scope="module")
async def _renewed_grove(_kept_till: Shop) -> AsyncIterator[Grove]:
    await _kept_till.renew()
    async with grove_in(_kept_till) as running:
        yield running
    check_rules(_kept_till)


@pytest.fixture
def till(request: pytest.FixtureRequest) -> Till:
    """A running shop that receives webhooks; `@pytest.mark.settings(…)` changes its settings."""
    kept = _takes_the_kept_shop(request.node)
    running: Till = request.getfixturevalue("_renewed_till" if kept else "_own_till")
    return running


@pytest.fixture
async def _own_till(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Till]:
    async with running_shop(tmp_path, **{"web": WEB, **_settings(request.node)}) as running:
        yield Till(running)


@pytest_asyncio.fixture(loop_scope="module")
async def _renewed_till(_kept_till: Shop) -> AsyncIterator[Till]:
    await _kept_till.renew()
    yield Till(_kept_till)
    await _kept_till.env.settle()
    check_rules(_kept_till)


@pytest.fixture
async def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as the first start makes it."""
    path = tmp_path_factory.mktemp("new") / "bamboo.db"
    await database.put_database(path)
    return path


@pytest.fixture
async def owner(tmp_path: Path, new_database: Path) -> AsyncIterator[Owner]:
    """Somebody who runs Bamboo by its command line, with a fake Discord and a simulated store beside."""
    products = generate_products(7, utc_now())
    async with FakeDiscord() as discord, Sandbox.running(products=products) as sandbox:
        yield Owner(tmp_path, discord, discord.guild("Grove"), sandbox, new_database)
        assert discord.violations == []
