"""Observations as events, ways as track points of an EarthRanger server, through `erclient`.

EarthRanger takes an event only of a type it knows: a category's key with underscores
(`violation_snare`), else its parent's (`violation`); what it knows neither of is left out and
told. It has no documented field for somebody else's id, so ours travels in the event's details
(`kedrovka_id`, `kedrovka_revision`): events of the same days are asked for first, those that are
there are not sent again, and changed ones are changed. Points are sent for the navigator, never
for a person; those whose time the server has of that navigator already are not sent again. So a
run that was cut off is simply run once more.

Shapes: EarthRanger's API documentation (`activity/events`, `sensors/generic/PROVIDER/status`,
at most 100 points a request) and its client library. Not tried on a live server.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests
from erclient import ERClient
from erclient.er_errors import ERClientException, ERClientNotFound

from groundstation.exchange.exports.gather import Leaving
from groundstation.exchange.exports.names import Names
from groundstation.exchange.exports.text import on_way, places, times, utc_text
from groundstation.exchange.exports.words import LINES, REFUSALS
from groundstation.records.observation import Observation
from groundstation.store.raid_ways import WayPart
from groundstation.words import Language, Refusal, say

PROVIDER = "kedrovka"
POINTS_AT_ONCE = 100
"""As the documentation suggests."""
ID, REVISION = "kedrovka_id", "kedrovka_revision"
TIMEOUT_S = 60.0


@dataclass(slots=True)
class Sent:
    """What became of everything."""

    created: int = 0
    changed: int = 0
    same: int = 0
    points: int = 0
    known: int = 0
    no_type: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Event types the server does not know -> events that were not sent for it."""
    no_place: int = 0
    no_time: int = 0

    def lines(self, server: str, language: Language) -> list[str]:
        """What to tell whoever sent it."""
        counts = {n: getattr(self, n) for n in ("created", "changed", "same", "points", "known")}
        told = [say(LINES, "sent", language, server=server, **counts)]
        left = {say(LINES, "no_event_type", language, type=t): n for t, n in self.no_type.items()}
        left |= {
            say(LINES, code, language): getattr(self, code) for code in ("no_place", "no_time")
        }
        return told + [
            say(LINES, "left_out", language, why=why, n=n) for why, n in left.items() if n
        ]


def client(server: str, token: str) -> ERClient:
    """Of a server such as `https://park.pamdas.org`."""
    er = ERClient(service_root=server, token=token, provider_key=PROVIDER, discovery=False)
    # The library waits for ever otherwise.
    session = er._http_session
    session.request = _with_deadline(session.request)
    return er


def _with_deadline(request: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: Any, **options: Any) -> Any:
        return request(*arguments, **{"timeout": TIMEOUT_S, **options})

    return timed


def send(er: ERClient, server: str, leaving: Iterable[Leaving], names: Names) -> Sent:
    """Send everything; raises Refusal with what the server said."""
    sent = Sent()
    try:
        types = {one["value"] for one in er.get_event_types()}
        for one in leaving:
            _send_events(er, one, types, names, sent)
            for unit, parts in _by_unit(one.parts).items():
                _send_points(er, unit, parts, sent)
    except (ERClientException, requests.RequestException, ValueError, KeyError, TypeError) as error:
        why = str(error).strip() or type(error).__name__
        raise Refusal(REFUSALS, "earthranger", 502, server=server, why=why[:500]) from error
    return sent


def _send_events(er: ERClient, one: Leaving, types: set[str], names: Names, sent: Sent) -> None:
    ready: list[tuple[Observation, str]] = []
    for observation in one.observations:
        if observation.lat_deg is None or observation.observed_utc is None:
            sent.no_place += observation.lat_deg is None
            sent.no_time += observation.lat_deg is not None
            continue
        kind = next((t for t in event_types(observation.category) if t in types), None)
        if kind is None:
            sent.no_type[next(event_types(observation.category))] += 1
        else:
            ready.append((observation, kind))
    there = _events_there(er, [o for o, _ in ready])
    for observation, kind in ready:
        event = _event(observation, kind, one, names)
        stored = there.get(str(observation.observation_id))
        if stored is None:
            er.post_event(event)
            sent.created += 1
        elif stored.get("event_details", {}).get(REVISION) != observation.revision:
            er.patch_event(stored["id"], event)
            sent.changed += 1
        else:
            sent.same += 1


