"""The parameters: what the vehicle is set to, and the messages that read and change it.

Names, types, defaults and order are those of ArduCopter 4.5.6 (`parameters.csv`). How it answers
is from its GCS_Param.cpp and AP_Param.cpp, confirmed by recordings of the real one:

- lists and single reads go out ten times a second, 221 at a time on a fast link and 5 on a radio;
  at most 20 reads wait, 5 of them are answered at a time, names nobody knows not at all
- a change is told to every link, with index 65535; so is whatever the vehicle changes by itself
"""

import difflib
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import NamedTuple

from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.errors import ConfigError
from sim.autopilot.messages import CLOCK_GRAIN_S, Message, text
from sim.autopilot.outgoing import EVERYBODY, Outgoing

KINDS = {"int8": 2, "int16": 4, "int32": 6, "float": 9}
"""MAV_PARAM_TYPE by name in the table."""
LIMITS = {2: (-128, 127), 4: (-32768, 32767), 6: (-(2**31), 2**31 - 1)}
LARGEST_FLOAT = 3.4028234e38
BY_NAME = 65535
"""param_index of whatever was not asked for by its index."""
TICK_S = 0.1
LISTED_AT_ONCE, LISTED_BY_RADIO, READ_AT_ONCE = 221, 5, 5
READS_WAITING = 20
NEWS_AT_MOST = 200
COUNT_EVERY_S = 30.0
WARNING = 4
FORMAT_VERSION = 120
INTERNAL = {"MIS_TOTAL", "MNT1_DEVID"} | {
    f"BARO{n}_{what}" for n in (1, 2, 3) for what in ("GND_PRESS", "DEVID")
}
"""Flagged as for internal use only: a client's change is refused."""
NOT_KEPT = frozenset(("MIS_TOTAL", "FENCE_TOTAL", "RALLY_TOTAL"))
"""They count what is not kept either."""
MAGNETOMETERS = ("COMPASS_DEV_ID", "COMPASS_DEV_ID2", "COMPASS_DEV_ID3")
GYROSCOPES = (
    *("INS_GYROFFS_X", "INS_GYROFFS_Y", "INS_GYROFFS_Z", "INS_GYR_ID", "INS_GYR1_CALTEMP"),
    *("INS_GYR2OFFS_X", "INS_GYR2OFFS_Y", "INS_GYR2OFFS_Z", "INS_GYR2_ID", "INS_GYR2_CALTEMP"),
    *("INS_GYR3OFFS_X", "INS_GYR3OFFS_Y", "INS_GYR3OFFS_Z", "INS_GYR3_ID"),
)
SENSORS = ("INS_GYR_ID", "INS_ACC_ID", "INS_GYR2_ID", "INS_ACC2_ID")
BOOT: tuple[tuple[float, tuple[str, ...]], ...] = (
    (0.0, (*MAGNETOMETERS, "COMPASS_EXTERNAL", "ESC_CALIBRATION", "RELAY1_FUNCTION")),
    (0.0, MAGNETOMETERS),
    (0.13, ("BARO_ALT_OFFSET",)),
    (1.73, ("BARO1_GND_PRESS", "BARO2_GND_PRESS", *SENSORS)),
    (2.23, GYROSCOPES),
    (3.25, ("EK3_SRC1_POSXY",)),
    (19.88, ("BARO1_GND_PRESS", "BARO2_GND_PRESS")),
)
"""What it tells unasked while it boots, by seconds since boot; as recorded."""


class Parameter(NamedTuple):
    """One row of the table; `kind` is MAV_PARAM_TYPE."""

    kind: int
    default: float
    value: float
    """As it is after the first boot."""


def table() -> dict[str, Parameter]:
    """Every parameter, in the order in which they are listed."""
    lines = (resources.files("sim.autopilot") / "parameters.csv").read_text("ascii").splitlines()
    rows = {}
    for line in lines:
        if not line.startswith("#"):
            name, kind, default, *value = line.split(",")
            rows[name] = Parameter(
                KINDS[kind], float(default), float(value[0] if value else default)
            )
    return rows


