import ast
import asyncio
import signal
import sys
from pathlib import Path

import pytest

import sandbox
from tests.harness.patience import PATIENCE

FOLDER = Path(sandbox.__file__).parent


async def test_it_runs_as_a_process_of_its_own_and_ends_when_told(http, tmp_path: Path):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--port", "0", "--products", "7",
        stdout=asyncio.subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    assert process.stdout is not None
    said = dict([(await process.stdout.readline()).decode().split() for _ in range(3)])
    async with http.get(f"{said['API']}/storefront/stores/{said['Store']}/products") as response:
        assert (await response.json())["data"]["pagination"]["total"] == 7
    async with http.get(said["Owner"]) as response:
        assert response.status == 200
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), timeout=PATIENCE) == 0


# A folder below may bring the two together, as the demo does; the sandbox itself stays apart.
@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_the_sandbox_knows_nothing_of_the_bot(path: Path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported.isdisjoint({"bot", "cogs", "discord", "simcord", "httpx"})
