"""Photographs: kept as they came, read for what they say, shown to whom they may be shown."""

import contextlib
import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from groundstation.access.roles import Role
from groundstation.photographs import folder
from groundstation.photographs.picture import look
from groundstation.photographs.strip import CannotStrip, stripped

RAID = "019a0000-0000-7000-8000-0000000000a1"
SNARE = "019a0000-0000-7000-8000-0000000000b1"
DEN = "019a0000-0000-7000-8000-0000000000b2"
PICTURE = "019a0000-0000-7000-8000-0000000000c{}"


def picture(
    kind: str = "JPEG", side: int = 64, orientation: int = 1, when: str = "2026:05:11 12:03:04"
) -> bytes:
    """A picture of noise that says when, where and by what it was taken."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Trail", "Cam 7\0"
    exif[ExifTags.Base.Orientation] = orientation
    detail = exif.get_ifd(ExifTags.IFD.Exif)
    detail[ExifTags.Base.DateTimeOriginal] = when
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
    place[ExifTags.GPS.GPSLatitude] = (43.0, 30.0, 36.0)
    place[ExifTags.GPS.GPSLongitude] = (131.0, 15.0, 0.0)
    noise = np.random.default_rng(side).integers(0, 256, (side, 2 * side, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, kind, exif=exif, comment=b"who made it")
    return out.getvalue()


def pixels(content: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(content)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_stripped_picture_has_the_same_pixels_and_says_nothing(kind: str) -> None:
    whole = picture(kind, orientation=6)
    bare = stripped(whole + b"\xff\xd8 a film behind the picture", 6 if kind == "JPEG" else 1)
    image = Image.open(io.BytesIO(bare))
    assert (pixels(bare) == pixels(whole)).all()
    assert dict(image.getexif()) == ({ExifTags.Base.Orientation: 6} if kind == "JPEG" else {})
    assert not any(word in bare for word in (b"Trail", b"2026:05", b"who made it", b"a film"))


WHOLE = picture()


@given(st.binary(max_size=300), st.integers(0, 400))
@settings(max_examples=40, deadline=None)
def test_odd_bytes_are_stripped_or_refused_but_never_break_it(odd: bytes, at: int) -> None:
    whole = WHOLE
    for content in (odd, b"\xff\xd8\xff" + odd, whole[:at] + odd + whole[at:], whole[:at]):
        with contextlib.suppress(CannotStrip):
            assert b"Cam 7" not in stripped(content)


@pytest.mark.parametrize(
    ("content", "media_type", "flaws"),
    [
        (picture(), "image/jpeg", ()),
        (picture("PNG"), "image/png", ()),
        (picture()[:-400], "image/jpeg", ("damaged_picture",)),
        (b"\xff\xd8\xff\xe0nothing more", "image/jpeg", ("damaged_picture",)),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/heic", ()),
        (b"<script>alert(1)</script>", "application/octet-stream", ("not_a_picture",)),
    ],
)
def test_what_a_file_is_comes_from_its_bytes(
    tmp_path: Path, content: bytes, media_type: str, flaws: tuple[str, ...]
) -> None:
    kept = folder.keep(tmp_path, content)
    assert (kept.look.media_type, kept.look.flaws) == (media_type, flaws)
    path = folder.path_of(tmp_path, hashlib.sha256(content).hexdigest())
    assert path.read_bytes() == content
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [path]


def test_exif_gives_time_place_camera_and_which_way_is_up(tmp_path: Path) -> None:
    content = picture(side=700, orientation=6)
    kept = folder.keep(tmp_path, content)
    said = look(folder.path_of(tmp_path, kept.sha256))
    assert str(said.taken_local) == "2026-05-11 12:03:04"
    assert (said.lat_deg, said.lon_deg) == (pytest.approx(43.51), pytest.approx(131.25))
    assert (said.camera, said.width_px, said.height_px) == ("Trail Cam 7", 1400, 700)
    small = folder.small_version(tmp_path, tmp_path / "previews", kept.sha256)
    assert small is not None
    assert Image.open(io.BytesIO(small)).size == (640, 1280)
    assert folder.small_version(tmp_path, tmp_path / "previews", kept.sha256) == small


def test_of_a_picture_cut_short_the_page_shows_what_there_is(tmp_path: Path) -> None:
    whole = picture(side=500)
    kept = folder.keep(tmp_path, whole[: len(whole) // 2])
    assert folder.small_version(tmp_path, tmp_path / "previews", kept.sha256) is not None


def day(number: str = "2026-05-11") -> dict[str, Any]:
    return {"date": number, "start_time": "08:00:00", "end_time": "18:00:00",
            "rest_minutes": 0, "utc_offset_s": 36_000}  # fmt: skip


def file_records(client: Any, **raid: Any) -> None:
    """A raid of one day with a snare and a den."""
    leg = {"leg": "1", "start_date": "2026-05-11", "end_date": "2026-05-11", "days": [day()]}
    body = {"raid_id": RAID, "revision": 1, "kind": "raid", "number": "7",
            "patrol_type": "GROUND", "start_date": "2026-05-11", "end_date": "2026-05-11",
            "legs": [leg], **raid}  # fmt: skip
    answer = client.put(f"/api/v1/raids/{RAID}", json=body)
    assert answer.is_success, answer.text
    for observation_id, category in ((SNARE, "violation.snare."), (DEN, "tiger.sign.")):
        seen = {"observation_id": observation_id, "revision": 1, "category": category,
                "raid_id": RAID, "leg": "1", "lat_deg": 43.51, "lon_deg": 131.25,
                "observed_utc": "2026-05-11T02:00:00Z", "utc_offset_s": 36_000}  # fmt: skip
        answer = client.put(f"/api/v1/observations/{observation_id}", json=seen)
        assert answer.is_success, answer.text


def put(client: Any, number: int, content: bytes, of: str = f"observation={SNARE}") -> Any:
    url = f"/api/v1/photographs/{PICTURE.format(number)}?{of}&name=IMG%201.jpg"
    return client.put(url, content=content)


def test_a_photograph_sent_twice_is_there_once(running: Any) -> None:
    file_records(running.client)
    content = picture()
    answers = [put(running.client, 1, content) for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 200]
    stored = answers[0].json()
    assert stored["taken_utc"] == "2026-05-11T02:03:04Z"
    assert (stored["sha256"], stored["flaws"]) == (hashlib.sha256(content).hexdigest(), [])
    listed = running.client.get(f"/api/v1/photographs?raid={RAID}").json()
    assert [p["photograph_id"] for p in listed] == [PICTURE.format(1)]
    whole = running.client.get(f"/api/v1/photographs/{PICTURE.format(1)}?size=full")
    assert (whole.content, whole.headers["content-type"]) == (content, "image/jpeg")
    other = put(running.client, 1, picture(side=65))
    assert (other.status_code, other.json()["code"]) == (409, "photograph_other")
    assert put(running.client, 2, content, f"raid={UUID(int=5)}").status_code == 404


def test_one_taken_on_another_day_is_flagged_until_the_raids_days_are_put_right(
    sqlite_station: Any,
) -> None:
    client = sqlite_station.client
    file_records(client)
    late = put(client, 1, picture(when="2026:05:12 00:10:00"))
    assert late.json()["flaws"] == ["taken_outside_raid"]
    file_records(client, revision=2, end_date="2026-05-12")
    assert client.get(f"/api/v1/photographs?raid={RAID}").json()[0]["flaws"] == []


def test_one_too_large_is_refused_in_the_readers_language_and_leaves_nothing(
    run_station: Callable[..., Any], tmp_path: Path
) -> None:
    station = run_station(photographs={"max_mb": 1})
    ranger = station.let_in(Role.HEAD_OF_SECURITY)
    ranger.post("/api/v1/me/language", json={"language": "ru"})
    file_records(station.client)
    answer = put(ranger, 1, b"\xff\xd8\xff" + bytes(3 << 20))
    assert (answer.status_code, answer.json()["code"]) == (413, "photograph_too_large")
    assert "больше 1 МБ" in answer.json()["detail"]
    assert [p for p in (tmp_path / "data" / "photographs").rglob("*") if p.is_file()] == []


def test_no_room_is_said_and_what_is_there_stays(run_station: Callable[..., Any]) -> None:
    station = run_station(photographs={"quota_mb": 1})
    file_records(station.client)
    large = b"\xff\xd8\xff" + bytes(600_000)
    assert put(station.client, 1, large).status_code == 201
    refused = put(station.client, 2, large + b"\1")
    assert (refused.status_code, refused.json()["code"]) == (507, "photograph_no_room")
    assert len(station.client.get(f"/api/v1/photographs?raid={RAID}").json()) == 1


def test_who_may_not_know_a_place_gets_a_copy_that_does_not_tell_it(sqlite_station: Any) -> None:
    file_records(sqlite_station.client)
    put(sqlite_station.client, 1, picture(), f"observation={DEN}")
    operator = sqlite_station.let_in(Role.UAV_OPERATOR)  # reads raids of their own, no sightings
    url = f"/api/v1/photographs/{PICTURE.format(1)}?size=full"
    assert operator.get(url).status_code == 404
    assert put(operator, 2, picture(), f"observation={DEN}").status_code == 403
    body = {"observation_id": DEN[:-1] + "9", "revision": 1, "category": "tiger.sign.",
            "lat_deg": 43.51, "lon_deg": 131.25}  # fmt: skip
    assert operator.put(f"/api/v1/observations/{body['observation_id']}", json=body).is_success
    mine = put(operator, 3, picture(orientation=8), f"observation={body['observation_id']}")
    assert mine.status_code == 201
    listed = operator.get(f"/api/v1/photographs?observation={body['observation_id']}").json()
    assert (listed[0]["lat_deg"], "camera" in listed[0]["extras"]) == (None, False)
    given = operator.get(url.replace(PICTURE.format(1), PICTURE.format(3))).content
    assert dict(Image.open(io.BytesIO(given)).getexif()) == {ExifTags.Base.Orientation: 8}


def test_a_file_that_is_no_picture_is_kept_and_never_run_by_a_browser(sqlite_station: Any) -> None:
    client = sqlite_station.client
    file_records(client)
    assert put(client, 1, b"<script>alert(1)</script>").json()["flaws"] == ["not_a_picture"]
    url = f"/api/v1/photographs/{PICTURE.format(1)}"
    assert client.get(url).status_code == 415
    whole = client.get(f"{url}?size=full")
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["content-disposition"] == "attachment; filename*=UTF-8''IMG%201.jpg"
    assert whole.headers["x-content-type-options"] == "nosniff"


def test_a_withdrawn_one_says_why_and_the_log_who(sqlite_station: Any) -> None:
    client = sqlite_station.client
    file_records(client)
    put(client, 1, picture())
    url = f"/api/v1/photographs/{PICTURE.format(1)}/withdraw"
    answer = client.post(url, json={"reason": "not ours"})
    assert answer.is_success, answer.text
    assert answer.json()["withdrawn"] == "not ours"
    assert client.post(url, json={"reason": "again"}).json()["withdrawn"] == "not ours"
    actions = [
        (e["action"], e["kind"]) for e in client.get("/api/v1/audit?limit=50").json()["items"]
    ]
    assert ("withdrawn", "photograph") in actions
    assert ("filed", "photograph") in actions
