"""The collector of rings (垃圾回收) in a program that serves.

What is loaded stays, so it need not be looked through again in the middle of a request; and a commit of
hundreds of facts makes objects by the ten thousand and no rings of them.
"""

import gc

OBJECTS_BETWEEN_LOOKS = 50_000


def leave_what_is_loaded() -> None:
    """Once, when all is loaded: look at none of it again, and at what comes less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)