class Parameters:
    """Values of one vehicle, and the protocol. `values` is read by whoever flies."""

    def __init__(
        self, set_up: Mapping[str, float] | None = None, kept: Mapping[str, float] | None = None,
        banner: Sequence[Message] = (),
    ) -> None:  # fmt: skip
        """`set_up` is how the vehicle left its workshop, `kept` what was changed since; `banner`
        goes before a list."""
        self._table = table()
        self.banner = tuple(banner)
        self.names = list(self._table)
        self._by_capitals = {name.upper(): name for name in self.names}
        self.defaults = {name: row.default for name, row in self._table.items()}
        self._fresh = {name: row.value for name, row in self._table.items()}
        self._fresh |= {name: self._fit(name, value) for name, value in (set_up or {}).items()}
        self.kept = {name: self._fit(name, value) for name, value in (kept or {}).items()}
        self.changed = False
        """`kept` is to be written; whoever writes it clears this."""
        self.values = self._fresh | self.kept
        self._news: deque[str] = deque(maxlen=NEWS_AT_MOST)
        self._radios: set[int] = set()
        self._listing: dict[int, int] = {}
        self._reads: deque[tuple[int, int, str]] = deque()
        self._boot: deque[tuple[float, tuple[str, ...]]] = deque()
        self._counted_s = self._tick_s = 0.0
        self._armed = False

    def kind(self, name: str) -> int:
        """MAV_PARAM_TYPE."""
        return self._table[name].kind

    def connect(self, link: int, radio: bool = False) -> None:
        """A radio gets its parameters slowly."""
        if radio:
            self._radios.add(link)

    def disconnect(self, link: int) -> None:
        """Nothing more to this link."""
        self._radios.discard(link)
        self._listing.pop(link, None)
        self._reads = deque(r for r in self._reads if r[0] != link)

    def boot(self, now_s: float, since_s: float = 0.0) -> None:
        """Power comes on, or came on `since_s` ago: what was erased is at its default again."""
        if self.kept.get("FORMAT_VERSION", FORMAT_VERSION) != FORMAT_VERSION:
            self.erase()
        counts = {name: self.values[name] for name in NOT_KEPT}
        self.values.update(self._fresh | self.kept | counts)
        self._listing.clear()
        self._reads.clear()
        self._news.clear()
        self._counted_s, self._tick_s, self._armed = now_s, now_s, False
        self._boot = deque((now_s + at_s - since_s, names) for at_s, names in BOOT)
        while self._boot and self._boot[0][0] < now_s:
            self._boot.popleft()
        self._keep("STAT_BOOTCNT", self.values["STAT_BOOTCNT"] + 1)

    def put(self, name: str, value: float) -> None:
        """The vehicle sets one by itself, which is told to everybody."""
        self._keep(name, self._fit(name, value))
        self._news.append(name)

    def put_until_boot(self, name: str, value: float) -> None:
        """A stream's rate that a client asks for: told when it is read, and not kept."""
        self.values[name] = self._fit(name, value)

    @property
    def lasting(self) -> Mapping[str, float]:
        """Values as the next boot finds them."""
        return self._fresh | self.kept

    def erase(self) -> None:
        """PREFLIGHT_STORAGE 2: everything is at its default, from the next boot on."""
        self.kept.clear()
        self.changed = True

    def handle(self, message: Message, link: int, now_s: float) -> Outgoing:
        """One message of the protocol."""
        return HANDLERS[message.get_type()](self, message, link)

    def poll(self, now_s: float, armed: bool) -> Outgoing:
        """Whatever is due."""
        self._count(now_s, armed)
        while self._boot and now_s >= self._boot[0][0]:
            self._news.extend(self._boot.popleft()[1])
        out = [(EVERYBODY, self._message(name, BY_NAME)) for name in self._news]
        self._news.clear()
        if now_s >= self._tick_s - CLOCK_GRAIN_S:
            self._tick_s = now_s + TICK_S
            if self._reads or self._listing:
                out += self._answer_reads()
                for link in list(self._listing):
                    out += self._list(link, sum(to == link for to, _ in out))
        return out

    def _on_list(self, message: Message, link: int) -> Outgoing:
        self._listing[link] = 0
        return [(link, line) for line in self.banner]

    def _on_read(self, message: Message, link: int) -> Outgoing:
        if len(self._reads) < READS_WAITING:
            self._reads.append((link, message.param_index, message.param_id))
        return []

    def _on_set(self, message: Message, link: int) -> Outgoing:
        name, value = self._by_capitals.get(message.param_id.upper()), message.param_value
        if name is None or not math.isfinite(value):
            return []
        if name in INTERNAL:
            denied = text(WARNING, f"Param write denied ({message.param_id})")
            return [(link, self._message(name, BY_NAME)), (EVERYBODY, denied)]
        self.put(name, value)
        return []

    def _answer_reads(self) -> Outgoing:
        out = []
        for _ in range(min(READ_AT_ONCE, len(self._reads))):
            link, index, asked = self._reads.popleft()
            name = self._by_capitals.get(asked.upper())
            if 0 <= index < len(self.names):
                out.append((link, self._message(self.names[index], index)))
            elif index == -1 and name is not None:
                out.append((link, self._message(name, BY_NAME)))
        return out

    def _list(self, link: int, spent: int) -> Outgoing:
        first = self._listing[link]
        room = (LISTED_BY_RADIO if link in self._radios else LISTED_AT_ONCE) - spent
        last = min(first + max(room, 0), len(self.names))
        self._listing[link] = last
        if last == len(self.names):
            del self._listing[link]
        return [(link, self._message(self.names[i], i)) for i in range(first, last)]

    def _count(self, now_s: float, armed: bool) -> None:
        """Statistics, once in 30 s, and the hover throttle that a flight has taught."""
        if self._armed and not armed:
            self.put("MOT_THST_HOVER", self.values["MOT_THST_HOVER"])
        self._armed = armed
        passed_s = now_s - self._counted_s
        if passed_s < COUNT_EVERY_S:
            return
        self._counted_s = now_s
        if armed:
            self.put("STAT_FLTTIME", self.values["STAT_FLTTIME"] + round(passed_s))
        self.put("STAT_RUNTIME", self.values["STAT_RUNTIME"] + round(passed_s))

    def _keep(self, name: str, value: float) -> None:
        self.values[name] = value
        if name not in NOT_KEPT:
            self.kept[name] = value
            self.changed = True

    def _fit(self, name: str, value: float) -> float:
        """As its type holds it: rounded, and kept within the limits."""
        kind = self._table[name].kind
        if kind == KINDS["float"]:
            return value
        low, high = LIMITS[kind]
        return float(min(max(math.floor(abs(value) + 0.5) * math.copysign(1, value), low), high))

    def _message(self, name: str, index: int) -> Message:
        kind, value = self._table[name].kind, self.values[name]
        told = dialect.MAVLink_param_value_message
        return told(name.encode(), value, kind, len(self.names), index)


