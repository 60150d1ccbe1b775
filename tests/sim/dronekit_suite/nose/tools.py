"""The assertions and the set-up decorator that dronekit's tests import."""

import signal
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FrameType

_case = unittest.TestCase()
assert_equal = assert_equals = _case.assertEqual
assert_not_equal = assert_not_equals = _case.assertNotEqual
assert_true, assert_false = _case.assertTrue, _case.assertFalse

DEADLINE_S = 45.0
"""For one test: dronekit's upload never returns when the vehicle refuses an item."""


def with_setup(
    setup: Callable[[], None], teardown: Callable[[], None]
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Run `setup` before the test and `teardown` after it, however it ends."""

    def decorate(test: Callable[[], None]) -> Callable[[], None]:
        @wraps(test)
        def run() -> None:
            setup()
            try:
                with _deadline():
                    test()
            finally:
                teardown()

        # pytest would look through the wrapper for the arguments of the test inside.
        del run.__wrapped__  # type: ignore[attr-defined]
        return run

    return decorate


@contextmanager
def _deadline() -> Iterator[None]:
    def over(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"still running after {DEADLINE_S} s")

    signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, DEADLINE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
