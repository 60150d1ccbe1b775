"""EarthRanger: a server that answers with literal exchanges, written from its documented shapes.

They were not recorded from a live server.
"""

import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import numpy as np
import pytest

from groundstation.cli import main
from groundstation.exchange.exports import earthranger
from groundstation.exchange.exports.gather import Leaving
from groundstation.exchange.exports.names import Names
from groundstation.records.observation import Observation
from groundstation.records.raid import PatrolType, Raid, RaidKind
from groundstation.store.raid_ways import WayPart
from groundstation.words import Refusal

RAID = UUID("019a0000-0000-7000-8000-00000000a001")
SNARE = UUID("019a0000-0000-7000-8000-00000000c001")
LOGGING = UUID("019a0000-0000-7000-8000-00000000c002")
BEAR = UUID("019a0000-0000-7000-8000-00000000c003")
NAMES = Names("en", {"violation.snare.": {"ru": "Петля", "en": "Snare"}}, {}, {}, {}, {})
EVENT_TYPES = {
    "data": [
        {"id": "aa", "value": "violation_snare", "display": "Snare", "category": {"value": "s"}},
        {"id": "bb", "value": "violation", "display": "Violation", "category": {"value": "s"}},
    ],
    "status": {"code": 200, "message": "OK"},
}
NOTHING = {"data": {"count": 0, "next": None, "previous": None, "results": []}}


def observed(key: UUID, category: str, minute: int, **more: object) -> Observation:
    at = datetime(2026, 2, 3, 0, minute, tzinfo=UTC)
    return Observation(key, 1, category, more.pop("attributes", {}), RAID, None, at, 36_000,
                       43.2, 131.4, **more)  # fmt: skip


def part(points: int, unit: str | None = "garmin-3901234567") -> WayPart:
    n = np.arange(points)
    start_us = int(datetime(2026, 2, 3, tzinfo=UTC).timestamp() * 1e6)
    return WayPart(
        "1", 7, unit, 1, "Тестов Иван", 36_000, start_us + n * 10_000_000, 43.2 + n * 1e-4,
        131.4 + n * 1e-4, np.full(points, 120.0), np.zeros(points, np.uint8),
        np.ones(points, bool), np.full(points, 14.0), n,
    )  # fmt: skip


RAID_RECORD = Raid(RAID, 1, RaidKind.RAID, "2026-017", PatrolType.GROUND, date(2026, 2, 3),
                   date(2026, 2, 3))  # fmt: skip
OBSERVED = [
    observed(SNARE, "violation.snare.", 10, attributes={"count": 2.0}, comment="у ручья"),
    observed(LOGGING, "violation.logging.", 20),
    observed(BEAR, "animal.bear.", 30),
]


