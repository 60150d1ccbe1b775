"""Reports, pictures and state over HTTP, against a foreign server on a real socket."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_bridge.errors import ConfigError, LinkTimeout
from firmware_bridge.messages import Health, Problem, VehicleState
from onboard.spool import Spool, Transport
from onboard.uplink.client import GroundClient
from onboard.uplink.http import ReportUplink, StateUplink
from tests.onboard.http_ground import Ground, Request
from tests.onboard.test_spool import hotspot

NOW = datetime(2026, 5, 3, 4, 5, 6, tzinfo=UTC)
STATE = VehicleState(7, NOW, 44.7, 131.2, 812.0, 100.0, 270.0, 5.5, "AUTO", True, 71.0,
                     [(131.2, 44.7), (131.21, 44.7), (131.21, 44.71), (131.2, 44.71)])  # fmt: skip
HEALTH = Health(NOW, 60.0, 9.0, 0.1, 3, False, True, 0.002, 9000.0, 0, 51.5, [Problem.DISK_LOW])


@contextmanager
def running(run: Callable[[threading.Event], None]) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def posts(requests: list[Request]) -> list[Request]:
    return [r for r in requests if r.method == "POST"]


def test_a_report_arrives_before_its_picture_over_one_kept_connection(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 1_000_000)
    with Ground() as ground, running(ReportUplink(GroundClient(ground.url, "s3cret"), spool).run):
        spool.put([(hotspot(1), b"\x89PNG")])
        requests = ground.wait_for(lambda r: len(r) == 2)
    report, picture = requests
    identifier = str(hotspot(1).hotspot_id)
    assert (report.method, report.path) == ("POST", "/api/v1/hotspots")
    assert report.headers["Authorization"] == "Bearer s3cret"
    assert report.json["hotspot_id"] == identifier
    assert report.json["fix"]["ce90_m"] == 5.47
    assert report.json["first_seen_utc"] == "2026-05-03T04:05:06.789000Z"
    assert (picture.method, picture.path) == ("PUT", f"/api/v1/hotspots/{identifier}/thumbnail")
    assert picture.body == b"\x89PNG"
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.peer == report.peer
    assert spool.backlog() == 0


def test_a_refused_report_is_parked_once_with_the_grounds_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path, 1_000_000)
    bad = str(hotspot(1).hotspot_id)

    def answer(request: Request) -> tuple[int, str]:
        return (422, '{"detail": "kind: unknown"}') if bad in request.body.decode() else (201, "{}")

    with Ground(answer) as ground, running(ReportUplink(GroundClient(ground.url), spool).run):
        spool.put([(hotspot(1), None)])
        ground.wait_for(lambda r: len(r) == 1)
        spool.put([(hotspot(2), None)])
        ground.wait_for(lambda r: len(r) == 2)
    assert [r.json["hotspot_id"] for r in ground.requests] == [bad, str(hotspot(2).hotspot_id)]
    assert caplog.text.count("kind: unknown") == 1
    assert spool.parked() == [(hotspot(1).hotspot_id, '422: {"detail": "kind: unknown"}')]


@pytest.mark.parametrize("status", [500, 503, 429, 401, 403])
def test_a_ground_in_trouble_gets_the_report_again(tmp_path: Path, status: int) -> None:
    spool = Spool(tmp_path, 1_000_000)
    statuses = iter([status, status])
    with (
        Ground(lambda _: (next(statuses, 201), "busy")) as ground,
        running(ReportUplink(GroundClient(ground.url), spool).run),
    ):
        spool.put([(hotspot(1), None)])
        ground.wait_for(lambda r: len(r) == 3)
    assert {r.body for r in ground.requests} == {ground.requests[0].body}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_named_once_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    spool = Spool(tmp_path, 1_000_000)
    statuses = iter([status, status])
    with (
        Ground(lambda _: (next(statuses, 201), "A valid key is needed")) as ground,
        running(ReportUplink(GroundClient(ground.url, "kedrovka_old"), spool).run),
    ):
        spool.put([(hotspot(1), None)])
        ground.wait_for(lambda r: len(r) == 3)
    assert caplog.text.count("refuses our key, see [onboard.uplink.http] key: A valid key") == 1
    assert spool.parked() == []


def test_reports_wait_for_a_ground_that_is_away_and_arrive_when_it_comes(tmp_path: Path) -> None:
    with Ground() as ground:
        port = ground.port
    spool = Spool(tmp_path, 1_000_000)
    spool.put([(hotspot(1), None)])
    client = GroundClient(f"http://127.0.0.1:{port}", timeout_s=1)
    with running(ReportUplink(client, spool).run), Ground(port=port) as ground:
        ground.wait_for(lambda r: len(r) == 1)


def test_a_ground_that_lost_its_database_is_told_again_when_the_picture_meets_404(
    tmp_path: Path,
) -> None:
    spool = Spool(tmp_path, 1_000_000)
    puts = iter([404])

    def answer(request: Request) -> tuple[int, str]:
        return (next(puts, 204) if request.method == "PUT" else 201), ""

    with Ground(answer) as ground, running(ReportUplink(GroundClient(ground.url), spool).run):
        spool.put([(hotspot(1), b"png")])
        requests = ground.wait_for(lambda r: len(r) == 4)
    assert [r.method for r in requests] == ["POST", "PUT", "POST", "PUT"]


def test_a_connection_the_server_closed_meanwhile_is_replaced_without_an_error() -> None:
    with Ground() as ground:
        client = GroundClient(ground.url)
        assert client.send("POST", "/a", b"{}", "application/json").status == 204
        client._connection.sock.shutdown(socket.SHUT_RDWR)
        assert client.send("POST", "/b", b"{}", "application/json").status == 204


def test_a_silent_server_meets_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = GroundClient(f"http://127.0.0.1:{server.getsockname()[1]}", timeout_s=0.2)
        started_s = time.monotonic()
        with pytest.raises(LinkTimeout, match=r"no answer within 0\.2 s"):
            client.send("POST", "/", b"", "application/json")
        assert time.monotonic() - started_s < 2


def test_a_server_that_drips_meets_the_deadline_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            peer, _ = server.accept()
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            stop = time.monotonic() + 3
            try:
                while time.monotonic() < stop:
                    peer.sendall(b"x")
                    threading.Event().wait(0.02)
            except OSError:
                pass
            peer.close()

        thread = threading.Thread(target=drip)
        thread.start()
        client = GroundClient(f"http://127.0.0.1:{server.getsockname()[1]}", timeout_s=0.3)
        started_s = time.monotonic()
        with pytest.raises(LinkTimeout):
            client.send("POST", "/", b"", "application/json")
        assert time.monotonic() - started_s < 2
        thread.join(5)


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://host", "http://", "", "http://host:99999", "http://[::1"]
)
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(ConfigError, match="ground url"):
        GroundClient(url)


def test_state_and_health_go_to_their_own_vehicle() -> None:
    with Ground() as ground:
        uplink = StateUplink(GroundClient(ground.url), lambda: 7)
        with running(uplink.run):
            uplink.state.put(STATE)
            uplink.health.put(HEALTH)
            requests = ground.wait_for(lambda r: len(r) == 2)
    state, health = requests
    assert state.path == "/api/v1/vehicles/7/state"
    assert state.json["footprint"][1] == [131.21, 44.7]
    assert health.path == "/api/v1/vehicles/7/health"
    assert health.json["problems"] == ["disk_low"]


def test_health_waits_for_a_ground_that_answers_and_for_a_vehicle() -> None:
    answers, vehicle = iter([(500, ""), (204, ""), (204, "")]), iter([None, 7, 7, 7])
    with Ground(answer=lambda _: next(answers)) as ground:
        uplink = StateUplink(GroundClient(ground.url), lambda: next(vehicle, 7))
        uplink.health.put(HEALTH)
        uplink.state.put(STATE)
        with running(uplink.run):
            ground.wait_for(lambda r: len(r) == 1)
            uplink.state.put(STATE)
            requests = ground.wait_for(lambda r: len(r) == 3)
    assert [r.path.rpartition("/")[2] for r in requests] == ["state", "state", "health"]


def test_only_the_newest_state_is_told_after_the_ground_was_away() -> None:
    with Ground() as ground:
        port = ground.port
    uplink = StateUplink(GroundClient(f"http://127.0.0.1:{port}", timeout_s=1), lambda: 7)
    uplink.state.put(STATE)
    with running(uplink.run):
        newer = [VehicleState(**{**_fields(STATE), "lat_deg": 44.7 + n / 100}) for n in range(5)]
        for state in newer:
            uplink.state.put(state)
        with Ground(port=port) as ground:
            uplink.state.put(newer[-1])
            requests = ground.wait_for(lambda r: bool(r) and r[-1].json["lat_deg"] == 44.74)
    assert len(requests) <= 2  # the one being sent when the ground came back, and the newest


def _fields(state: VehicleState) -> dict[str, object]:
    return {name: getattr(state, name) for name in VehicleState.__dataclass_fields__}


def test_a_dead_state_link_does_not_delay_reports(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 1_000_000)
    hang = threading.Event()

    def answer(request: Request) -> tuple[int, str]:
        if request.path.endswith("state"):
            hang.wait(10)
        return 201, "{}"

    with Ground(answer) as ground:
        state = StateUplink(GroundClient(ground.url, timeout_s=1), lambda: 7)
        reports = ReportUplink(GroundClient(ground.url), spool)
        state.state.put(STATE)
        with running(state.run), running(reports.run):
            spool.put([(hotspot(1), None)])
            ground.wait_for(lambda r: any(q.path.endswith("hotspots") for q in r), timeout_s=2)
            hang.set()
    assert spool.waiting(Transport.IP, 1) == []
