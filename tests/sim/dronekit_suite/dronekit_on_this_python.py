"""A pytest plugin: dronekit as this Python needs it, each test with its pace and its deadline."""

import gc
import importlib
import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from firmware_bridge.autopilot.dronekit_compat import import_dronekit

dronekit = import_dronekit()
suite = importlib.import_module("dronekit.test")

DEADLINE_S = 60.0
UPLOAD_DEADLINE_S = 25.0
UPLOADS_FOR_EVER = "test_waypoints.py::test_parameter"
"""dronekit's upload waits without end for a vehicle that has refused an item."""
IN_REAL_TIME = "test_sensor_calibration.py"
"""Two of its verdicts are those of the first 5 simulated seconds after booting."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A deadline for the test with its set-up, and the pace of its vehicle."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError("the time for this test is over")

    signal.signal(signal.SIGALRM, over)
    uploads = item.nodeid.endswith(UPLOADS_FOR_EVER)
    signal.setitimer(signal.ITIMER_REAL, UPLOAD_DEADLINE_S if uploads else DEADLINE_S)
    usual = list(suite.sitl_args)
    if IN_REAL_TIME in item.nodeid:
        suite.sitl_args.append("--speedup=1")  # of two the last one counts
    try:
        return (yield)
    finally:
        suite.sitl_args[:] = usual
        signal.setitimer(signal.ITIMER_REAL, 0.0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Close what a failed test left open: its threads would spin on the dead link."""
    yield
    for thing in gc.get_objects():
        if isinstance(thing, dronekit.Vehicle) and thing._handler._alive:
            thing.close()
