"""How pytest-xdist gives tests to its workers."""

from typing import Final

from xdist.scheduler.loadfile import LoadFileScheduling

_READS_ALL_CODE: Final = "tests/meta/"


class Sharing(LoadFileScheduling):
    """Each file goes to one worker, and those to the same that would each parse all of the code."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return _READS_ALL_CODE if file.startswith(_READS_ALL_CODE) else file
