"""Recorded exchanges, replayed from the client's side in simulated time, and compared.

Each message of the client goes out at its recorded second since boot. What comes back is reduced
to keys: the type, and what decides it (result code, sequence number, name, text). Streams and what
the vehicle says by the clock are left out, unless they were asked for just before.
"""

import difflib
import json
import math
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pymavlink.dialects.v20 import ardupilotmega as mav

from sim.autopilot.streams import ORDER
from sim.simulation import Simulation

GROUND, COMPANION = 1, 2
"""Links."""
COMPANION_ID = 191
SLACK_S = 0.15
"""After the last recorded message: one turn of what goes out ten times a second."""
BY_THE_CLOCK = frozenset({"HEARTBEAT", "TERRAIN_REQUEST", "TERRAIN_REPORT"})
STREAMED = frozenset(mav.mavlink_map[n].msgname for n in ORDER if n in mav.mavlink_map)
NOT_STREAMED = frozenset({"HOME_POSITION", "GPS_GLOBAL_ORIGIN", "AUTOPILOT_VERSION"})
REQUEST_MESSAGE, SET_INTERVAL = 512, 511
KEYS: dict[str, tuple[str, ...]] = {
    "COMMAND_ACK": ("command", "result", "target_system", "target_component"),
    "MISSION_ACK": ("type", "mission_type", "target_system"),
    "MISSION_REQUEST": ("seq", "mission_type"),
    "MISSION_COUNT": ("count", "mission_type"),
    "MISSION_ITEM_INT": ("seq", "frame", "command", "x", "y", "z"),
    "MISSION_ITEM": ("seq", "frame", "command"),
    "MISSION_CURRENT": ("seq",),
    "MISSION_ITEM_REACHED": ("seq",),
    "MESSAGE_INTERVAL": ("message_id", "interval_us"),
    "PARAM_VALUE": ("param_id", "param_index"),
    "STATUSTEXT": ("severity", "text"),
    "CAMERA_CAPTURE_STATUS": ("image_count",),
    "CAMERA_FEEDBACK": ("img_idx",),
    "GIMBAL_MANAGER_STATUS": ("flags", "primary_control_sysid"),
    "LOG_ENTRY": (),
}
OWN_WORDS = re.compile(r"\(\w{8}\)|^[0-9a-f]{32}$|^SIM Hit ground.*")
"""Version and serial number are each vehicle's own; how hard SITL landed is SITL's."""


class Line(NamedTuple):
    """One message of a recording."""

    at_s: float
    """Since boot."""
    to_vehicle: bool
    kind: str
    fields: dict[str, Any]
    sender: tuple[int, int]


@dataclass
class Exchange:
    """One recording, and what our vehicle said to the same client."""

    name: str
    recorded: list[Line]
    heard: list[Line] = field(default_factory=list)

    @property
    def differences(self) -> list[str]:
        """`- key` only the real one said, `+ key` only ours."""
        sent = [line for line in self.recorded if line.to_vehicle]
        theirs = keys([*(x for x in self.recorded if not x.to_vehicle), *sent])
        ours = keys([*self.heard, *sent])
        lines = difflib.ndiff(theirs, ours)
        return [line for line in lines if line[0] in "+-"]


def load(shared: Path, name: str, start_s: float) -> Exchange:
    """A recording that began `start_s` after boot."""
    path = shared / "data" / "mavlink" / "exchanges" / f"{name}.jsonl"
    rows = (json.loads(text) for text in path.read_text().splitlines())
    return Exchange(name, [
        Line(
            start_s + row["t"], row["dir"] == "gcs>fc", row["msg"], row["f"],
            (row["sys"], row["comp"]),
        )
        for row in rows
        if "f" in row
    ])  # fmt: skip


def play(sim: Simulation, exchanges: Iterable[Exchange]) -> None:
    """Replays one after the other to one vehicle that has just booted."""
    sim.autopilot.connect(GROUND, 0.0, greet=True)
    parser = mav.MAVLink(None)
    parser.robust_parsing = True
    codecs: dict[tuple[int, int], mav.MAVLink] = {}
    for exchange in exchanges:
        _wait(sim, exchange.recorded[0].at_s - 0.005)
        _listen(sim, parser)
        for line in exchange.recorded:
            forwarded = not line.to_vehicle and line.sender[1] == COMPANION_ID
            if not line.to_vehicle and not forwarded:
                continue
            _wait(sim, line.at_s, exchange, parser)
            codec = codecs.setdefault(line.sender, mav.MAVLink(None, *line.sender))
            frame = build(line).pack(codec)
            codec.seq = (codec.seq + 1) % 256
            if forwarded and COMPANION not in sim.autopilot.links:
                sim.autopilot.connect(COMPANION, sim.time_s)
            sim.autopilot.receive(COMPANION if forwarded else GROUND, frame, sim.time_s)
            exchange.heard += _lines(sim.time_s, _listen(sim, parser))
        _wait(sim, exchange.recorded[-1].at_s + SLACK_S, exchange, parser)


