"""Units plugged into a real station: read whole, stored once, known by their number."""

from collections.abc import Callable
from typing import Any


def test_garmin_docked_twice_is_stored_once(
    docking: Any, plug: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    first = plug("a", "garmin")
    line = wait(docking.ended("a"), "the first docking")
    assert line["said"]["code"] == "stored", line
    assert line["said"]["values"] == {
        "new": 200, "known": 0, "new_waypoints": 5, "known_waypoints": 0,
    }  # fmt: skip
    assert line["number"] == first.truth["unit_id"]
    assert line["person"] is None
    first.pull()
    wait(docking.ended("a", "gone"), "its going")
    plug("a", "garmin", points=200)
    line = wait(docking.ended("a"), "the second docking")
    assert line["said"]["values"] == {
        "new": 0, "known": 200, "new_waypoints": 0, "known_waypoints": 5,
    }  # fmt: skip
    stored = docking.client.get("/api/v1/tracks", params={"unit": line["unit"]}).json()
    assert sum(track["points"] for track in stored) == 200


def test_unit_pulled_out_while_reading_keeps_what_is_whole_and_gets_the_rest_later(
    docking: Any, plug: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    plug("a", "garmin", fault="unplug@150")
    line = wait(docking.ended("a", "gone"), "the unplugging")
    assert line["said"]["code"] == "lost"
    assert 100 < line["said"]["values"]["new"] < 200
    assert line["said"]["values"]["lost"] == 200 - line["said"]["values"]["new"]
    plug("a", "garmin")
    again = wait(docking.ended("a"), "the second docking")
    assert again["said"]["code"] == "stored"
    assert again["said"]["values"]["new"] == 200 - line["said"]["values"]["new"]


def test_two_units_that_give_the_same_number_are_kept_apart(
    docking: Any, plug: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    plug("a", "garmin", unit_id=77, seed=1)
    plug("b", "garmin", unit_id=77, seed=2)
    lines = [wait(docking.ended(name), f"docking of {name}") for name in "ab"]
    assert {line["unit"] for line in lines} == {"garmin-77", "garmin-77-2"}
    for name in "ab":
        told = wait(lambda: docking.line(name)["result"]["marks"], "the mark")  # noqa: B023
        assert told == ["same_number"]
    assert all(line["said"]["values"]["new"] == 200 for line in lines)


def test_eight_units_at_once(
    docking: Any, plug: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    for number in range(8):
        plug(str(number), "garmin", seed=number + 1, points=100, waypoints=2)
    for number in range(8):
        line = wait(docking.ended(str(number)), f"docking of {number}", 60.0)
        assert line["said"]["values"]["new"] == 100, line
    assert len(docking.client.get("/api/v1/units").json()) == 8


def test_week_rollover_is_repaired_and_marked(
    docking: Any, plug: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    plug("a", "garmin", fault="clock_1024_weeks")
    line = wait(docking.ended("a"), "the docking")
    assert line["result"]["marks"] == ["rollover_repaired"]
    (track,) = docking.client.get("/api/v1/tracks").json()
    assert track["first_utc"].startswith("2025-07-15T23:52")
    points = docking.client.get(f"/api/v1/tracks/{track['track']}").json()
    assert all(mark & 32 for segment in points["segments"] for mark in segment["marks"])


def test_track_belongs_to_who_had_the_unit_then(
    docking: Any, plug: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    plug("a", "garmin")
    unit = wait(docking.ended("a"), "the docking")["unit"]
    people = [
        docking.client.post("/api/v1/people", json={"name": name}).json()["person"]
        for name in ("Иванов", "Петров")
    ]
    for person, since in zip(people, ("2025-05-01T00:00:00Z", "2026-01-01T00:00:00Z"), strict=True):
        body = {"person": person, "from_utc": since}
        answer = docking.client.post(f"/api/v1/units/{unit}/issue", json=body)
        assert answer.status_code == 200, answer.text
    (track,) = docking.client.get("/api/v1/tracks").json()
    assert track["person_name"] == "Иванов"
    assert docking.line("a")["person_name"] == "Петров"
    history = docking.client.get(f"/api/v1/units/{unit}").json()["history"]
    assert [entry["action"] for entry in history] == ["issued", "issued"]


def test_memory_is_erased_only_on_request_and_after_everything_was_verified(
    docking: Any, plug: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    plug("a", "mtk", points=300)
    line = wait(docking.ended("a"), "the docking", 60.0)
    assert line["said"]["code"] == "stored", line
    assert line["can_clear"]
    url = f"/api/v1/dock/units/{line['unit']}/clear"
    answer = docking.client.post(url, timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.json()["said"]["code"] == "cleared"
    assert docking.client.post(url).status_code == 409
    entries = docking.client.get(f"/api/v1/units/{line['unit']}").json()["history"]
    said = [(entry["action"], entry["who"]) for entry in entries]
    assert said == [("clearing", "administrator"), ("cleared", "administrator")]
    docking.client.post("/api/v1/dock/again", json={"place": line["place"]})
    wait(lambda: docking.line("a")["said"] is None, "reading again")
    line = wait(docking.ended("a"), "the empty unit", 60.0)
    assert line["said"]["values"]["new"] + line["said"]["values"]["known"] == 0


def test_family_without_an_erase_command_refuses_in_words(
    docking: Any, plug: Callable[..., Any], wait: Callable[..., Any]
) -> None:
    plug("a", "garmin")
    line = wait(docking.ended("a"), "the docking")
    answer = docking.client.post(f"/api/v1/dock/units/{line['unit']}/clear")
    assert answer.status_code == 409
    assert "cannot be erased" in answer.json()["detail"]
