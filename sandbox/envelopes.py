"""What every answer of the API stands in, and who has to be let in before there is one."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

Allow = Callable[[web.Request, str], Awaitable[None]]
"""Lets a request in that shows a token with this scope. Raises ApiError."""
Id = Annotated[str, Field(min_length=12, max_length=48)]
"""An id of the store's, as a query or a body names it."""


def envelope(data: Any, *, status: int = 200) -> web.Response:
    return web.json_response({"ok": True, "data": data}, status=status)


def failure(status: int, sentence: str) -> web.Response:
    return web.json_response({"ok": False, "error": sentence}, status=status)
