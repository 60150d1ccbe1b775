"""Whatever JSON or bytes arrive, the station answers and never breaks."""

import dataclasses
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_bridge.messages import Hotspot

SLOW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
KEYS = st.sampled_from([field.name for field in dataclasses.fields(Hotspot)])
TIMES = st.datetimes().map(lambda t: t.isoformat() + "+00:00") | st.floats() | st.integers()
ODD = (
    JSON
    | TIMES
    | st.integers(min_value=-(10**40), max_value=10**40)
    | st.text(alphabet=st.characters(), max_size=210)
)


@SLOW
@given(changes=st.dictionaries(KEYS, ODD, min_size=1, max_size=4))
def test_damaged_report_is_stored_or_refused(
    running: Any, hotspot: Any, to_json: Any, changes: dict[str, Any]
) -> None:
    body = json.dumps(to_json(hotspot()) | changes)
    assert running.client.post("/api/v1/hotspots", content=body).status_code in {200, 201, 422}
    assert running.client.get("/api/v1/hotspots").status_code == 200


@SLOW
@given(body=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200))
def test_any_body_on_any_door_is_refused(sqlite_station: Any, body: bytes) -> None:
    identifier = "019a0000-0000-7000-8000-000000000001"
    doors = [
        ("POST", "/api/v1/hotspots"),
        ("PUT", f"/api/v1/hotspots/{identifier}/thumbnail"),
        ("POST", f"/api/v1/hotspots/{identifier}/dismiss"),
        ("POST", "/api/v1/session"),
        ("POST", "/api/v1/session/code"),
        ("POST", "/api/v1/accounts"),
        ("POST", "/api/v1/vehicles/1/state"),
        ("POST", "/api/v1/vehicles/1/health"),
    ]
    for method, path in doors:
        status = sqlite_station.client.request(method, path, content=body).status_code
        assert 400 <= status < 500, path


@SLOW
@given(
    since=st.text(max_size=30) | TIMES.map(str),
    bbox=st.text(max_size=30)
    | st.lists(st.floats(), min_size=4, max_size=4).map(lambda sides: ",".join(map(str, sides))),
    cursor=st.text(max_size=60),
)
def test_any_query_is_answered(sqlite_station: Any, since: str, bbox: str, cursor: str) -> None:
    for query in ({"since": since}, {"bbox": bbox}, {"cursor": cursor}):
        assert sqlite_station.client.get("/api/v1/hotspots", params=query).status_code in {200, 422}
