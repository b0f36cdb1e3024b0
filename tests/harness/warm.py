"""What makes a process of many tests faster, and no test can tell of."""

import gc


def collect_less_garbage() -> None:
    """Modules stay, so nobody need look through them; what tests leave behind is looked for less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
