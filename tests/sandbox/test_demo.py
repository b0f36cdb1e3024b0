import asyncio
import signal
import socket
import stat
import sys
from pathlib import Path

import pytest

from bot.cli import main
from sandbox.demo import narrator
from sandbox.webhooks import Webhooks
from tests.e2e.demo_process import served_demo, started
from tests.harness.patience import PATIENCE

NO_EXTRA = """
import importlib.abc, sys

class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.split(".")[0] == "simcord":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
"""


async def ended(*options: str, imports: bool = False, **environment: str) -> tuple[int, str, str]:
    async with started(*options, imports=imports, **environment) as demo:
        return await demo.ended()


@pytest.mark.parametrize(("how", "imports"), [(signal.SIGTERM, True), (signal.SIGINT, False)])
async def test_the_terminal_says_where_the_demo_is_until_it_is_told_to_end(how, imports, http):
    async with served_demo("--no-browser", imports=imports) as demo:
        async with http.get(demo.address) as response:
            assert response.status == 200
            assert "What to try" in await response.text()
        assert await demo.end(how) == 0
        assert await demo.err.read() == b""


async def test_it_can_be_told_to_end_while_it_still_starts():
    async with started("--no-browser", "--port", "0", imports=True) as demo:
        await asyncio.sleep(2)
        demo.process.send_signal(signal.SIGTERM)
        code, _, err = await demo.ended()
    # Before Python has read the program there is nobody yet to end it gently.
    assert code in {0, -signal.SIGTERM}
    assert "Traceback" not in err


async def test_the_browser_opens_the_start_page(tmp_path: Path):
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.new && mv {opened}.new {opened}\n')
    browser.chmod(stat.S_IRWXU)
    async with served_demo(BROWSER=str(browser)) as demo:
        async with asyncio.timeout(PATIENCE):
            while not opened.exists():
                await asyncio.sleep(0.05)
        assert opened.read_text().strip() == demo.address


@pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="they always have a browser")
async def test_a_machine_without_a_browser_is_told_what_to_do(tmp_path: Path):
    code, out, err = await ended("--port", "8455", PATH=str(tmp_path))
    assert (code, out) == (1, "")
    assert err == (
        "No browser was found here. Run: bamboo demo --no-browser, and open http://127.0.0.1:8455/ in one\n"
    )


async def test_a_port_that_is_taken_is_named_with_the_option_to_choose_another():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = await ended("--no-browser", "--port", str(port))
    assert (code, out) == (1, "")
    assert err == (
        f"Port {port} is taken by another program. Choose another one: bamboo demo --port {port + 1}\n"
    )


@pytest.mark.parametrize("options", [("--no-browser",), ("--tour",)])
async def test_without_its_extra_the_demo_says_how_to_install_it(options, tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text(NO_EXTRA)
    code, out, err = await ended(*options, imports=True, PYTHONPATH=str(tmp_path))
    assert (code, out) == (1, "")
    assert err == (
        "The demo needs its extra (simcord is missing); in Bamboo's folder: pip install '.[demo]'\n"
    )


async def test_the_tour_plays_a_sale_and_invoices_and_its_steps_hold():
    code, out, err = await ended("--tour")
    assert code == 0, err
    assert "steps did what they should." in out
    told = [
        out.index(each) for each in ("Invoice #1", "another one starts", "Paid, role granted, key revealed")
    ]
    assert told == sorted(told)
    assert "<@" not in out, "a mention without its name"
    assert not [line for line in out.splitlines() if len(line) > 80]


def test_a_tour_whose_promise_is_not_kept_ends_with_1_and_says_which(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(Webhooks, "tell", lambda *_: None)
    monkeypatch.setattr(narrator, "PATIENCE", 0.2)
    monkeypatch.setattr(sys, "argv", ["bamboo", "demo", "--tour"])
    with pytest.raises(SystemExit) as ending:
        main()
    assert ending.value.code == 1
    out, err = capsys.readouterr()
    assert err == "The tour stopped: the invoice does not say that it is paid.\n"
    assert "steps did what they should" not in out
