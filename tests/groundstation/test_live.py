"""Server-Sent Events over real HTTP: what happens reaches everybody, and nothing is missed."""

import asyncio
import itertools
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from firmware_bridge.messages import Hotspot
from groundstation import live
from groundstation.store import hotspots

Make = Callable[..., Hotspot]
Event = tuple[str, str, Any]


def events(answer: httpx.Response) -> Iterator[Event]:
    """Id, name and data of each event, read as the standard says."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        else:
            if "data" in fields:
                yield fields["id"], fields["event"], json.loads(fields["data"])
            fields = {}


def test_report_reaches_the_page_in_the_shape_of_the_list(
    sqlite_station: Any, hotspot: Make
) -> None:
    with sqlite_station.client.stream("GET", "/api/v1/live") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = events(answer)
        _, name, hello = next(stream)
        assert (name, hello["version"]) == ("hello", sqlite_station.station.version)
        assert hello["resumed"] is False
        sqlite_station.post(hotspot())
        _, name, data = next(stream)
    assert name == "hotspot"
    assert data == sqlite_station.client.get("/api/v1/hotspots").json()["items"][0]


def test_what_was_missed_comes_after_a_reconnect(sqlite_station: Any, hotspot: Make) -> None:
    with sqlite_station.client.stream("GET", "/api/v1/live") as answer:
        stream = events(answer)
        next(stream)
        sqlite_station.post(hotspot(1))
        last_id = next(stream)[0]
    for number in (2, 3):
        sqlite_station.post(hotspot(number))
    headers = {"Last-Event-ID": last_id}
    with sqlite_station.client.stream("GET", "/api/v1/live", headers=headers) as answer:
        stream = events(answer)
        hello_id, _, hello = next(stream)
        missed = [next(stream)[2]["hotspot_id"] for _ in range(2)]
    assert (hello_id, hello["resumed"]) == (last_id, True)
    assert missed == [str(hotspot(2).hotspot_id), str(hotspot(3).hotspot_id)]


def test_id_of_another_run_or_nonsense_is_answered_with_a_fresh_start(sqlite_station: Any) -> None:
    for last_id in ("0123456789ab-5", "-1", "x", "½-²", "a" * 500):
        headers = {"Last-Event-ID": last_id.encode()}
        with sqlite_station.client.stream("GET", "/api/v1/live", headers=headers) as answer:
            assert next(events(answer))[2]["resumed"] is False


def test_a_quiet_station_says_that_it_is_alive_and_leaves_the_resume_point(
    sqlite_station: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.05)
    with sqlite_station.client.stream("GET", "/api/v1/live") as answer:
        lines = answer.iter_lines()
        text = list(itertools.islice(lines, 9))
    hello = text.index("event: hello")
    alive = text.index("event: alive")
    assert hello < alive
    assert text[hello - 1].startswith("id: ")
    assert text[alive - 1] == ""  # no id
    assert set(json.loads(text[alive + 1].removeprefix("data: "))) == {"time_utc"}


def test_repeated_report_is_no_event(sqlite_station: Any, hotspot: Make) -> None:
    with sqlite_station.client.stream("GET", "/api/v1/live") as answer:
        stream = events(answer)
        next(stream)
        for number in (1, 1, 2):
            sqlite_station.post(hotspot(number))
        seen = [next(stream)[2]["hotspot_id"] for _ in range(2)]
    assert seen == [str(hotspot(1).hotspot_id), str(hotspot(2).hotspot_id)]


def test_client_that_does_not_read_is_cut_off_and_others_go_on(
    sqlite_station: Any, hotspot: Make, wait: Callable[..., Any]
) -> None:
    station = sqlite_station.station
    with socket.create_connection(
        ("127.0.0.1", int(sqlite_station.url.rpartition(":")[2]))
    ) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        names = ("Cookie", "User-Agent")
        who = "".join(f"{name}: {sqlite_station.client.headers[name]}\r\n" for name in names)
        deaf.sendall(f"GET /api/v1/live HTTP/1.1\r\nHost: x\r\n{who}\r\n".encode())
        wait(lambda: station.live.clients == 1, "the connection")
        sqlite_station.post(hotspot())
        (stored,) = asyncio.run(_find(station))

        def flood() -> None:
            for _ in range(live.CLIENT_EVENTS):
                station.live.publish("hotspot", stored)

        def cut() -> bool:
            sqlite_station.call(flood)
            return bool(station.live.clients == 0)

        wait(cut, "the deaf client's end")
    assert sqlite_station.post(hotspot(2)).status_code == 201


async def _find(station: Any) -> Any:
    return await station.store.read(lambda c: hotspots.find(c, hotspots.Filters()))


def test_stopping_does_not_wait_for_open_streams(
    sqlite_station: Any, wait: Callable[..., Any]
) -> None:
    with sqlite_station.client.stream("GET", "/api/v1/live") as answer:
        stream = events(answer)
        next(stream)
        sqlite_station.call(sqlite_station._stop.set)
        assert list(stream) == []
    sqlite_station.join()
    assert sqlite_station.error is None
