from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.pandabase.store_api import bearer
from sandbox import Sandbox
from sandbox.core_api import DEMO_TOKEN, Token
from tests.harness.books import Books, open_books
from tests.harness.lists import Lists, open_lists


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    async with open_books(tmp_path) as opened:
        yield opened


@pytest.fixture
async def sandbox(books: Books) -> AsyncIterator[Sandbox]:
    async with Sandbox.running(clock=books.clock, allow_http_loopback=True) as running:
        running.add_token(Token("sk_signs-it-all", id="stk_1"))
        running.add_token(Token("sk_may-nothing", scopes=frozenset()))
        running.add_token(Token("sk_orders-only", scopes=frozenset({"ORDERS_READ"})))
        yield running


@pytest.fixture(params=[bearer(DEMO_TOKEN.secret)])
async def lists(books: Books, sandbox: Sandbox, request: pytest.FixtureRequest) -> AsyncIterator[Lists]:
    async with open_lists(books, sandbox, request.param) as opened:
        yield opened
