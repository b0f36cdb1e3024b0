"""`python -m bench.as_it_comes MODULE ARGUMENTS…` runs a module as a bare bot comes: without orjson.

discord.py uses it where it is installed, and Bamboo installs it.
"""

import runpy
import sys

if __name__ == "__main__":
    sys.modules["orjson"] = None  # type: ignore[assignment]  # so it can't be imported
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
