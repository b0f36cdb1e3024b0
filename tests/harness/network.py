"""The connection to Discord breaks, which SimCord doesn't know: its errors are always Discord's answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from typing import Any

import aiohttp
import pytest
from simcord.http import router

Request = Callable[..., Any]


@contextmanager
def around_requests(wrapper: Callable[[Request, str, str], Any]) -> Iterator[None]:
    """Have `wrapper(send, method, path)` stand between bot and Discord; `send()` lets a request through."""
    original = router.dispatch

    def dispatch(backend: Any, method: str, path: str, **options: Any) -> Any:
        return wrapper(lambda: original(backend, method, path, **options), method, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(router, "dispatch", dispatch)
        yield


@contextmanager
def broken_connection(method: str, path: str, *, arrived: bool, times: int = 1) -> Iterator[None]:
    """The next `times` requests whose path matches get no answer; `arrived`: Discord acts on them."""
    left = times

    def break_some(send: Callable[[], Any], sent: str, to: str) -> Any:
        nonlocal left
        if left == 0 or sent != method or not fnmatch(to, path):
            return send()
        left -= 1
        if arrived:
            send()
        raise aiohttp.ServerDisconnectedError

    with around_requests(break_some):
        yield
    assert left == 0, f"{left} of the requests that were to fail never came"
