"""A fake Discord for a bot in its own process: REST under /api/v10, and the gateway on a port of its own."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self

from aiohttp import BodyPartReader, web

from tests.harness.patience import PATIENCE
from tests.wire import openapi, rest_commands, rest_interactions, rest_messages
from tests.wire import rest_errors as errors
from tests.wire.changes import Changes
from tests.wire.community import Community
from tests.wire.faults import Failure, Faults, Hold, LoggedRequest, path_matches
from tests.wire.gateway import Gateway
from tests.wire.people import People
from tests.wire.rest import ROUTES, Call
from tests.wire.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType

    from tests.wire.faults import Moment, Outcome
    from tests.wire.messages import Files
    from tests.wire.world import Message, User

API: Final = "/api/v10"
GATEWAY: Final = "/gateway"
TOKEN: Final = "MTAwMDAwMDAwMDAwMDAwMDAwMA.fake.token-of-the-fake-discord"
ROUTE_MODULES: Final = (
    rest_commands,
    rest_messages,
    rest_interactions,
)  # imported for the routes that they register
WITHOUT_TOKEN: Final = re.compile(r"/(interactions|webhooks)/.*|/gateway")


class FakeDiscord(People, Community):
    """Use it as an async context manager; it listens on 127.0.0.1 and a free port until the block ends."""

    def __init__(self, *, token: str = TOKEN, shard_count: int = 1) -> None:
        super().__init__()
        self.world = World(token=token)
        self.changes = Changes()
        self.gateway = Gateway(self.world, changed=self.changes.tell)
        self.shard_count = shard_count
        self.is_away = False
        self.faults = Faults()
        self.requests: list[LoggedRequest] = []
        """Every REST request so far, in the order in which they came."""
        self.violations: list[str] = []
        """What the bot sent against Discord's OpenAPI file, or to addresses that the fake doesn't know."""
        self.own_violations: list[str] = []
        """What the fake itself answered against that file."""
        self.nonce_lifetime = 300.0
        """Seconds that a nonce is remembered; Discord says "the past few minutes"."""
        self.specification = openapi.specification()
        self.base_url = ""

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def api_base_url(self) -> str:
        return self.base_url + API

    @property
    def gateway_url(self) -> str:
        return self.gateway.url

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=30 * 1024 * 1024)
        for (method, path), handler in ROUTES.items():
            app.router.add_route(method, API + path, partial(self._serve, path, handler))
        app.router.add_get("/attachments/{tail:.*}", self._serve_file)
        app.router.add_route("*", "/{tail:.*}", self._serve_anything_else)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = self.world.base_url = f"http://{host}:{port}"
        # Elsewhere, as Discord's own is: who guesses it from the address of REST doesn't find it.
        gateway = web.Application()
        gateway.router.add_get(GATEWAY, self.gateway.serve)
        self._gateway_runner = web.AppRunner(gateway, access_log=None, shutdown_timeout=1)
        await self._gateway_runner.setup()
        await web.TCPSite(self._gateway_runner, "127.0.0.1", 0).start()
        host, port = self._gateway_runner.addresses[0][:2]
        self.gateway.url = f"ws://{host}:{port}{GATEWAY}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.faults.let_all_go()
        await self.gateway.stop()
        await self._gateway_runner.cleanup()
        await self._runner.cleanup()

    # What tests ask for

    def fail_next(
        self,
        method: str,
        pattern: str,
        outcome: Outcome,
        *,
        times: int = 1,
        where: Callable[[LoggedRequest], bool] | None = None,
        **body: Any,
    ) -> Failure:
        """Let the next requests fail: a status with `body` as JSON, or a cut connection.

        In the pattern `*` and `{name}` stand for one segment: "/channels/*/messages". A 429 carries
        `retry_after` in seconds, 0.1 unless `body` has it.
        """
        failure = Failure(method, pattern, where, times, outcome, body)
        self.faults.failures.append(failure)
        return failure

    def hold(
        self,
        method: str,
        pattern: str,
        moment: Moment = "before",
        *,
        where: Callable[[LoggedRequest], bool] | None = None,
    ) -> Hold:
        """Stop the next such request before or after it takes effect, until the test decides."""
        hold = Hold(method, pattern, where, moment=moment)
        self.faults.holds.append(hold)
        return hold

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """No request is answered, every session of the gateway ends, and none begins."""
        self.is_away = self.gateway.is_away = True
        try:
            await self.gateway.disconnect(resumable=False)
            yield
        finally:
            self.is_away = self.gateway.is_away = False

    def requests_to(self, method: str, pattern: str) -> list[LoggedRequest]:
        return [one for one in self.requests if one.method == method and path_matches(pattern, one.path)]

    async def until(
        self, done: Callable[[], object], *, within: float = PATIENCE, what: str = "the condition"
    ) -> None:
        """Wait until something is true of this Discord, `within` in seconds.

        Raises:
            NotHappenedError: it is still false then.
        """
        await self.changes.until(done, within=within, what=what)

    async def dm(self, user: User, words: str = "", *, within: float = PATIENCE) -> Message:
        """Wait for a direct message that shows these words, now or after an edit; the newest if several."""
        found: list[Message] = []

        def there() -> bool:
            found[:] = [one for one in self.dms(user) if words in one.text]
            return bool(found)

        await self.changes.until(
            there,
            within=within,
            what=lambda: f"DM with {words!r}, only {[one.text for one in self.dms(user)]}",
        )
        return found[-1]

    # How requests are served

    async def _serve(
        self, route: str, handler: Callable[[Call], Any], request: web.Request
    ) -> web.StreamResponse:
        body, files = await _read(request)
        logged = LoggedRequest(
            request.method,
            request.path.removeprefix(API),
            route,
            body,
            dict(request.query),
            asyncio.get_running_loop().time(),
            request.headers.get("X-Audit-Log-Reason"),
        )
        self.requests.append(logged)
        self.changes.tell()
        if self.is_away:
            return _cut(request)
        try:
            failure = self.faults.failure_for(logged)
            if await self._held(request, logged, "before") or (
                failure is not None and failure.outcome == "drop before acting"
            ):
                return _cut(request)
            if failure is not None and isinstance(failure.outcome, int):
                logged.status, logged.answer = failure.outcome, _failure_body(failure)
            else:
                self._act(request, logged, handler, files)
            if await self._held(request, logged, "after") or (
                failure is not None and failure.outcome == "drop after acting"
            ):
                return _cut(request)
            return _response(logged)
        finally:
            logged.took = asyncio.get_running_loop().time() - logged.at
            self.changes.tell()

    def _act(
        self, request: web.Request, logged: LoggedRequest, handler: Callable[[Call], Any], files: Files
    ) -> None:
        try:
            if not WITHOUT_TOKEN.fullmatch(logged.path) and (
                request.headers.get("Authorization") != f"Bot {self.token}"
            ):
                raise errors.unauthorized()
            self._judge_request(logged)
            logged.answer = handler(Call(self, logged, dict(request.match_info), files))
            logged.status = 204 if logged.answer is None else 200
            self._judge_answer(logged)
        except errors.RestError as error:
            logged.status, logged.answer = error.status, error.body
            record = self.interactions.get(request.match_info.get("interaction_token", "")) or (
                self.interactions.get(request.match_info.get("webhook_token", ""))
            )
            if record is not None:
                record.refusals.append(error.body)
            if error.body["code"] == errors.INVALID_FORM:
                self.violations.append(f"{logged.method} {logged.path}: {json.dumps(error.body)}")
        logged.acted = True

    async def _held(self, request: web.Request, logged: LoggedRequest, moment: Moment) -> bool:
        """Stand at a hold point if there is one; say whether the connection is to be cut, or is gone."""
        hold = self.faults.hold_for(logged, moment)
        if hold is None:
            return False
        await hold.stand(logged)
        return hold.dropped or request.transport is None or request.transport.is_closing()

    def _judge_request(self, logged: LoggedRequest) -> None:
        if self.specification is not None:
            for error in self.specification.request_errors(logged.method, logged.route, logged.body):
                self.violations.append(f"{logged.method} {logged.path}: {error}")

    def _judge_answer(self, logged: LoggedRequest) -> None:
        if self.specification is not None:
            status = logged.status or 0
            for error in self.specification.response_errors(
                logged.method, logged.route, status, logged.answer
            ):
                self.own_violations.append(f"{logged.method} {logged.path} {status}: {error}")

    async def _serve_file(self, request: web.Request) -> web.Response:
        data = self.world.files.get(request.path)
        return web.Response(status=404) if data is None else web.Response(body=data)

    async def _serve_anything_else(self, request: web.Request) -> web.StreamResponse:
        self.violations.append(f"{request.method} {request.path}: the fake Discord has no such address")
        return web.Response(
            status=404, body=json.dumps(errors.not_found().body).encode(), content_type="application/json"
        )


async def _read(request: web.Request) -> tuple[Any, Files]:
    """Return the JSON of a body and its uploads."""
    if request.content_type != "multipart/form-data":
        text = await request.text()
        return (json.loads(text) if text else None), {}
    body: Any = None
    files: Files = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader), "discord.py nests no parts"
        if part.name == "payload_json":
            body = json.loads(await part.text())
        else:
            files[part.name or ""] = (part.filename or "file", bytes(await part.read()))
    return body, files


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _failure_body(failure: Failure) -> dict[str, Any]:
    assert isinstance(failure.outcome, int)
    if failure.outcome == 429:
        return errors.rate_limited(0.1).body | failure.body
    return {"message": f"{failure.outcome}: made to fail", "code": 0, **failure.body}


def _response(logged: LoggedRequest) -> web.Response:
    assert logged.status is not None
    # discord.py holds a bucket to one request at a time unless told that more remain. The content type
    # stands without a charset: with one, discord.py takes the body for text.
    headers = {
        "X-RateLimit-Bucket": f"{logged.method} {logged.route}",
        "X-RateLimit-Limit": "50",
        "X-RateLimit-Remaining": "49",
        "X-RateLimit-Reset-After": "1.000",
        "Via": "1.1 google",
    }
    if logged.answer is None:
        return web.Response(status=logged.status, headers=headers)
    body = json.dumps(logged.answer).encode()
    return web.Response(status=logged.status, body=body, content_type="application/json", headers=headers)