def event_types(category: str | None) -> Iterator[str]:
    """What the type of its events may be called, the closest first."""
    keys = (category or "remark.").rstrip(".").split(".")
    for length in range(len(keys), 0, -1):
        yield "_".join(keys[:length])


def _events_there(er: ERClient, ready: Sequence[Observation]) -> dict[str, Mapping[str, Any]]:
    """Ours that the server has of these days, by our id."""
    moments = [o.observed_utc for o in ready if o.observed_utc is not None]
    if not moments:
        return {}
    span = {
        "lower": utc_text(min(moments) - timedelta(seconds=1)),
        "upper": utc_text(max(moments) + timedelta(seconds=1)),
    }
    found = er.get_events(filter=json.dumps({"date_range": span}), include_details=True)
    named = ((one.get("event_details", {}).get(ID), one) for one in found)
    return {name: one for name, one in named if name is not None}


def _event(o: Observation, kind: str, one: Leaving, names: Names) -> dict[str, Any]:
    assert o.observed_utc is not None
    details: dict[str, Any] = {k: v for k, v in o.attributes.items() if k[:1] != "@"}
    details |= {ID: str(o.observation_id), REVISION: o.revision}
    if one.raid is not None:
        details["patrol_number"] = one.raid.number
    if o.comment:
        details["comment"] = o.comment
    return {
        "event_type": kind,
        "title": names.category(o.category),
        "time": utc_text(o.observed_utc),
        "location": {"latitude": o.lat_deg, "longitude": o.lon_deg},
        "priority": 0,
        "event_details": details,
    }


def _by_unit(parts: Iterable[WayPart]) -> dict[str, list[WayPart]]:
    found: dict[str, list[WayPart]] = defaultdict(list)
    for part in parts:
        found[part.unit or f"track-{part.track}"].append(part)
    return found


def _send_points(er: ERClient, unit: str, parts: Sequence[WayPart], sent: Sent) -> None:
    ready = [point for part in parts for point in _points(unit, part)]
    if not ready:
        return
    moments = [datetime.fromisoformat(point["recorded_at"]) for point in ready]
    there = _times_there(er, unit, min(moments), max(moments))
    new = [p for p, at in zip(ready, moments, strict=True) if at.timestamp() not in there]
    for start in range(0, len(new), POINTS_AT_ONCE):
        er.post_sensor_observation(new[start : start + POINTS_AT_ONCE])
    sent.points += len(new)
    sent.known += len(ready) - len(new)


def _points(unit: str, part: WayPart) -> Iterator[dict[str, Any]]:
    chosen = on_way(part)
    for (lon, lat, alt), at in zip(places(part, chosen), times(part, chosen), strict=True):
        if at is not None:
            yield {
                "location": {"lat": lat, "lon": lon},
                "recorded_at": at,
                "manufacturer_id": unit,
                "subject_name": unit,
                "subject_subtype": "ranger",
                "source_type": "tracking-device",
                "additional": {} if alt is None else {"alt_amsl_m": alt},
            }


def _times_there(er: ERClient, unit: str, first: datetime, last: datetime) -> set[float]:
    """Unix times of the points the server has of that navigator."""
    try:
        source = er.get_source_by_manufacturer_id(quote(unit, safe=""))
    except ERClientNotFound:
        return set()
    second = timedelta(seconds=1)
    found = er.get_source_observations(
        source["id"], (first - second).astimezone(UTC), (last + second).astimezone(UTC)
    )
    return {datetime.fromisoformat(one["recorded_at"]).timestamp() for one in found}
