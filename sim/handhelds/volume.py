"""A Garmin that shows up as a disk, as a folder: what every unit since about 2008 looks like.

    Garmin/GarminDevice.xml             who it is and what lies where
    Garmin/GPX/Current/Current.gpx      the running track
    Garmin/GPX/Archive/NNN.gpx          days closed by the unit itself
    Garmin/GPX/Waypoints_....gpx        marked places

Source: GarminDevice.xml, schema GarminDevicev2, as an eTrex 30 writes it (layout; not verified
beyond what readers of it ask for).
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from sim.handhelds import truth
from sim.handhelds.units import Holding, Place, Point

DEVICE_XML = """\
<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<Device xmlns="http://www.garmin.com/xmlschemas/GarminDevice/v2">
  <Model>
    <PartNumber>006-B1305-00</PartNumber>
    <SoftwareVersion>{software}</SoftwareVersion>
    <Description>{model}</Description>
  </Model>
  <Id>{unit_id}</Id>
  <MassStorageMode>
    <DataType>
      <Name>GPSData</Name>
      <File>
        <Specification>
          <Identifier>http://www.topografix.com/GPX/1/1</Identifier>
        </Specification>
        <Location>
          <Path>Garmin/GPX</Path>
          <FileExtension>GPX</FileExtension>
        </Location>
        <TransferDirection>InputOutput</TransferDirection>
      </File>
      <File>
        <Specification>
          <Identifier>http://www.topografix.com/GPX/1/1</Identifier>
        </Specification>
        <Location>
          <Path>Garmin/GPX/Current</Path>
          <BaseName>Current</BaseName>
          <FileExtension>gpx</FileExtension>
        </Location>
        <TransferDirection>OutputFromUnit</TransferDirection>
      </File>
    </DataType>
  </MassStorageMode>
</Device>
"""
GPX_HEAD = """\
<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<gpx xmlns="http://www.topografix.com/GPX/1/1" creator="{model}" version="1.1">
"""


def write_volume(
    root: Path,
    current: Holding,
    archive: Sequence[Holding] = (),
    unit_id: int = 3_400_000_001,
    model: str = "eTrex 30",
    software: int = 480,
) -> dict[str, Any]:
    """The tree under `root`; what it holds by file, in the form of `truth.of`."""
    gpx = root / "Garmin" / "GPX"
    (gpx / "Current").mkdir(parents=True)
    (gpx / "Archive").mkdir()
    device = DEVICE_XML.format(software=software, model=escape(model), unit_id=unit_id)
    (root / "Garmin" / "GarminDevice.xml").write_text(device, encoding="utf-8")
    files = {"Garmin/GPX/Current/Current.gpx": Holding(current.track_name, current.points, [])}
    for number, holding in enumerate(archive, 1):
        files[f"Garmin/GPX/Archive/{number:03d}.gpx"] = holding
    if current.places:
        files["Garmin/GPX/Waypoints_15-JUL-25.gpx"] = Holding("", [], current.places)
    held = {}
    for name, holding in files.items():
        (root / name).write_text(gpx_text(holding, model), encoding="utf-8")
        held[name] = truth.of(_as_written(holding), "storage", str(unit_id), model)
    return held


def gpx_text(holding: Holding, model: str) -> str:
    """One GPX 1.1 file."""
    parts = [GPX_HEAD.format(model=escape(model, {'"': "&quot;"}))]
    parts += [_place(place) for place in holding.places]
    if holding.points:
        parts.append(f"<trk><name>{escape(holding.track_name)}</name>")
        for index, point in enumerate(holding.points):
            if index == 0:
                parts.append("<trkseg>")
            elif point.begins:
                parts.append("</trkseg><trkseg>")
            parts.append(_point(point))
        parts.append("</trkseg></trk>\n")
    return "".join(parts) + "</gpx>\n"


def _as_written(holding: Holding) -> Holding:
    """10 digits of degrees, cm of height, whole seconds; points without position are left out."""
    known, begins = [], False
    for point in holding.points:
        begins = begins or point.begins
        if point.lat_deg is not None:
            known.append(replace(point, begins=begins))
            begins = False
    return truth.rounded(
        Holding(holding.track_name, known, holding.places),
        degrees=lambda d: round(d, 10), metres=lambda m: round(m, 2), seconds=int,
    )  # fmt: skip


def _inside(alt_amsl_m: float | None, unix_s: float | None) -> str:
    height = "" if alt_amsl_m is None else f"<ele>{alt_amsl_m:.2f}</ele>"
    if unix_s is None:
        return height
    return f"{height}<time>{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(unix_s))}</time>"


def _point(point: Point) -> str:
    if point.lat_deg is None or point.lon_deg is None:
        return ""
    where = f'<trkpt lat="{point.lat_deg:.10f}" lon="{point.lon_deg:.10f}">'
    return f"{where}{_inside(point.alt_amsl_m, point.unix_s)}</trkpt>\n"


def _place(place: Place) -> str:
    where = f'<wpt lat="{place.lat_deg:.10f}" lon="{place.lon_deg:.10f}">'
    comment = f"<cmt>{escape(place.comment)}</cmt>" if place.comment else ""
    name = f"<name>{escape(place.name)}</name>{comment}<sym>Flag, Blue</sym>"
    return f"{where}{_inside(place.alt_amsl_m, place.unix_s)}{name}</wpt>\n"
