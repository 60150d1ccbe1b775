"""A virtual unit that is a disk holds exactly what our reader finds on it."""

import math
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.handheld.mass_storage import read_volume
from firmware_bridge.tracks import NO_TIME_US, Contents
from firmware_bridge.units import unix_us_from_utc
from sim.handhelds import units
from sim.handhelds.units import Holding
from sim.handhelds.volume import write_volume

CHANGES = {
    "as it is": lambda holding: holding,
    "cyrillic names": units.with_cyrillic,
    "without times": units.without_times,
    "without some positions": units.with_unknowns,
}


def tracks_of(contents: Contents) -> list[dict[str, Any]]:
    """In the form of the unit's own truth."""
    return [
        {
            "name": track.name,
            "segments": [
                [
                    [
                        None if t == NO_TIME_US else int(t),
                        *(None if math.isnan(v) else v for v in p),
                    ]
                    for t, *p in zip(s.time_us, s.lat_deg, s.lon_deg, s.alt_amsl_m, strict=True)
                ]
                for s in track.segments
            ],
        }
        for track in contents.tracks
    ]


def places_of(contents: Contents) -> list[dict[str, Any]]:
    return [
        {
            "name": w.name, "lat_deg": w.lat_deg, "lon_deg": w.lon_deg, "alt_amsl_m": w.alt_amsl_m,
            "unix_us": None if w.time_utc is None else unix_us_from_utc(w.time_utc),
            "comment": w.comment,
        }
        for w in contents.waypoints
    ]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_volume_is_read_as_it_was_written(change: str, tmp_path: Path) -> None:
    current, old = (CHANGES[change](units.scripted(80, 6, seed)) for seed in (1, 2))
    held = write_volume(tmp_path, current, [Holding(old.track_name, old.points, [])])
    ((unit, files),) = read_volume(tmp_path)
    assert (unit.unit_id, unit.model, unit.firmware) == ("3400000001", "eTrex 30", "4.80")
    assert {path.relative_to(tmp_path).as_posix() for path in files} == set(held)
    for name, truth in held.items():
        contents = files[tmp_path / name]
        assert list(contents.flaws) == []
        assert tracks_of(contents) == truth["tracks"]
        known = [{k: v for k, v in w.items() if k != "symbol"} for w in truth["waypoints"]]
        assert places_of(contents) == [w | {"comment": w["comment"] or None} for w in known]
    assert sum(len(truth["waypoints"]) for truth in held.values()) == 6
    assert sum(contents.points for contents in files.values()) == sum(
        truth["points"] for truth in held.values()
    )
