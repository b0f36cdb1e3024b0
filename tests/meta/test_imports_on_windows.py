"""Nothing is imported that only Unix has: the bot would not even start elsewhere."""

import subprocess
import sys

EVERYTHING = """
import importlib, pkgutil, sys, types
import bot, cogs

def everything():
    for package in (bot, cogs):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name != "bot.__main__" and ".migrations." not in module.name:
                importlib.import_module(module.name)

everything()  # with what it needs of others, which have their own ways on Windows
ours = [name for name in sys.modules if name.split(".")[0] in ("bot", "cogs")]
for name in ours:
    if name not in ("bot", "cogs"):
        del sys.modules[name]
sys.platform = "win32"
sys.modules["msvcrt"] = types.SimpleNamespace(locking=None, LK_NBLCK=2)
sys.modules.update(dict.fromkeys(("fcntl", "resource", "pwd", "grp", "termios")))
everything()
print(len(ours))
"""


def test_every_module_can_be_imported_without_what_only_unix_has() -> None:
    done = subprocess.run([sys.executable, "-c", EVERYTHING], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100
