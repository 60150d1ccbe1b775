"""The terrain protocol: the vehicle asks for heights, keeps them and tells of them.

The ground is a grid of TERRAIN_SPACING metres, in blocks of 28 x 32 posts that overlap by four;
a block is asked for as 7 x 8 squares of 4 x 4 posts, one bit each, and starts at

    south-west corner of its degree + (n * 24, m * 28) * spacing, metres north and east

A request goes out with the stream that carries TERRAIN_REPORT: at every turn before the vehicle
knows where it is, then every two seconds until it is answered, as recorded from 4.5.6.

Source: ArduPilot's AP_Terrain; MAVLink, "Terrain protocol".
"""

import math
from collections import OrderedDict
from dataclasses import dataclass, field

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.messages import Message
from sim.autopilot.snapshot import Snapshot

METRES_PER_DEGREE = 111_318.845
SQUARES_NORTH, SQUARES_EAST, SQUARE = 7, 8, 4
STEP_NORTH, STEP_EAST = (SQUARES_NORTH - 1) * SQUARE, (SQUARES_EAST - 1) * SQUARE
ALL_SQUARES = (1 << SQUARES_NORTH * SQUARES_EAST) - 1
BLOCKS_AT_MOST = 12
"""ArduPilot's cache; the oldest goes."""
LINKS_AT_MOST = 32
ASK_AGAIN_S = 2.0


@dataclass(slots=True)
class _Block:
    lat_e7: int
    lon_e7: int
    spacing: int
    known: int = 0
    """Bits of the squares that came."""
    heights: dict[tuple[int, int], int] = field(default_factory=dict)
    """Metres AMSL by post, from the block's corner."""


class Terrain:
    """What a ground station has told of the heights around."""

    def __init__(self) -> None:
        self._blocks: OrderedDict[tuple[int, int, int], _Block] = OrderedDict()
        self._asked_s: dict[int, float] = {}

    def report(self, s: Snapshot, spacing: int) -> Message:
        """TERRAIN_REPORT for where the vehicle is."""
        self._block(s.lat_deg, s.lon_deg, spacing)
        lat_e7, lon_e7 = round(s.lat_deg * 1e7), round(s.lon_deg * 1e7)
        return self._tell(lat_e7, lon_e7, s, spacing)

    def request(self, link: int, s: Snapshot, spacing: int, now_s: float) -> Message | None:
        """TERRAIN_REQUEST for what is missing, when it is time to ask again."""
        if s.has_position and now_s - self._asked_s.get(link, -ASK_AGAIN_S) < ASK_AGAIN_S:
            return None
        here = self._block(s.lat_deg, s.lon_deg, spacing)
        for block in (here, *self._blocks.values()):
            if block.known != ALL_SQUARES:
                if len(self._asked_s) >= LINKS_AT_MOST:
                    self._asked_s.clear()
                self._asked_s[link] = now_s
                return dialect.MAVLink_terrain_request_message(
                    block.lat_e7, block.lon_e7, block.spacing, ALL_SQUARES & ~block.known
                )
        return None

    def keep(self, message: Message) -> None:
        """TERRAIN_DATA: 16 heights of one square of a block that was asked for."""
        block = self._blocks.get((message.lat, message.lon, message.grid_spacing))
        if block is None or not 0 <= message.gridbit < SQUARES_NORTH * SQUARES_EAST:
            return
        north, east = divmod(message.gridbit, SQUARES_EAST)
        for i, height in enumerate(message.data):
            block.heights[north * SQUARE + i // SQUARE, east * SQUARE + i % SQUARE] = height
        block.known |= 1 << message.gridbit

    def check(self, message: Message, s: Snapshot, spacing: int) -> Message:
        """TERRAIN_CHECK is answered for its place, and makes the vehicle ask for it."""
        if abs(message.lat) <= 900_000_000:
            self._block(message.lat * 1e-7, message.lon * 1e-7, spacing)
        return self._tell(message.lat, message.lon, s, spacing)

    def height_m(self, lat_deg: float, lon_deg: float, spacing: int) -> float | None:
        """Between the four posts around; None where one of them is not known."""
        key, north, east = _locate(lat_deg, lon_deg, spacing)
        block = self._blocks.get(key)
        if block is None:
            return None
        i, j = int(north), int(east)
        corners = [block.heights.get((i + a, j + b)) for a in (0, 1) for b in (0, 1)]
        if any(corner is None for corner in corners):
            return None
        a, b, c, d = (corner or 0 for corner in corners)
        x, y = north - i, east - j
        return (1 - x) * ((1 - y) * a + y * b) + x * ((1 - y) * c + y * d)

    def _tell(self, lat_e7: int, lon_e7: int, s: Snapshot, spacing: int) -> Message:
        ground = self.height_m(lat_e7 * 1e-7, lon_e7 * 1e-7, spacing)
        below = self.height_m(s.lat_deg, s.lon_deg, spacing)
        home = s.home[2] if s.home else 0.0
        here = s.alt_amsl_m if below is None else s.alt_amsl_m - below
        loaded = sum(block.known.bit_count() for block in self._blocks.values())
        pending = len(self._blocks) * SQUARES_NORTH * SQUARES_EAST - loaded
        return dialect.MAVLink_terrain_report_message(
            lat_e7, lon_e7, 0 if ground is None else spacing, ground or 0.0,
            here if s.home or below is not None else s.alt_amsl_m - home, pending, loaded,
        )  # fmt: skip

    def _block(self, lat_deg: float, lon_deg: float, spacing: int) -> _Block:
        key, _, _ = _locate(lat_deg, lon_deg, spacing)
        block = self._blocks.get(key)
        if block is None:
            block = self._blocks[key] = _Block(*key)
            if len(self._blocks) > BLOCKS_AT_MOST:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end(key)
        return block


def _locate(
    lat_deg: float, lon_deg: float, spacing: int
) -> tuple[tuple[int, int, int], float, float]:
    """The block a place is in (its corner in 1e-7 degrees, its spacing), and where in it: posts."""
    south, west = math.floor(lat_deg), math.floor(lon_deg)
    north_m = (lat_deg - south) * METRES_PER_DEGREE
    east_m = (lon_deg - west) * METRES_PER_DEGREE * _shrink((south + lat_deg) / 2)
    n = int(north_m / spacing) // STEP_NORTH
    m = int(east_m / spacing) // STEP_EAST
    lat = south + n * STEP_NORTH * spacing / METRES_PER_DEGREE
    lon = west + m * STEP_EAST * spacing / (METRES_PER_DEGREE * _shrink((south + lat) / 2))
    corner = int(lat * 1e7), int(lon * 1e7), spacing
    return corner, north_m / spacing - n * STEP_NORTH, east_m / spacing - m * STEP_EAST


def _shrink(lat_deg: float) -> float:
    return max(math.cos(math.radians(lat_deg)), 0.01)
