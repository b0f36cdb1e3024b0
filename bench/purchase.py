"""Purchases over real sockets, beside the plain floor: `python -m bench purchase`.

Bamboo and `bench.floor_bot` serve the same number of members against their own fake Discord and simulated
store, in turns, so that what else the machine does meets both. Figures are ratios to the floor's. The fakes
run in this process and take their share of the CPU; what is counted is each bot's own.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from bench.startup import memory_of
from sandbox.server import Sandbox
from tests.wire.discord_server import FakeDiscord
from tests.wire.process import BotProcess
from tests.wire.settings import write_settings
from tests.wire.shop_process import PRODUCT, SECRET, eventually, listening
from tests.wire.world import MANAGE_GUILD, Channel, User

AT_ONCE: Final = (1, 10, 50)
PURCHASES: Final = 100
"""Of each bot in each round; the kernel counts CPU in hundredths of a second."""
WARM_UP: Final = 20
ROUNDS: Final = 3
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Run:
    """Purchases of one bot at one number at once."""

    cpu: float
    """Milliseconds of the bot's CPU for each purchase."""
    acknowledged: float
    """Milliseconds within which 99 of 100 were acknowledged."""
    linked: float
    """Milliseconds within which 99 of 100 had their link."""


@dataclass
class Contender:
    """A bot with the world around it."""

    name: str
    discord: FakeDiscord
    channel: Channel
    members: list[User]
    product: str
    process: BotProcess
    sandbox: Sandbox
    ready: float = 0.0
    """Seconds from the start to the first command that it takes."""

    async def buy(self, at_once: int, count: int) -> Run:
        """Have `count` new members buy, `at_once` of them at the same time."""
        waiting = [self.members.pop() for _ in range(count)]
        spent = self.cpu()
        acknowledged: list[float] = []
        linked: list[float] = []

        async def queue() -> None:
            while waiting:
                member = waiting.pop()
                used = await self.discord.slash(member, self.channel, "buy", product=self.product)
                await used.answered(within=60)
                assert used.acknowledged_after is not None
                assert used.answered_after is not None
                [_link] = self.discord.dms(member)
                acknowledged.append(used.acknowledged_after * 1000)
                linked.append(used.answered_after * 1000)

        await asyncio.gather(*(queue() for _ in range(at_once)))
        await asyncio.sleep(0.3)  # what a bot does after its answer is its cost too
        return Run((self.cpu() - spent) / count * 1000, _p99(acknowledged), _p99(linked))

    def cpu(self) -> float:
        """Seconds of CPU of the process so far, with what its threads took."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def memory(self) -> float:
        """Megabytes."""
        return memory_of(self.process.pid or 0)


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else values[0]


@asynccontextmanager
async def contender(name: str, folder: Path, *, members: int) -> AsyncIterator[Contender]:
    """A running bot: `floor`, or else Bamboo."""
    async with FakeDiscord() as discord, Sandbox.running() as sandbox:
        discord.specification = None  # what the fake costs is no bot's
        guild = discord.guild("Bamboo Grove")
        channel = discord.channel(guild, "shop")
        discord.channel(guild, "sales-log")
        discord.role(guild, "VIP")
        discord.member("boss", guild, discord.role(guild, "Boss", permissions=MANAGE_GUILD))
        people = [discord.member(f"member{number}", guild) for number in range(members)]
        product = next(one for one in sandbox.products.values() if one.title == PRODUCT)
        log_path = folder / f"{name}.log"
        if name == "floor":
            checkouts = f"{sandbox.base_url}/stores/{sandbox.store_id}/checkouts"
            arguments = [discord.api_base_url, discord.token, str(guild.id), checkouts, product.id]
            process = BotProcess(
                discord, ["-m", "bench.floor_bot", *arguments, str(product.price)], log_path=log_path
            )
        else:
            web = listening()
            sandbox.send_webhooks_to(f"http://127.0.0.1:{web['port']}/webhooks/pandabase", SECRET)
            config = write_settings(
                folder,
                discord,
                guild,
                pandabase_base_url=sandbox.base_url,
                store_id=sandbox.store_id,
                web=web,
            )
            process = BotProcess.bamboo(discord, config, log_path=log_path)
        async with process:
            began = time.perf_counter()
            await process.start(within=120)
            yield Contender(
                name,
                discord,
                channel,
                people,
                product.id,
                process,
                sandbox,
                ready=time.perf_counter() - began,
            )


async def measure(*, purchases: int = PURCHASES, rounds: int = ROUNDS) -> dict[int, list[tuple[Run, Run]]]:
    """By how many at once: the floor's run and Bamboo's, of each round."""
    needed = WARM_UP + rounds * len(AT_ONCE) * purchases
    runs: dict[int, list[tuple[Run, Run]]] = {at_once: [] for at_once in AT_ONCE}
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            both = []
            for name in ("floor", "bamboo"):
                own = Path(folder) / name
                own.mkdir()
                both.append(await stack.enter_async_context(contender(name, own, members=needed)))
            floor, ours = both
            for each in both:
                await each.buy(5, WARM_UP)
            for _ in range(rounds):
                for at_once, measured in runs.items():
                    measured.append((await floor.buy(at_once, purchases), await ours.buy(at_once, purchases)))
            await _earn(ours, floor, runs)
    return runs


async def _earn(ours: Contender, floor: Contender, runs: dict[int, list[tuple[Run, Run]]]) -> None:
    """Print what both are beside their purchases, and what a payment costs with all that it earns."""
    boss = next(one for one in ours.discord.world.users.values() if one.name == "boss")
    guild = ours.channel.guild
    assert guild is not None
    role = next(one for one in guild.roles.values() if one.name == "VIP")
    log = next(one for one in guild.channels.values() if one.name == "sales-log")
    for command, options in (
        ("store benefit add", {"product": ours.product, "role": role}),
        ("store saleslog", {"channel": log}),
    ):
        used = await ours.discord.slash(boss, ours.channel, command, **options)
        await used.answered(within=60)
    sessions = list(ours.sandbox.sessions)[-PURCHASES:]
    spent, began = ours.cpu(), time.perf_counter()
    for session in sessions:
        ours.sandbox.store.pay(session)
    holders = lambda: sum(member.has(role) for member in guild.members.values())  # noqa: E731
    await eventually(lambda: holders() >= len(sessions), within=120, what="every role")
    await ours.sandbox.webhooks.settled()
    await asyncio.sleep(3)
    took, each = time.perf_counter() - began - 3, (ours.cpu() - spent) / len(sessions) * 1000
    alone = statistics.median(run[0].cpu for run in runs[10])
    print(
        f"Ready after {ours.ready:.2f} s (floor {floor.ready:.2f}); holds {ours.memory:.0f} MB (floor "
        f"{floor.memory:.0f}); a paid webhook with all that it earns {each:.1f} ms of CPU, "
        f"{each / alone:.1f} × the floor's purchase; {len(sessions)} of them within {took:.1f} s"
    )


def main() -> bool:
    """Measure and print. There is no budget to keep yet."""
    show(asyncio.run(measure()))
    return True


def show(runs: dict[int, list[tuple[Run, Run]]]) -> None:
    table = Table(
        box=SIMPLE,
        pad_edge=False,
        title=f"{PURCHASES} purchases beside the plain floor: medians of {ROUNDS} rounds",
    )
    for column in ("at once", "", "floor", "Bamboo", "×", "spread"):
        table.add_column(column, justify="left" if column == "" else "right", no_wrap=True)
    for at_once, measured in runs.items():
        for what, unit in (
            ("cpu", "CPU a purchase"),
            ("acknowledged", "acknowledged p99"),
            ("linked", "link p99"),
        ):
            pairs = [(getattr(floor, what), getattr(ours, what)) for floor, ours in measured]
            ratios = sorted(ours / floor for floor, ours in pairs if floor)
            table.add_row(
                str(at_once),
                unit,
                f"{statistics.median(floor for floor, _ in pairs):.1f} ms",
                f"{statistics.median(ours for _, ours in pairs):.1f} ms",
                f"{statistics.median(ratios):.2f}",
                f"{ratios[0]:.2f} to {ratios[-1]:.2f}",
            )
    Console().print(table)


if __name__ == "__main__":
    main()
