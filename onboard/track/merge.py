"""One fire is one hotspot: the warm ash around it is no signature of its own.

At the picture's edge the ash comes into view some frames before the flames, and it stays after
them. A fire that has just been confirmed takes over what was told of its ash: id, revision and
first sight. From then on what begins inside its halo is the fire's.

What is seen beside the fire as a confirmed signature in the same frame is another thing, and
stays one: somebody may sit at the fire.
"""

import math
from collections.abc import Iterator, Sequence

from firmware_bridge.messages import HeatKind
from onboard.track.report import apart_m
from onboard.track.settings import TrackSettings
from onboard.track.state import Track

HALO_RADII = 3.0
"""Ash and heated ground reach so far from a fire's centre, in radii of what burns."""
SLACK_M = 2.0
"""Between places of different frames: attitude noise, and the part of a fire at the edge."""


def merge(tracks: Sequence[Track], time_s: float, settings: TrackSettings) -> list[Track]:
    """The tracks without those that are part of a fire among them."""
    gone: set[int] = set()
    for fire in tracks:
        if fire.kind is HeatKind.FIRE and fire.is_confirmed(settings) and fire.is_live(settings):
            halo = [t for t in tracks if id(t) not in gone and _in_halo(t, fire, time_s, settings)]
            gone |= {id(track) for track in _of_fire(fire, halo, time_s)}
    return [track for track in tracks if id(track) not in gone]


def _of_fire(fire: Track, halo: list[Track], time_s: float) -> Iterator[Track]:
    """The tracks in a fire's halo that are over; the first told of them becomes the fire."""
    yield from (track for track in halo if track.hotspot_id is None)
    if fire.hotspot_id is None:
        ash = [track for track in halo if track.hotspot_id and track.time_s < time_s]
        if ash:
            fire.take_over(min(ash, key=lambda track: track.first_s))
        yield from ash


def _in_halo(track: Track, fire: Track, time_s: float, settings: TrackSettings) -> bool:
    if track.kind is not HeatKind.SIGNATURE:
        return False
    if track.time_s < fire.first_s - settings.pixel_memory_s:
        return False  # gone before the fire came
    if track.estimate and fire.estimate:
        radius_m = math.sqrt(fire.largest_m2 / math.pi)
        reach_m = min(HALO_RADII * radius_m, settings.fire_halo_m) + SLACK_M
        return apart_m(track.estimate.place, fire.estimate.place) <= reach_m
    if time_s - min(track.time_s, fire.time_s) > settings.pixel_memory_s:
        return False
    one, other = track.detection, fire.detection
    return math.hypot(one.u_px - other.u_px, one.v_px - other.v_px) <= settings.gate_px
