"""What was told against truth: by hand-made cases, from files, and from a real ground station."""

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from firmware_bridge.errors import BridgeError, ConfigError
from sim import cli
from sim.scoring.report import as_json, table
from sim.scoring.score import Score, Timeline, judge, ranked
from sim.scoring.seen import Seen, Watch, read_truth
from sim.scoring.told import Told, read_told

BEGAN = datetime(2026, 4, 20, 2, 20, tzinfo=UTC)
LAT, LON = 43.187, 131.402
METRE_NORTH = 1 / 111_100
"""Of latitude, to a tenth of a percent."""


def row(name: str, kind: str, north_m: float, **changes: Any) -> dict[str, Any]:
    place = {"lat": LAT + north_m * METRE_NORTH, "lon": LON, "alt_amsl_m": 300.0}
    shape = {"size_m": [1, 1, 0], "box_px": [1, 1, 3, 3]}
    usual = {**shape, "visible_fraction": 1.0, "peak_kelvin": 500.0}
    return {"id": name, "kind": kind, **place, **usual, **changes}


def frame(time_s: float, *rows: dict[str, Any], ffc: str = "idle") -> dict[str, Any]:
    return {"time_s": time_s, "ffc": ffc, "frozen": False, "targets": list(rows)}


def things(*frames: dict[str, Any]) -> list[Seen]:
    watch = Watch()
    for one in frames:
        watch.note(one)
    return watch.things


def hotspot(
    kind: str, north_m: float, seen_s: float = 10, told_s: float = 12, ce90_m: float = 6, **changes
) -> dict[str, Any]:
    fix = {"lat_deg": LAT + north_m * METRE_NORTH, "lon_deg": LON, "ce90_m": ce90_m}
    times = {"first_seen_utc": seen_s, "last_seen_utc": seen_s + 1, "received_utc": told_s}
    utc = {key: (BEGAN + timedelta(seconds=s)).isoformat() for key, s in times.items()}
    return {"kind": kind, "fix": fix, **utc, **changes}


def told(*hotspots: dict[str, Any]) -> list[Told]:
    return [Told.model_validate(one) for one in hotspots]


def scored(seen: list[Seen], *hotspots: dict[str, Any], **changes: Any) -> Score:
    return judge(seen, told(*hotspots), Timeline(BEGAN), **changes)


def test_found_missed_and_false_are_told_apart():
    seen = things(
        frame(4.0, row("fire-1", "fire", 0), row("person-1", "person", 100)),
        frame(5.0, row("rock-1", "rock", 200), row("fire-2", "fire", 300)),
        frame(6.0, row("deer-1", "deer", 400)),
    )
    score = scored(
        seen,
        hotspot("fire", 3),
        hotspot("fire", 5, told_s=40),
        hotspot("signature", 107),
        hotspot("fire", 104),
        hotspot("signature", 201),
        hotspot("signature", 402),
        hotspot("signature", 900),
        hotspot("fire", 0) | {"fix": None},
    )
    assert [found.thing.id for found in score.found] == ["fire-1", "person-1"]
    assert [thing.id for thing in score.missed] == ["fire-2"]
    assert [round(found.away_m) for found in score.found] == [3, 7]
    assert [found.inside_ce90 for found in score.found] == [True, False]
    assert [found.alarm_s for found in score.found] == [8.0, 8.0]
    told = score.told_twice, score.false_fires, score.at_decoys, score.at_nothing
    assert [len(said) for said in told] == [1, 1, 1, 1]
    assert (score.false_alarms, score.unlocated) == (3, 1)


def test_a_thing_hardly_seen_is_not_missed_and_a_closed_shutter_sees_nothing():
    seen = things(
        frame(1.0, row("fire-1", "fire", 0, visible_fraction=0.4)),
        frame(2.0, row("fire-2", "fire", 50), ffc="running"),
        frame(3.0, row("fire-3", "fire", 90, box_px=None)),
        frame(4.0, row("fire-4", "fire", 150)),
    )
    assert [thing.id for thing in scored(seen).missed] == ["fire-4"]


