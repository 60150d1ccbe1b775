"""dronekit imports on this Python, leaves nothing behind, and connects."""

import contextlib
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.dronekit_compat import import_dronekit

WAIT_S = 20.0

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


@contextmanager
def vehicle_at(listener: socket.socket) -> Iterator[None]:
    """The listener's next client hears a copter in AUTO with one parameter."""
    stop, mavlink = threading.Event(), dialect.MAVLink(None, 1, 1)

    def run() -> None:
        client, _ = listener.accept()
        with client, contextlib.suppress(ConnectionError):
            while not stop.wait(0.05):
                for message in (
                    dialect.MAVLink_heartbeat_message(2, 3, 81, 3, 4, 3),
                    dialect.MAVLink_attitude_message(1000, 0.1, -0.2, 0.3, 0, 0, 0),
                    dialect.MAVLink_param_value_message(b"SYSID_THISMAV", 1.0, 4, 1, 0),
                ):
                    client.sendall(message.pack(mavlink))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(WAIT_S)


def test_dronekit_connects_to_a_vehicle_over_tcp() -> None:
    dronekit, vehicles = import_dronekit(), queue.Queue()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(WAIT_S)
        url = f"tcp:127.0.0.1:{listener.getsockname()[1]}"
        # connect() may wait for ever (dronekit issue #414): a thread of its own has a deadline.
        threading.Thread(
            target=lambda: vehicles.put(dronekit.connect(url, wait_ready=["attitude"])),
            daemon=True,
        ).start()
        with vehicle_at(listener):
            vehicle = vehicles.get(timeout=WAIT_S)
            try:
                assert vehicle.mode.name == "AUTO"
                assert vehicle.attitude.pitch == pytest.approx(-0.2)
            finally:
                vehicle.close()
