"""Commands in a terminal, with somebody who types: for what asks questions, and for pictures of it."""

import asyncio
import os
import pty
import re
import sys
from pathlib import Path

from sandbox.core_api import DEMO_TOKEN
from tests.cli.owner import PROJECT, Ended, Owner
from tests.harness.patience import PATIENCE

COLUMNS = 110
_ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def services(owner: Owner) -> dict[str, str]:
    """Where the wizard tries the answers, in the environment as for every command."""
    return {
        "BAMBOO_DISCORD__API_BASE_URL": owner.discord.api_base_url,
        "BAMBOO_PANDABASE__BASE_URL": owner.sandbox.base_url,
    }


class Terminal:
    """`bamboo …` in a terminal of its own: what is typed goes in when its question is there.

    A question is waited for up to its last character. Where the answer isn't shown, what was typed before
    that is thrown away: the prompt's last space comes after.
    """

    def __init__(self, owner: Owner, *arguments: str, columns: int = 400, **environment: str) -> None:
        self._owner, self._arguments, self._environment = owner, arguments, environment
        self._columns = columns
        self.shown = ""

    async def answers(self, *typed: tuple[str, str | None]) -> Ended:
        """Wait for each in turn, and type what answers it; None for what is waited for alone."""
        ours, theirs = pty.openpty()
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BAMBOO_")}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *self._arguments),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=self._owner.folder,
            env={**clean, "PYTHONPATH": str(PROJECT), "COLUMNS": f"{self._columns}", **self._environment},
            start_new_session=True,
        )
        os.close(theirs)
        os.set_blocking(ours, False)
        try:
            async with asyncio.timeout(PATIENCE):
                at = 0
                for question, answer in typed:
                    while question not in self.shown[at:]:
                        await self._read(ours)
                        assert process.returncode is None, self.shown
                    at = self.shown.index(question, at) + len(question)
                    if answer is not None:
                        os.write(ours, f"{answer}\n".encode())
                while process.returncode is None:
                    await self._read(ours)
        except TimeoutError:
            raise AssertionError(f"it stands still here:\n{self.shown}") from None
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            os.close(ours)
        return Ended(process.returncode, self.shown.replace("\r", ""), "")

    async def _read(self, ours: int) -> None:
        try:
            self.shown += os.read(ours, 65536).decode(errors="replace")
        except BlockingIOError:
            await asyncio.sleep(0.02)
        except OSError:  # the other end is gone
            await asyncio.sleep(0.02)


async def init_and_check(owner: Owner) -> dict[str, str]:
    """What a new owner sees of `bamboo init` and of `bamboo check` who answers as the documentation says.

    With the terminal's colours, and what differs from machine to machine as it is on an owner's.
    """
    init = Terminal(owner, "init", columns=COLUMNS, **services(owner))
    ended = await init.answers(
        ("Token: ", owner.discord.token),
        ("Store id: ", owner.sandbox.store_id),
        ("Which way?: ", "1"),
        ("API token: ", DEMO_TOKEN.secret),
    )
    assert ended.code == 0, ended.output
    check = Terminal(owner, "check", columns=COLUMNS, **services(owner))
    checked = await check.answers()
    assert checked.code == 0, checked.output
    return {"init": _as_at_home(owner, ended.output), "check": _as_at_home(owner, checked.output)}


def _as_at_home(owner: Owner, output: str) -> str:
    output = output.replace(f"{sys.executable} -m bot", ".venv/bin/bamboo")
    output = output.replace(str(owner.guild.id), "1045678901234567890")
    output = re.sub(r"client_id=\d+", "client_id=1045678901234567891", output)
    output = output.replace(owner.sandbox.store_id, "shp_4xk2m9q7")
    return re.sub(r"[\d.]+ GB", "40.2 GB", output)


def plain_lines(output: str) -> list[str]:
    """Without colours, and without the spaces that nobody sees."""
    return [line.rstrip() for line in _ANSI.sub("", output).replace("\xa0", " ").splitlines()]


def terminal_picture(name: str) -> Path:
    return PROJECT / "docs" / "pictures" / f"{name}.svg"
