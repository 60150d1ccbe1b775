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
"""One turn of what goes out ten times a second, and a half."""
STEP_S = 0.005
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
    heard: list[str] = field(default_factory=list)
    """Keys."""

    @property
    def differences(self) -> list[str]:
        """`- key` only the real one said, `+ key` only ours."""
        ear = Ear()
        theirs = [key for line in self.recorded for key in ear.hear(line)]
        return [
            line
            for listed in (False, True)
            for line in difflib.ndiff(_part(theirs, listed), _part(self.heard, listed))
            if line[0] in "+-"
        ]


def _part(keys: list[str], listed: bool) -> list[str]:
    """A list of parameters goes out at its own pace among everything else: compared by itself."""
    one_listed = re.compile(r"PARAM_VALUE \w+ (?!65535)")
    return [key for key in keys if bool(one_listed.match(key)) == listed]


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
    """Replays one after the other to one vehicle that has just booted.

    A client that had heard something before it spoke is let hear as much again, within SLACK_S.
    """
    sim.autopilot.connect(GROUND, 0.0, greet=True)
    parser = mav.MAVLink(None)
    parser.robust_parsing = True
    codecs: dict[tuple[int, int], mav.MAVLink] = {}
    for exchange in exchanges:
        begin_s = exchange.recorded[0].at_s - STEP_S
        while sim.time_s < begin_s:
            sim.step()
            _listen(sim, parser)
        ours, theirs, due = Ear(), Ear(), 0
        for line in exchange.recorded:
            due += len(theirs.hear(line))
            forwarded = not line.to_vehicle and line.sender[1] == COMPANION_ID
            if not line.to_vehicle and not forwarded:
                continue
            late_s = line.at_s + SLACK_S
            while sim.time_s < line.at_s or (len(exchange.heard) < due and sim.time_s < late_s):
                sim.step()
                exchange.heard += _listen(sim, parser, ours)
            ours.hear(line)
            codec = codecs.setdefault(line.sender, mav.MAVLink(None, *line.sender))
            frame = build(line).pack(codec)
            codec.seq = (codec.seq + 1) % 256
            if forwarded and COMPANION not in sim.autopilot.links:
                sim.autopilot.connect(COMPANION, sim.time_s)
            sim.autopilot.receive(COMPANION if forwarded else GROUND, frame, sim.time_s)
            exchange.heard += _listen(sim, parser, ours)
        while sim.time_s < exchange.recorded[-1].at_s + SLACK_S:
            sim.step()
            exchange.heard += _listen(sim, parser, ours)


def _listen(sim: Simulation, parser: mav.MAVLink, ear: "Ear | None" = None) -> list[str]:
    messages = parser.parse_buffer(sim.autopilot.data_to_send(GROUND)) or []
    if ear is None:
        return []
    return [key for line in _lines(sim.time_s, messages) for key in ear.hear(line)]


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


class Ear:
    """Keeps what was said in answer, and leaves out streams; one conversation, in order."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._periodic = set(BY_THE_CLOCK) | (STREAMED - NOT_STREAMED)

    def hear(self, line: Line) -> list[str]:
        """The key of this message, if it counts."""
        if line.to_vehicle:
            self._note(line)
            return []
        if line.kind in self._asked:
            self._asked.discard(line.kind)
            return [key(line)]
        skipped = line.kind in self._periodic or _is_by_the_clock(line)
        return [] if skipped else [key(line)]

    def _note(self, line: Line) -> None:
        command = line.fields.get("command")
        if command in (REQUEST_MESSAGE, SET_INTERVAL) and line.fields["param1"] in mav.mavlink_map:
            name = mav.mavlink_map[int(line.fields["param1"])].msgname
            (self._asked if command == REQUEST_MESSAGE else self._periodic).add(name)


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
