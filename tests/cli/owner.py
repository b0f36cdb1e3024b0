"""Somebody who runs Bamboo from a folder, by its command line."""

import asyncio
import contextlib
import io
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest
from rich.console import Console

from bot.cli.checking import exit_code, look
from bot.config import load_settings
from sandbox.core_api import DEMO_TOKEN
from sandbox.models import utc_now
from sandbox.server import Sandbox
from sandbox.webhooks import Endpoint, Registered
from sandbox.webhooks_api import EVENT_TYPES
from tests.harness import processes
from tests.harness.database import (
    address_of,
    copy_database,
    is_there,
    lose_database,
    on_a_server,
    run,
    url_of,
)
from tests.harness.instants import milliseconds
from tests.harness.patience import PATIENCE
from tests.harness.processes import PROJECT
from tests.wire.discord_server import FakeDiscord
from tests.wire.process import BotProcess
from tests.wire.shop_process import listening
from tests.wire.world import Guild

NOBODY_LISTENS = "http://127.0.0.1:1"
SECRET = "whsec_c2VjcmV0LW9mLXRlc3Rz"
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ.G7fAbc.a-token-that-must-not-be-shown-to-anyone"


@dataclass(frozen=True)
class Ended:
    code: int | None
    output: str
    errors: str

    @property
    def everything(self) -> str:
        return self.output + self.errors

    @property
    def findings(self) -> dict[str, str]:
        """What `bamboo check` printed: mark, sentence and mend, by what they are about."""
        return {about: "\n".join(said) for about, said in self._said().items()}

    def _said(self) -> dict[str, list[str]]:
        said: dict[str, list[str]] = {}
        about = ""
        for line in self.output.splitlines():
            if found := re.fullmatch(r"(\S) (\w+) +(\S.*)", line):
                about = found[2]
                said.setdefault(about, []).append(f"{found[1]} {found[3]}")
            elif found := re.fullmatch(r" +(→ .*)", line):
                said[about][-1] += f" {found[1]}"
        return said


class Owner:
    """Somebody in a folder with a settings file, and with the services that it names."""

    def __init__(
        self, folder: Path, discord: FakeDiscord, guild: Guild, sandbox: Sandbox, new_database: Path
    ) -> None:
        self.folder = folder
        self.discord = discord
        self.guild = guild
        self.sandbox = sandbox
        self.database = folder / "bamboo.db"
        self._new_database = new_database
        self.free_bytes: int | None = None
        """What is left on the disk, as `checks` sees it; None for what really is."""

    @property
    def database_said(self) -> str:
        """What Bamboo calls it."""
        return str(address_of(self.database)) if on_a_server() else self.database.name

    async def runs(self, *arguments: str, **environment: str) -> Ended:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BAMBOO_")}
        with TemporaryFile() as output, TemporaryFile() as errors:
            process = await processes.start(
                ["-m", "bot", *arguments],
                folder=self.folder,
                environment={**clean, "PYTHONPATH": str(PROJECT), **environment},
                output=output,
                errors=errors,
                imports="PYTHONPATH" in environment,
            )
            try:
                async with asyncio.timeout(PATIENCE):
                    code = await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            for written in (output, errors):
                written.seek(0)
            said, complained = output.read().decode(), errors.read().decode()
        assert "Traceback" not in complained, complained
        return Ended(code, said, complained)

    async def checks(self) -> Ended:
        """`bamboo check` in this process: starting one for each thing that is broken takes minutes."""
        shown = io.StringIO()
        settings = load_settings(self.folder / "config.toml", {})
        with contextlib.chdir(self.folder), self._disk():
            findings = await look(settings, Console(file=shown, soft_wrap=True, highlight=False))
        return Ended(exit_code(findings), shown.getvalue(), "")

    @contextlib.contextmanager
    def _disk(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            if self.free_bytes is not None:
                usage = shutil.disk_usage(self.folder)._replace(free=self.free_bytes)
                patch.setattr(shutil, "disk_usage", lambda _folder: usage)
            yield

    def writes_settings(self, **sections: dict[str, Any]) -> None:
        """`config.toml`, in which everything is right but for what `sections` say."""
        settings: dict[str, dict[str, Any]] = {
            "discord": {"token": self.discord.token, "api_base_url": self.discord.api_base_url},
            "pandabase": {
                "store_id": self.sandbox.store_id,
                "base_url": self.sandbox.base_url,
                "api_token": DEMO_TOKEN.secret,
                "allowed_checkout_hosts": ["pandabase.io", "127.0.0.1"],
            },
            "checkout": {"signing_key": "a-key-that-only-tests-use"},
            **({"storage": {"url": url_of(self.database)}} if on_a_server() else {}),
        }
        for name, section in sections.items():
            settings[name] = settings.get(name, {}) | section
        lines = [
            line
            for name, section in settings.items()
            # What these values need of TOML is written as in JSON.
            for line in (f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in section.items()))
        ]
        (self.folder / "config.toml").write_text("\n".join(lines), encoding="utf-8")

    # --- what is broken, or has been there before -----------------------------------------------------

    def changes_database(self, statement: str, *values: object) -> None:
        """Run a statement on the bot's database, which is made if it isn't there."""
        if not is_there(self.database):
            copy_database(self._new_database, self.database)
        run(self.database, statement, *values)

    def loses_database(self) -> None:
        lose_database(self.database)

    def counts(self, table: str) -> int:
        """How many rows there are."""
        [row] = run(self.database, f"SELECT count(*) AS number FROM {table}")
        return int(row["number"])

    async def until(self, done: Callable[[], object]) -> None:
        """Wait for what another process does."""
        async with asyncio.timeout(PATIENCE):
            while not done():
                await asyncio.sleep(0.05)

    def earns_role(self, role_id: int) -> None:
        """Choose a role that buyers of a product get."""
        self.changes_database(
            "INSERT INTO benefits (guild_id, product_id, variant_id, title, role_id, kept, created_at)"
            f" VALUES (?, 'prd_guard', '', 'GroveGuard', ?, false, {milliseconds('2026-01-01 00:00:00')})",
            self.guild.id,
            role_id,
        )

    def registers_webhook(
        self,
        url: str,
        *,
        secret: str = SECRET,
        version: Any = "V2",
        is_enabled: bool = True,
        leaves_out: str = "",
    ) -> None:
        """Have the store send webhooks there."""
        kinds = tuple(kind for kind in EVENT_TYPES if kind != leaves_out)
        made = Registered(
            "whk_of-the-test", Endpoint(url, secret, version), kinds, None, utc_now(), is_enabled
        )
        self.sandbox.webhooks.registered[made.id] = made

    @asynccontextmanager
    async def running_with_webhooks(self, **sections: dict[str, Any]) -> AsyncIterator[str]:
        """`bamboo run` beside what the owner types; the address under which it is reached."""
        port = listening()["port"]
        address = f"http://127.0.0.1:{port}"
        self.writes_settings(
            web={"enabled": True, "port": port, "public_url": address, "webhook_secret": SECRET},
            **sections,
        )
        process = BotProcess(
            self.discord,
            ["-m", "bot", "run", "--config", str(self.folder / "config.toml")],
            log_path=self.folder / "bamboo.log",
            ready_url=f"{address}/readyz",
            environment={"BAMBOO_STORAGE__URL": url_of(self.database)},
        )
        async with process:
            await process.start()
            await self.discord.until(lambda: any(self.discord.world.commands.values()))
            yield address