def test_a_walker_is_where_it_was_when_it_was_seen():
    walk = [frame(float(s), row("person-1", "person", 2.0 * s)) for s in range(60)]
    found = scored(things(*walk), hotspot("signature", 20, seen_s=10)).found
    assert found[0].away_m == pytest.approx(0, abs=0.5)
    late = scored(things(*walk), hotspot("signature", 20, seen_s=50)).found
    assert late == []


def test_anywhere_inside_a_wildfire_is_at_it():
    seen = things(frame(1.0, row("front", "wildfire", 0, size_m=[80, 40, 0])))
    assert scored(seen, hotspot("fire", 35)).found[0].away_m == 0
    assert scored(seen, hotspot("fire", 50)).found[0].away_m == pytest.approx(10, abs=0.2)


def test_what_is_wanted_is_the_callers_choice():
    seen = things(frame(1.0, row("deer-1", "deer", 0), row("fire-1", "fire", 90)))
    score = scored(seen, wanted=frozenset({"deer"}))
    assert [thing.id for thing in score.missed] == ["deer-1"]


def test_seconds_are_simulated_ones_even_when_the_machine_lagged():
    timeline = Timeline(BEGAN, knots=[(0.0, 0.0), (10.0, 10.0), (30.0, 20.0)])
    assert timeline.at(BEGAN + timedelta(seconds=20)) == 15
    assert timeline.at(None) is None
    assert Timeline(BEGAN, speedup=4).at(BEGAN + timedelta(seconds=20)) == 80


def test_percentiles_are_nearest_rank():
    values = [float(n) for n in range(1, 21)]
    assert [ranked(values, share) for share in (0.5, 0.95, 1.0)] == [10, 19, 20]
    assert ranked([7.0], 0.95) == 7


def test_table_and_json_say_the_same():
    seen = things(frame(4.0, row("fire-1", "fire", 0), row("fire-2", "fire", 300)))
    score = scored(seen, hotspot("fire", 3), hotspot("signature", 900))
    data = as_json(score)
    assert data["kinds"]["fire"] == {
        "seen": 2,
        "found": 1,
        "missed": 1,
        "error_m": {"median": 3.0, "p95": 3.0, "largest": 3.0},
        "inside_ce90": 1,
        "alarm_s": {"median": 8.0, "p95": 8.0, "largest": 8.0},
    }
    assert data["false_alarms"] == 1
    lines = table(score).splitlines()
    assert lines[1].split() == ["fire", "2", "1", "1", "3.0", "3.0", "1", "of", "1", "8.0", "8.0"]
    assert "missed: fire-2, visible from 4.0 s in 1 frames" in table(score)


def write(path: Path, content: str) -> str:
    path.write_text(content)
    return str(path)


@pytest.mark.parametrize("form", ["page", "list", "lines"])
def test_hotspots_are_read_in_every_form(tmp_path: Path, form: str):
    rows = [
        hotspot("fire", 0, hotspot_id="a", told_s=20),
        hotspot("fire", 9, hotspot_id="a", told_s=50),
        hotspot("signature", 70, hotspot_id="b"),
    ]
    content = {
        "page": json.dumps({"items": rows, "next": None}),
        "list": json.dumps(rows),
        "lines": "\n".join(json.dumps(one) for one in rows) + "\n",
    }[form]
    newest = read_told(write(tmp_path / "told", content))
    assert [one.hotspot_id for one in newest] == ["a", "b"]
    assert newest[0].fix is not None
    assert newest[0].fix.lat_deg == pytest.approx(LAT + 9 * METRE_NORTH)
    assert newest[0].received_utc == BEGAN + timedelta(seconds=20)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"kind": "fire"', "told:1: not JSON"),
        ('{"kind": "smoke", "fix": null}', "0.kind = 'smoke'"),
        (
            '[{"kind": "fire", "fix": {"lat_deg": 91, "lon_deg": 0, "ce90_m": 1}}]',
            "fix.lat_deg = 91",
        ),
        ("3", "valid list"),
    ],
)
def test_a_wrong_list_is_named(tmp_path: Path, content: str, words: str):
    with pytest.raises(ConfigError, match=words):
        read_told(write(tmp_path / "told", content))


