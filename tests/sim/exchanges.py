"""Recorded exchanges with a real ArduCopter 4.5.6, and messages as they come off a wire."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pymavlink.dialects.v20 import ardupilotmega as mav

GCS = (255, 190)


class Line(NamedTuple):
    """One message of a recording."""

    time_s: float
    to_vehicle: bool
    kind: str
    fields: dict[str, Any]
    sender: tuple[int, int]

    @property
    def message(self) -> Any:
        """As its receiver had it."""
        values = {k: math.nan if v is None else v for k, v in self.fields.items()}
        values = {k: v.encode() if isinstance(v, str) else v for k, v in values.items()}
        build = getattr(mav, f"MAVLink_{self.kind.lower()}_message")
        return received(build(**values), self.sender)


def received(message: Any, sender: tuple[int, int] = GCS) -> Any:
    """The message after it went over a wire."""
    frame = message.pack(mav.MAVLink(None, *sender))
    return mav.MAVLink(None).parse_buffer(frame)[0]


def lines(shared: Path, name: str) -> Iterator[Line]:
    """Messages of one recording, in order."""
    path = shared / "data" / "mavlink" / "exchanges" / f"{name}.jsonl"
    for text in path.read_text().splitlines():
        row = json.loads(text)
        if "f" in row:
            sender = row["sys"], row["comp"]
            yield Line(row["t"], row["dir"] == "gcs>fc", row["msg"], row["f"], sender)
