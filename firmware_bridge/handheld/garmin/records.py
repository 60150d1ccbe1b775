"""A Garmin's records in words: tracks and waypoints, and which records could not be read."""

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import ProtocolError
from firmware_bridge.handheld.garmin import product as products
from firmware_bridge.handheld.garmin.link import Packet, Pid
from firmware_bridge.handheld.garmin.points import MIN_BYTES, Header, decode_header, decode_points
from firmware_bridge.handheld.garmin.waypoints import READERS as WAYPOINT_TYPES
from firmware_bridge.handheld.garmin.waypoints import decode_waypoint
from firmware_bridge.tracks import Flaw, Segment, Track, Waypoint
from firmware_bridge.units import unix_us_from_utc


def read_tracks(
    records: list[Packet], speaks: products.Capabilities, flaws: list[Flaw]
) -> tuple[list[Track], int]:
    """Tracks, and how many records could not be read."""
    if speaks.track is None:
        if records:
            flaws.append(Flaw(records[0].offset, "track records of a type the unit never named"))
        return [], len(records)
    least = MIN_BYTES.get(speaks.track)
    if least is None:
        flaws.append(Flaw(-1, f"track points of unknown type D{speaks.track}"))
        return [], len(records)
    tracks: list[Track] = []
    unread = 0
    header: Header | None = None
    points: list[bytes] = []

    def finish() -> None:
        if header is not None or points:
            segments = decode_points(points, speaks.track or 0)
            name, extras = (header.name, header.extras) if header else (None, {})
            tracks.append(Track(name, segments, extras))

    for record in records:
        if record.pid == Pid.TRACK_HEADER:
            finish()
            points = []
            try:
                header = decode_header(record.data, speaks.track_header or 310)
            except ProtocolError as error:
                header = Header(None, {"header_raw": record.data.hex()})
                flaws.append(Flaw(record.offset, str(error)))
        elif len(record.data) < least:
            what = f"a D{speaks.track} track point of {len(record.data)} bytes is cut off"
            flaws.append(Flaw(record.offset, what))
            unread += 1
        else:
            points.append(record.data)
    finish()
    return tracks, unread


def read_waypoints(
    records: list[Packet], speaks: products.Capabilities, flaws: list[Flaw]
) -> tuple[list[Waypoint], int]:
    """Waypoints, and how many records could not be read."""
    waypoints = []
    kind = speaks.waypoint or 100
    if kind not in WAYPOINT_TYPES and records:
        flaws.append(Flaw(records[0].offset, f"waypoints of unknown type D{kind}"))
        return [], len(records)
    for record in records:
        try:
            waypoints.append(decode_waypoint(record.data, kind))
        except ProtocolError as error:
            flaws.append(Flaw(record.offset, str(error)))
    return waypoints, len(records) - len(waypoints)


def live_track(fixes: list[products.Fix]) -> list[Track]:
    """Live fixes as one track; those without a valid position have NaN."""
    if not fixes:
        return []
    valid = np.array([fix.valid for fix in fixes])

    def column(values: list[float]) -> NDArray[np.float64]:
        return np.where(valid, np.array(values), np.nan)

    segment = Segment(
        time_us=np.array([unix_us_from_utc(fix.time_utc) for fix in fixes], np.int64),
        lat_deg=column([fix.lat_deg for fix in fixes]),
        lon_deg=column([fix.lon_deg for fix in fixes]),
        alt_amsl_m=column([fix.alt_amsl_m for fix in fixes]),
        extras={
            "speed_m_s": column([fix.speed_m_s for fix in fixes]),
            "course_deg": column([fix.course_deg for fix in fixes]),
        },
    )
    return [Track("live", [segment])]