HANDLERS: dict[str, Callable[[Parameters, Message, int], Outgoing]] = {
    "PARAM_REQUEST_LIST": Parameters._on_list,
    "PARAM_REQUEST_READ": Parameters._on_read,
    "PARAM_SET": Parameters._on_set,
}


def dump(kept: Mapping[str, float]) -> str:
    """A file of NAME VALUE lines, as ground stations write them."""
    return "".join(f"{name} {value!r}\n" for name, value in sorted(kept.items()))


def parse(content: str, where: str) -> dict[str, float]:
    """What `dump` wrote; raises ConfigError naming the line."""
    known, kept = table(), {}
    for number, line in enumerate(content.splitlines(), start=1):
        cells = line.replace(",", " ").split()
        if not cells or cells[0].startswith("#"):
            continue
        place = f"{where}, line {number}"
        if len(cells) != 2:
            raise ConfigError(f"{place}: '{line}' is not NAME VALUE")
        if cells[0] not in known:
            near = difflib.get_close_matches(cells[0], known, n=1)
            guess = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError(f"{place}: no parameter '{cells[0]}'{guess}")
        kept[cells[0]] = _number(cells[1], place)
    return kept


def _number(cell: str, place: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not abs(value) <= LARGEST_FLOAT:
        raise ConfigError(f"{place}: '{cell}' is not a number that a parameter can hold")
    return value
