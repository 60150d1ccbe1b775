"""The other ends of the onboard process, written from the wires' description and foreign code.

An autopilot speaks MAVLink with pymavlink's own framing over TCP; a camera serves the frame
stream of docs/wires.md. Each is a thread on a free port of the loopback.
"""

import json
import math
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pymavlink.dialects.v20 import ardupilotmega as dialect

LAT_DEG, LON_DEG = 44.5, 131.5
GROUND_M, ALTITUDE_M = 100.0, 180.0
WIDTH, HEIGHT = 160, 120
HALF = math.sqrt(0.5)


def flat_terrain(folder: Path) -> Path:
    """A degree square of ground at 100 m."""
    folder.mkdir(exist_ok=True)
    np.full((1201, 1201), GROUND_M, ">i2").tofile(folder / "N44E131.hgt")
    return folder


def picture(sequence: int, fire: bool = True) -> np.ndarray:
    """(120, 160) uint16 centikelvin: noise of 50 mK, and a fire of 3 x 3 pixels."""
    noise = np.random.default_rng(sequence).normal(28_800, 5, (HEIGHT, WIDTH))
    if fire:
        noise[59:62, 99:102] = 60_000
    return noise.astype("<u2")


class Peer:
    """A server thread with one client at a time."""

    def __init__(self, port: int = 0) -> None:
        self.server = socket.create_server(("127.0.0.1", port))
        self.server.settimeout(0.05)
        self.port = self.server.getsockname()[1]
        self.stop = threading.Event()
        self.clients = 0
        self.thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Any":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(5)
        self.server.close()

    def _run(self) -> None:
        while not self.stop.is_set():
            try:
                client, _ = self.server.accept()
            except TimeoutError:
                continue
            self.clients += 1
            with client:
                try:
                    self.serve(client)
                except OSError:
                    continue

    def serve(self, client: socket.socket) -> None:
        raise NotImplementedError


class CameraPeer(Peer):
    """Ten frames a second."""

    def __init__(self, port: int = 0, fire: Callable[[int], bool] = lambda sequence: True) -> None:
        super().__init__(port)
        self.fire = fire
        self.sequence = 0

    @property
    def url(self) -> str:
        return f"stream:tcp:127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        client.settimeout(2)
        while not self.stop.wait(0.1):
            self.sequence += 1
            header = json.dumps(
                {
                    "sequence": self.sequence,
                    "camera_time_ns": time.monotonic_ns() - 5_000_000_000,
                    "exposure_ns": 0,
                    "width": WIDTH,
                    "height": HEIGHT,
                    "dtype": "uint16",
                    "radiometry": "centikelvin",
                    "saturation": None,
                    "ffc": "idle",
                    "camera": "test peer",
                }
            ).encode()
            pixels = picture(self.sequence, self.fire(self.sequence)).tobytes()
            body = header + pixels
            client.sendall(
                b"KFS1"
                + struct.pack("<II", len(header), len(pixels))
                + body
                + struct.pack("<I", zlib.crc32(body))
            )


class AutopilotPeer(Peer):
    """A vehicle that hovers, looks straight down and answers TIMESYNC."""

    def __init__(self, port: int = 0, system_id: int = 7) -> None:
        super().__init__(port)
        self.mavlink = dialect.MAVLink(None, system_id, 1)
        self.mavlink.robust_parsing = True
        self.heard: list[Any] = []
        self.answers_tunnels = True

    @property
    def url(self) -> str:
        return f"tcp:127.0.0.1:{self.port}"

    def serve(self, client: socket.socket) -> None:
        client.settimeout(0.01)
        next_pose_s = next_beat_s = 0.0
        while not self.stop.is_set():
            now_s = time.monotonic()
            if now_s >= next_beat_s:
                next_beat_s = now_s + 1
                self.send(client, dialect.MAVLink_heartbeat_message(2, 3, 81, 3, 4, 3))
            if now_s >= next_pose_s:
                next_pose_s = now_s + 0.1
                self.send_pose(client)
            try:
                data = client.recv(4096)
            except TimeoutError:
                continue
            if not data:
                return
            for message in self.mavlink.parse_buffer(data) or []:
                self.answer(client, message)

    def send(self, client: socket.socket, message: Any) -> None:
        client.sendall(message.pack(self.mavlink))
        self.mavlink.seq = (self.mavlink.seq + 1) % 256

    def send_pose(self, client: socket.socket) -> None:
        boot_ms = self.boot_ns() // 1_000_000
        flags = dialect.GIMBAL_DEVICE_FLAGS_YAW_IN_VEHICLE_FRAME
        down = [HALF, 0.0, -HALF, 0.0]
        self.send(
            client,
            dialect.MAVLink_attitude_quaternion_message(boot_ms, 1, 0, 0, 0, 0, 0, 0),
        )
        self.send(
            client,
            dialect.MAVLink_gimbal_device_attitude_status_message(
                0, 0, boot_ms, flags, down, 0, 0, 0, 0
            ),
        )
        self.send(
            client,
            dialect.MAVLink_global_position_int_message(
                boot_ms,
                round(LAT_DEG * 1e7),
                round(LON_DEG * 1e7),
                round(ALTITUDE_M * 1e3),
                80_000,
                0,
                0,
                0,
                0,
            ),
        )

    def answer(self, client: socket.socket, message: Any) -> None:
        self.heard.append(message)
        kind = message.get_type()
        if kind == "TIMESYNC" and message.tc1 == 0:
            self.send(client, dialect.MAVLink_timesync_message(self.boot_ns(), message.ts1))
        elif kind == "COMMAND_LONG":
            self.send(client, dialect.MAVLink_command_ack_message(message.command, 0))
        elif kind == "TUNNEL" and message.payload[0] == 1 and self.answers_tunnels:
            payload = bytes(message.payload)
            answer = b"\x02" + payload[14:17] + payload[17:19]
            ground = dialect.MAVLink(None, 254, 190)
            client.sendall(
                dialect.MAVLink_tunnel_message(
                    message.get_srcSystem(), 191, 49360, 6, list(answer.ljust(128, b"\0"))
                ).pack(ground)
            )

    def boot_ns(self) -> int:
        return time.monotonic_ns() - 1_000_000_000

    def types(self) -> set[str]:
        return {message.get_type() for message in self.heard}