class Server:
    """Answers by (method, path); keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], tuple[int, object]] = {
            ("GET", "activity/events/eventtypes"): (200, EVENT_TYPES),
            ("GET", "activity/events"): (200, NOTHING),
            ("POST", "activity/events"): (201, {"data": {"id": "e1"}, "status": {"code": 201}}),
            ("GET", "source/garmin-3901234567"): (404, {"status": {"code": 404}}),
            ("POST", "sensors/generic/kedrovka/status"): (201, {"data": {}}),
        }
        self.asked: list[tuple[str, str, dict[str, list[str]], object, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                split = urlsplit(self.path)
                path = split.path.removeprefix("/api/v1.0/").rstrip("/")
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                token = self.headers["Authorization"]
                outer.asked.append((self.command, path, parse_qs(split.query), body, token))
                status, answer = outer.answers[self.command, path]
                raw = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PATCH = _answer

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def bodies(self, method: str, path: str) -> list[object]:
        return [body for m, p, _, body, _ in self.asked if (m, p) == (method, path)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def sent(server: Server, leaving: Leaving) -> earthranger.Sent:
    er = earthranger.client(server.url, "s3cret")
    return earthranger.send(er, server.url, [leaving], NAMES)


def test_observations_become_events_of_the_closest_type_the_server_knows(server):
    done = sent(server, Leaving(RAID_RECORD, None, OBSERVED))
    snare, logging = server.bodies("POST", "activity/events")
    assert snare == {
        "event_type": "violation_snare",
        "title": "Snare",
        "time": "2026-02-03T00:10:00Z",
        "location": {"latitude": 43.2, "longitude": 131.4},
        "priority": 0,
        "event_details": {
            "count": 2.0,
            "kedrovka_id": str(SNARE),
            "kedrovka_revision": 1,
            "patrol_number": "2026-017",
            "comment": "у ручья",
        },
    }
    assert logging["event_type"] == "violation"
    assert (done.created, dict(done.no_type)) == (2, {"animal_bear": 1})
    assert {token for *_, token in server.asked} == {"Bearer s3cret"}
    assert any("animal_bear: 1" in line for line in done.lines(server.url, "en"))


def test_events_that_are_there_are_not_sent_again_and_changed_ones_are_changed(server):
    there = [
        {"id": "e1", "event_details": {"kedrovka_id": str(SNARE), "kedrovka_revision": 1}},
        {"id": "e2", "event_details": {"kedrovka_id": str(LOGGING), "kedrovka_revision": 1}},
        {"id": "e3", "event_details": {"somebody": "else's"}},
    ]
    server.answers["GET", "activity/events"] = 200, {"data": {"next": None, "results": there}}
    server.answers["PATCH", "activity/event/e2"] = 200, {"data": {"id": "e2"}}
    changed = [OBSERVED[0], replace(OBSERVED[1], revision=2)]
    done = sent(server, Leaving(RAID_RECORD, None, changed))
    assert (done.created, done.changed, done.same) == (0, 1, 1)
    (patched,) = server.bodies("PATCH", "activity/event/e2")
    assert patched["event_details"]["kedrovka_revision"] == 2
    (query,) = [q for m, p, q, *_ in server.asked if (m, p) == ("GET", "activity/events")]
    assert json.loads(query["filter"][0]) == {
        "date_range": {"lower": "2026-02-03T00:09:59Z", "upper": "2026-02-03T00:20:01Z"}
    }


def test_points_go_by_the_hundred_and_name_the_navigator_never_a_person(server):
    done = sent(server, Leaving(RAID_RECORD, None, [], [part(250)]))
    batches = server.bodies("POST", "sensors/generic/kedrovka/status")
    assert [len(batch) for batch in batches] == [100, 100, 50]
    assert batches[0][1] == {
        "location": {"lat": 43.2001, "lon": 131.4001},
        "recorded_at": "2026-02-03T00:00:10Z",
        "manufacturer_id": "garmin-3901234567",
        "subject_name": "garmin-3901234567",
        "subject_subtype": "ranger",
        "source_type": "tracking-device",
        "additional": {"alt_amsl_m": 120.0},
    }
    assert "Тестов" not in json.dumps(batches, ensure_ascii=False)
    assert done.points == 250


def test_points_the_server_has_are_not_sent_again(server):
    server.answers["GET", "source/garmin-3901234567"] = 200, {"data": {"id": "s1"}}
    known = [{"recorded_at": f"2026-02-03T00:0{n // 6}:{n % 6}0+00:00"} for n in range(30)]
    server.answers["GET", "observations"] = 200, {"data": {"next": None, "results": known}}
    done = sent(server, Leaving(RAID_RECORD, None, [], [part(40)]))
    (batch,) = server.bodies("POST", "sensors/generic/kedrovka/status")
    assert (len(batch), batch[0]["recorded_at"]) == (10, "2026-02-03T00:05:00Z")
    assert (done.points, done.known) == (10, 30)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (401, {"status": {"code": 401, "detail": "Authentication credentials were not provided."}}),
        (403, {"status": {"code": 403, "detail": "You do not have permission."}}),
        (200, {"data": [{"id": "no value"}]}),
    ],
)
def test_what_the_server_refuses_or_garbles_is_said(server, status, answer):
    server.answers["GET", "activity/events/eventtypes"] = status, answer
    with pytest.raises(Refusal) as refused:
        sent(server, Leaving(RAID_RECORD, None, OBSERVED))
    assert refused.value.code == "earthranger"
    assert server.url in refused.value.text("ru")
    assert server.bodies("POST", "activity/events") == []


def test_a_server_that_is_not_there_is_said(server):
    server.close()
    with pytest.raises(Refusal, match="EarthRanger"):
        sent(server, Leaving(RAID_RECORD, None, OBSERVED))


def test_the_command_takes_the_token_from_stdin_and_never_from_its_line(
    server, tmp_path, monkeypatch, capsys
):
    config = tmp_path / "kedrovka.toml"
    config.write_text(f'[ground]\ndata = "{tmp_path / "data"}"\n', encoding="utf-8")
    arguments = ["export", "--format", "earthranger", "--server", server.url, "--token-stdin"]
    arguments += ["--config", str(config), "--lang", "en"]
    monkeypatch.setattr("sys.stdin", io.StringIO("s3cret\n"))
    assert main(arguments) == 0
    assert "events 0 new" in capsys.readouterr().out
    assert {token for *_, token in server.asked} == {"Bearer s3cret"}
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(arguments) == 1
    assert "no access token" in capsys.readouterr().err
