"""Why somewhere can't be reached, in words that an owner can act on."""

import errno
import socket
import ssl
from collections.abc import Iterator


def in_words(error: BaseException) -> str:
    """What lies behind an error of the network, of whatever library; no addresses, no names of classes."""
    causes = list(_causes(error))
    for kind, words in (
        (socket.gaierror, "its name can't be looked up"),
        (ssl.SSLCertVerificationError, "its certificate isn't trusted"),
        (ssl.SSLError, "no secure connection could be made"),
        (ConnectionRefusedError, "nothing answers there"),
        (TimeoutError, "it didn't answer in time"),
        (ConnectionError, "the connection was cut"),
    ):
        if any(isinstance(cause, kind) for cause in causes):
            return words
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}
    if errno.ECONNREFUSED in numbers or any("Connect call failed" in str(cause) for cause in causes):
        return "nothing answers there"
    if numbers & {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}:
        return "there is no way to it from this machine"
    return "the connection failed"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, each once."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            # aiohttp keeps the system's own error beside its own.
            waiting += [getattr(each, "os_error", None), each.__cause__, each.__context__]