def _wait(
    sim: Simulation, until_s: float, exchange: Exchange | None = None,
    parser: mav.MAVLink | None = None,
) -> None:  # fmt: skip
    while sim.time_s < until_s:
        sim.step()
        if exchange is not None and parser is not None:
            exchange.heard += _lines(sim.time_s, _listen(sim, parser))
        else:
            sim.autopilot.data_to_send(GROUND)


def _listen(sim: Simulation, parser: mav.MAVLink) -> list[Any]:
    return parser.parse_buffer(sim.autopilot.data_to_send(GROUND)) or []


def _lines(now_s: float, messages: Iterable[Any]) -> Iterator[Line]:
    for message in messages:
        if message.get_type() != "BAD_DATA":
            fields = {name: getattr(message, name) for name in message.fieldnames}
            sender = message.get_srcSystem(), message.get_srcComponent()
            yield Line(now_s, False, message.get_type(), fields, sender)


def build(line: Line) -> Any:
    """The message of a recording, as its sender made it."""
    fields = {k: math.nan if v is None else v for k, v in line.fields.items()}
    if line.kind == "FILE_TRANSFER_PROTOCOL":
        fields["payload"] = _file_payload(fields["payload"])
    fields = {k: v.encode() if isinstance(v, str) else v for k, v in fields.items()}
    return getattr(mav, f"MAVLink_{line.kind.lower()}_message")(**fields)


def _file_payload(p: dict[str, Any]) -> list[int]:
    head = struct.pack(
        "<HBBBBBxI", p["seq"], p["session"], p["opcode"], p["size"], p["req_opcode"],
        p["burst_complete"], p["offset"],
    )  # fmt: skip
    return list((head + bytes.fromhex(p["data_head"])).ljust(251, b"\0")[:251])


def keys(lines: Iterable[Line]) -> list[str]:
    """What the vehicle said in answer, in order, without streams."""
    asked: set[str] = set()
    periodic = set(BY_THE_CLOCK) | (STREAMED - NOT_STREAMED)
    out = []
    for line in sorted(lines, key=lambda x: (x.at_s, not x.to_vehicle)):
        if line.to_vehicle:
            _note(line, asked, periodic)
        elif line.kind in asked:
            asked.discard(line.kind)
            out.append(key(line))
        elif line.kind not in periodic and not _is_by_the_clock(line):
            out.append(key(line))
    return out


def _note(line: Line, asked: set[str], periodic: set[str]) -> None:
    command = line.fields.get("command")
    if command in (REQUEST_MESSAGE, SET_INTERVAL) and line.fields["param1"] in mav.mavlink_map:
        name = mav.mavlink_map[int(line.fields["param1"])].msgname
        if command == REQUEST_MESSAGE:
            asked.add(name)
        else:
            periodic.add(name)


def _is_by_the_clock(line: Line) -> bool:
    if line.kind == "TIMESYNC":
        return bool(line.fields["tc1"] == 0)
    if line.kind == "PARAM_VALUE":
        return str(line.fields["param_id"]).startswith(("STAT_", "MIS_TOTAL"))
    return line.kind == "STATUSTEXT" and str(line.fields["text"]).startswith("SIM ")


def key(line: Line) -> str:
    """Type and what decides it."""
    values = [line.fields[name] for name in KEYS.get(line.kind, ())]
    words = [OWN_WORDS.sub("(its own)", v) if isinstance(v, str) else v for v in values]
    if line.kind == "FILE_TRANSFER_PROTOCOL":
        payload = line.fields["payload"]
        words = [payload["opcode"] if isinstance(payload, dict) else payload[3]]
    sender = "" if line.sender[1] == 1 else f"{line.sender[1]}: "
    return sender + " ".join([line.kind, *(_short(word) for word in words)])


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
