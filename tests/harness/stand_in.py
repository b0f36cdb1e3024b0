"""What pytest-xdist starts for a worker: it has the worker forked with its own streams, and ends with it.

It is run by its path, without site-packages, and imports nothing else: `tests.harness.workers`.
"""

import json
import os
import signal
import socket
import sys


def main(name: str) -> int:
    told, tells = os.pipe()
    asked = {
        "arguments": ["tests.harness.bootstrap"],
        "folder": os.getcwd(),  # noqa: PTH109 -- pathlib takes longer to import than all else
        "environment": dict(os.environ),
    }
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(f"\0{name}")
    socket.send_fds(connection, [json.dumps(asked).encode()], [0, 1, 2, tells])
    for given in (0, 1, tells):
        os.close(given)
    with open(told, encoding="ascii") as lines:  # noqa: PTH123
        process_id = int(lines.readline())
        # A worker of xdist's own would be interrupted together with the run.
        signal.signal(signal.SIGINT, lambda *_: os.kill(process_id, signal.SIGINT))
        return abs(int(lines.readline() or 1))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
