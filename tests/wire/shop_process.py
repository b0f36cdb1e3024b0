"""A whole shop over sockets: `bamboo run` as a process, a fake Discord, a simulated store, a SQLite file."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import AbstractContextManager, asynccontextmanager, closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.server import Sandbox
from tests.harness.database import content, kept_open, looking, run
from tests.harness.instants import INSTANTS
from tests.harness.interference import locked
from tests.harness.patience import PATIENCE
from tests.wire.changes import NotHappenedError
from tests.wire.process import BotProcess
from tests.wire.settings import write_settings
from tests.wire.world import MANAGE_GUILD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.wire.discord_server import FakeDiscord
    from tests.wire.interactions import InteractionRecord
    from tests.wire.world import Message, User

PRODUCT = "GroveGuard"
CHECKOUTS = "/checkouts"
_FIRST_LOOKS, _LATER_LOOKS = 0.01, 0.05
"""Seconds between two looks at what nobody tells of; what takes long is looked at less often."""
LEASES_ARE_OVER = 61
"""Seconds after which whoever was at it is believed dead."""
SHOWN = {"jobs.created_at": "kind <> 'staff_note'"}
"""Rows whose instants are in no message by which it is found again: what Discord has doesn't change."""
SECRET = "whsec_dGhlLXNlY3JldC10aGF0LW9ubHktdGVzdHMtdXNl"


class ShopProcess:
    """What a test drives: people in Discord, the store behind it, and the process in between."""

    def __init__(
        self, folder: Path, discord: FakeDiscord, sandbox: Sandbox, **sections: dict[str, Any]
    ) -> None:
        self.discord = discord
        discord.nonce_lifetime = 0.0  # it is minutes, and a purchase must not rest on them
        self.sandbox = sandbox
        self.guild = discord.guild("Bamboo Grove")
        self.channel = discord.channel(self.guild, "shop")
        self.staff_log = discord.channel(self.guild, "staff-log")
        self.alice = self.welcome_another_alice()
        self.product = next(one for one in sandbox.products.values() if one.title == PRODUCT)
        self.database = folder / "bamboo.db"
        self._folder = folder
        if "web" in sections:
            _send_webhooks(sandbox, sections["web"]["port"])
        self.config = write_settings(
            folder,
            discord,
            self.guild,
            pandabase_base_url=sandbox.base_url,
            store_id=sandbox.store_id,
            **{"staff": {"log_channel_id": self.staff_log.id}, **sections},
        )
        self.bot = self.process("bot.log")
        self.unreachable: list[InteractionRecord] = []
        """Interactions that the bot can't answer any more, because it can't know of them or is too late."""

    def welcome_another_alice(self) -> User:
        """A member who hasn't bought anything yet takes Alice's place."""
        self.alice = self.discord.member(f"alice{len(self.guild.members)}", self.guild)
        return self.alice

    def welcome_staff(self, name: str) -> User:
        """Somebody who may manage the server."""
        role = self.discord.role(self.guild, f"{name}'s", permissions=MANAGE_GUILD)
        return self.discord.member(name, self.guild, role)

    def process(self, log_name: str) -> BotProcess:
        """A process with the shop's settings, not started yet."""
        return BotProcess.bamboo(self.discord, self.config, log_path=self._folder / log_name)

    async def buy(self, member: User | None = None) -> InteractionRecord:
        """Use /buy for GroveGuard, as Alice unless somebody else is named."""
        return await self.discord.slash(member or self.alice, self.channel, "buy", product=self.product.id)

    async def bought(self, member: User | None = None) -> Message:
        """Use /buy and wait for the answer; returns the direct message with the link."""
        purchase = await self.buy(member)
        await purchase.answered_with("payment link is ready")
        [message] = self.discord.dms(member or self.alice)
        return message

    def link(self, number: int = -1) -> str:
        """The payment page of the newest session at the store, or of another one."""
        return f"{self.sandbox.url}/c/{list(self.sandbox.sessions)[number]}"

    # --- the store's side ------------------------------------------------------------------------------

    @property
    def checkouts(self) -> int:
        """How many requests for a checkout session have reached the store."""
        return len(self.sandbox.requests_to("POST", CHECKOUTS))

    # --- the database's side, from outside the process -------------------------------------------------

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        return run(self.database, query, *values)

    def kept_tokens(self) -> list[str]:
        """The tokens of interactions that are in the database, or in any file beside it."""
        kept = content(self.database)
        return [token for token in self.discord.interactions if token.encode() in kept]

    def database_locked(self) -> AbstractContextManager[None]:
        """The bot stands still where it next begins to write, for 5 s at most."""
        return locked(self.database)

    def pass_time(self, **span: float) -> None:
        """Have everything so far have happened earlier, as if time had passed while the process was down."""
        assert not self.bot.running, "a running process keeps instants in its memory"
        earlier = timedelta(**span)
        with kept_open(self.database):
            for table, column in INSTANTS:
                rows = SHOWN.get(f"{table}.{column}", "1 = 1")
                less = earlier // timedelta(milliseconds=1)
                run(self.database, f"UPDATE {table} SET {column} = {column} - {less} WHERE {rows}")
            for job in self.rows("SELECT id, reply FROM jobs WHERE reply IS NOT NULL"):
                reply = _reply(job["reply"], earlier)
                run(self.database, "UPDATE jobs SET reply = ? WHERE id = ?", reply, job["id"])
        for interaction in self.discord.interactions.values():
            interaction.sent_at -= earlier.total_seconds()
        for member in self.guild.members.values():
            member.joined_at -= earlier

    def at_rest(self) -> bool:
        """Whether the process has nothing left to do."""
        return not self.rows(
            "SELECT id FROM sessions WHERE state = 'creating'"
            " UNION ALL SELECT id FROM jobs WHERE lane = 'people' AND done_at IS NULL AND kind <> 'keys'"
            " UNION ALL SELECT id FROM jobs WHERE next_attempt_at IS NOT NULL"
            " UNION ALL SELECT id FROM events WHERE due_at IS NOT NULL"
        )

    async def settled(self) -> None:
        """Wait until the process has heard the store and has nothing left to do."""
        await self.sandbox.webhooks.settled()
        await eventually(self.at_rest, what="rest")

    async def recovered(self, **later: float) -> None:
        """Start the process again when the leases of the dead one are over, or later, and wait as above."""
        self.pass_time(**(later or {"seconds": LEASES_ARE_OVER}))
        await self.bot.start()
        await self.settled()


