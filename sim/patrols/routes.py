"""The count's routes as files that others read: GeoJSON (RFC 7946) and GPX 1.1 routes."""

import json
from collections.abc import Iterator, Sequence

from sim.patrols.census import Route
from sim.patrols.ground import Ground
from sim.patrols.navigator import way_length_m
from sim.patrols.park import TEAMS


def routes_geojson(routes: Sequence[Route], ground: Ground) -> str:
    """One LineString each, with its number, team and length in metres."""
    features = [
        {
            "type": "Feature",
            "properties": {
                "number": route.number,
                "name": f"Маршрут {route.number}",
                "team": TEAMS[route.team],
                "planned_m": round(way_length_m(route.places, ground), 1),
            },
            "geometry": {
                "type": "LineString",
                "coordinates": [[lon, lat] for lat, lon in _points(route, ground)],
            },
        }
        for route in routes
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def routes_gpx(routes: Sequence[Route], ground: Ground) -> str:
    """A `rte` each."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<gpx version="1.1" creator="kedrovka-sim" xmlns="http://www.topografix.com/GPX/1/1">',
    ]
    for route in routes:
        lines.append(f"<rte><name>{route.number}</name>")
        lines += [f'<rtept lat="{lat}" lon="{lon}"/>' for lat, lon in _points(route, ground)]
        lines.append("</rte>")
    return "\n".join([*lines, "</gpx>", ""])


def _points(route: Route, ground: Ground) -> Iterator[tuple[float, float]]:
    lat, lon = ground.lat_lon(route.places)
    for y, x in zip(lat.tolist(), lon.tolist(), strict=True):
        yield round(y, 7), round(x, 7)
