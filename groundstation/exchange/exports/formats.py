"""The formats records leave in: one table."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from groundstation.exchange.exports import (
    capthist,
    geojson,
    geopackage,
    gpx,
    kml,
    smart,
    table,
)
from groundstation.exchange.exports.gather import Gathering, Written
from groundstation.exchange.exports.names import Names


@dataclass(frozen=True, slots=True)
class Source:
    """What a writer is given."""

    gathering: Gathering
    names: Names
    photographs: Path
    """Their folder."""
    target: Path
    """What the file is to be called in the end."""


@dataclass(frozen=True, slots=True)
class Format:
    """A way out."""

    suffix: str
    media_type: str
    write: Callable[[Path, Source], Written]


def _plain(
    writer: Callable[[Path, Gathering, Names], Written],
) -> Callable[[Path, Source], Written]:
    return lambda path, source: writer(path, source.gathering, source.names)


def _kml(path: Path, source: Source) -> Written:
    writer = kml.write_zipped if source.target.suffix.lower() == ".kmz" else kml.write
    return writer(path, source.gathering, source.names)


def _smart(path: Path, source: Source) -> Written:
    if source.target.suffix.lower() == ".xml":
        return smart.write_one(path, source.gathering)
    return smart.write(path, source.gathering, source.photographs)


def _geopackage(path: Path, source: Source) -> Written:
    return geopackage.write(path, source.gathering, source.names, source.gathering.routes())


def _capthist(path: Path, source: Source) -> Written:
    gathering = source.gathering
    return capthist.write(path, gathering, gathering.sites(), gathering.span())


FORMATS: dict[str, Format] = {
    "smart": Format(".zip", "application/zip", _smart),
    "gpx": Format(".gpx", "application/gpx+xml", _plain(gpx.write)),
    "kml": Format(".kmz", "application/vnd.google-earth.kmz", _kml),
    "geojson": Format(".geojson", "application/geo+json", _plain(geojson.write)),
    "gpkg": Format(".gpkg", "application/geopackage+sqlite3", _geopackage),
    "csv": Format(".csv", "text/csv; charset=utf-8", _plain(table.write)),
    "capthist": Format(".zip", "application/zip", _capthist),
}