@asynccontextmanager
async def running_shop(
    folder: Path, discord: FakeDiscord, **sections: dict[str, Any]
) -> AsyncIterator[ShopProcess]:
    """A shop whose process runs. Whatever is done to it, its log is free of tracebacks, links and secrets."""
    async with Sandbox.running() as sandbox:
        shop = ShopProcess(folder, discord, sandbox, **sections)
        async with shop.bot:
            await shop.bot.start()
            yield shop
    _check_logs(shop, folder)


def listening() -> dict[str, Any]:
    """The section `web` of a shop to which the store tells of payments."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return {"enabled": True, "port": probe.getsockname()[1], "webhook_secret": SECRET}


def _send_webhooks(sandbox: Sandbox, port: int) -> None:
    """Have the store tell of payments, patiently: the process may be dead for a while."""
    sandbox.send_webhooks_to(f"http://127.0.0.1:{port}/webhooks/pandabase", SECRET)
    sandbox.webhooks.repeat_after = (0.2,) * 150


def _check_logs(shop: ShopProcess, folder: Path) -> None:
    secrets = {
        shop.discord.token,
        *shop.discord.interactions,  # whoever has an interaction's token can answer as the bot
        *shop.sandbox.sessions,  # and with a session's id anybody finds its payment page
        shop.database.with_suffix(".signing-key").read_text(encoding="ascii").strip(),
    }
    for log in folder.glob("*.log"):
        text = log.read_text(encoding="utf-8")
        assert "Traceback" not in text, text
        assert not [secret for secret in secrets if secret in text], text


async def eventually(
    done: Callable[[], object], *, within: float = PATIENCE, what: str = "the condition"
) -> None:
    """Wait for something that nobody tells of, `within` in seconds.

    Raises:
        NotHappenedError: it is still false then.
    """
    try:
        async with asyncio.timeout(within):
            pause = _FIRST_LOOKS
            with looking():
                while not done():
                    await asyncio.sleep(pause)
                    pause = min(pause * 1.05, _LATER_LOOKS)
    except TimeoutError:
        raise NotHappenedError(f"not within {within} s: {what}") from None


def _reply(value: str, earlier: timedelta) -> str:
    reply = json.loads(value)
    return json.dumps(reply | {"until": (datetime.fromisoformat(reply["until"]) - earlier).isoformat()})
