"""The garbage collector kept from stopping the live page.

A navigator's memory is a hundred thousand small objects that live until they are stored, and
CPython's full collection stops every thread to walk them all: 300 to 500 ms, measured with
100,000 points and 100,000 waypoints on two busy cores. What the station drops it drops by itself,
without cycles; the few cycles there are die young. So full collections are left to the station's
pruner, every ten minutes while no unit is read, and the young ones stay small.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG, MIDDLE, NEVER = 10_000, 10, 1_000_000
"""Allocations before a young collection (a few ms), young ones before a middle one, and that
many middle ones before a full one."""


@contextmanager
def short_pauses() -> Iterator[None]:
    """Inside, nothing but `gc.collect` makes a full collection."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, MIDDLE, NEVER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
