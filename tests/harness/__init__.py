"""What tests are made with: a shop and its people, what they pay, and how long it is waited for."""

import os
import sys

# Where the environment forbids to keep what is compiled, each of some hundred processes that tests start
# would compile the whole bot: that takes longer than all else it does.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
