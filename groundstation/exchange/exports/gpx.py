"""GPX 1.1 (topografix.com/GPX/1/1): waypoints of observations, a track for each leg's way.

Waypoints come first in the file, so tracks wait in a second one. Nobody's name is in it but those
that raids carry; who exported it, and from where, is not.
"""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from groundstation.exchange.exports.gather import Leaving, Written
from groundstation.exchange.exports.names import Names
from groundstation.exchange.exports.text import on_way, places, times, utc_text, xml
from groundstation.records.observation import Observation
from groundstation.store.raid_ways import WayPart

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gpx version="1.1" creator="Kedrovka" xmlns="http://www.topografix.com/GPX/1/1">\n'
)


def write(path: Path, leaving: Iterable[Leaving], names: Names) -> Written:
    """Write the file; memory is that of one raid."""
    done = Written()
    with (
        path.open("w", encoding="utf-8") as out,
        tempfile.TemporaryFile("w+", encoding="utf-8", dir=path.parent) as tracks,
    ):
        out.write(HEAD)
        for one in leaving:
            done.raids += one.raid is not None
            for observation in one.observations:
                if observation.lat_deg is None or observation.lon_deg is None:
                    done.leave_out("no_place")
                else:
                    _waypoint(out, observation, names)
                    done.observations += 1
            for part in one.parts:
                done.points += _track(tracks, one, part, names)
        tracks.seek(0)
        shutil.copyfileobj(tracks, out)
        out.write("</gpx>\n")
    return done


def _waypoint(out: TextIO, observation: Observation, names: Names) -> None:
    told = [f"{name}: {value}" for name, value in names.said(observation)]
    out.write(f'<wpt lat="{observation.lat_deg}" lon="{observation.lon_deg}">')
    if observation.observed_utc is not None:
        out.write(f"<time>{utc_text(observation.observed_utc)}</time>")
    out.write(f"<name>{xml(names.category(observation.category))}</name>")
    if observation.comment:
        out.write(f"<cmt>{xml(observation.comment)}</cmt>")
    if told:
        out.write(f"<desc>{xml('; '.join(told))}</desc>")
    if observation.category is not None:
        out.write(f"<type>{xml(observation.category)}</type>")
    out.write("</wpt>\n")


def _track(out: TextIO, one: Leaving, part: WayPart, names: Names) -> int:
    """Points written."""
    chosen = on_way(part)
    if not len(chosen):
        return 0
    number = one.raid.number if one.raid else ""
    out.write(f"<trk><name>{xml(f'{number} {part.leg}'.strip())}</name><trkseg>\n")
    for (lon, lat, alt), time in zip(places(part, chosen), times(part, chosen), strict=True):
        ele = "" if alt is None else f"<ele>{alt}</ele>"
        at = "" if time is None else f"<time>{time}</time>"
        out.write(f'<trkpt lat="{lat:.8f}" lon="{lon:.8f}">{ele}{at}</trkpt>\n')
    out.write("</trkseg></trk>\n")
    return len(chosen)
