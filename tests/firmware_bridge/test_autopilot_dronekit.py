"""dronekit imports on this Python, and leaves nothing behind."""

import subprocess
import sys

SCRIPT = """
import collections
from firmware_bridge.autopilot.dronekit_compat import import_dronekit
dronekit = import_dronekit()
assert import_dronekit() is dronekit
assert not hasattr(collections, "MutableMapping")
assert issubclass(dronekit.Parameters, collections.abc.MutableMapping)
print(dronekit.VehicleMode("GUIDED").name)
"""


def test_dronekit_imports_on_this_python() -> None:
    """In a process of its own: another test may have imported it already."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "GUIDED\n", done.stderr