@pytest.mark.parametrize(
    "line", ["{", "3", '{"time_s": 1}', '{"time_s": 1, "ffc": 2, "targets": 3}']
)
def test_a_wrong_truth_file_is_named_with_its_line(tmp_path: Path, line: str):
    path = write(tmp_path / "truth", json.dumps(frame(1.0)) + "\n" + line + "\n")
    with pytest.raises(ConfigError, match="truth:2: not a line"):
        read_truth(Path(path))


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """URL of a real ground station, and a key to read with in the environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = tmp_path / "ground.toml"
    config.write_text(f'[ground]\nport = {port}\ndata = "{tmp_path}/data"\n')
    ground = [sys.executable, "-m", "groundstation.cli"]
    person = ["user", "add", "boss", "--name", "Тестов", "--role", "administrator"]
    password = {"input": "correct horse", "text": True, "check": True}
    at = ["--config", str(config)]
    subprocess.run([*ground, *person, "--password-stdin", *at], **password)
    made = [
        subprocess.run([*ground, "key", "add", "x", *how, *at], capture_output=True, text=True)
        for how in (["--reads"], [])
    ]
    reading, reporting = (key.stdout.strip() for key in made)
    monkeypatch.setenv("KEDROVKA_KEY", reading)
    monkeypatch.setenv("KEDROVKA_TEST_KEY", reporting)
    with subprocess.Popen([*ground, "serve", *at], stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        end_s = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"{url}/healthz")
                break
            except httpx.TransportError:
                assert time.monotonic() < end_s
                time.sleep(0.1)
        yield url
        process.terminate()


def test_a_real_station_is_asked_page_by_page(station: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sim.scoring.told.PAGE", 2)
    for number in range(5):
        fix = {"alt_amsl_m": 300, "var_east_m2": 4, "var_north_m2": 4, "cov_east_north_m2": 0}
        body = hotspot("fire", number * 50.0, seen_s=number, hotspot_id=str(uuid.uuid4()))
        del body["received_utc"]
        body["fix"] |= fix
        body |= {
            "revision": 1, "system_id": 1, "views": 9, "unlocated_because": None, "area_m2": None,
            "peak_kelvin": 500, "contrast_kelvin": 200, "saturated": False,
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {os.environ['KEDROVKA_TEST_KEY']}"}
        httpx.post(f"{station}/api/v1/hotspots", json=body, headers=headers).raise_for_status()
    heard = read_told(station)
    assert len({str(one.hotspot_id) for one in heard}) == 5
    assert all(one.received_utc is not None for one in heard)
    fires = [row(f"fire-{n}", "fire", n * 50.0) for n in range(6)]
    score = judge(things(frame(0.0, *fires)), heard)
    assert len(score.found) == 5
    assert [thing.id for thing in score.missed] == ["fire-5"]
    monkeypatch.delenv("KEDROVKA_KEY")
    with pytest.raises(BridgeError, match=r"\$KEDROVKA_KEY must hold one"):
        read_told(station)


def test_nobody_answers_at_the_station():
    with pytest.raises(BridgeError, match=r"http://127\.0\.0\.1:9"):
        read_told("http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        ([], 0),
        (["--began", "2026-04-20T02:20:00Z", "--json"], 0),
        (["--began", "yesterday"], 2),
        (["--wanted", "tiger"], 2),
        (["--speedup", "0"], 2),
    ],
)
def test_the_command(tmp_path: Path, capsys, extra: list[str], code: int):
    truth = write(tmp_path / "truth", json.dumps(frame(4.0, row("fire-1", "fire", 0))) + "\n")
    hotspots = write(tmp_path / "told", json.dumps([hotspot("fire", 3)]))
    assert cli.main(["score", truth, hotspots, *extra]) == code
    if "--json" in extra:
        assert json.loads(capsys.readouterr().out)["kinds"]["fire"]["alarm_s"]["median"] == 8.0
