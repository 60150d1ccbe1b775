"""The assertions and the set-up decorator that dronekit's tests import."""

import unittest
from collections.abc import Callable
from functools import wraps

_case = unittest.TestCase()
assert_equal = assert_equals = _case.assertEqual
assert_not_equal = assert_not_equals = _case.assertNotEqual
assert_true, assert_false = _case.assertTrue, _case.assertFalse


def with_setup(
    setup: Callable[[], None], teardown: Callable[[], None]
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Run `setup` before the test and `teardown` after it, however it ends."""

    def decorate(test: Callable[[], None]) -> Callable[[], None]:
        @wraps(test)
        def run() -> None:
            setup()
            try:
                test()
            finally:
                teardown()

        # pytest would look through the wrapper for the arguments of the test inside.
        del run.__wrapped__  # type: ignore[attr-defined]
        return run

    return decorate
