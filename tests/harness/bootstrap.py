"""What a worker of pytest-xdist does at first: the first line that it reads is what it is from then on."""

import sys

exec(eval(sys.stdin.readline()))  # noqa: S102, S307 -- as execnet starts any other
