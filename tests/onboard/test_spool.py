"""The queue of reports: what a kill, a full disk and a small quota may and may not do to it."""

import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_bridge.errors import ConfigError
from firmware_bridge.identity import uuid7
from firmware_bridge.messages import GroundFix, HeatKind, Hotspot, Problem
from onboard.spool import Spool, Transport

SEEN = datetime(2026, 5, 3, 4, 5, 6, 789000, tzinfo=UTC)
FIX = GroundFix(44.7, 131.2, 612.5, 9.0, 4.0, -1.5, 5.47)


def hotspot(number: int, revision: int = 1) -> Hotspot:
    identity = uuid7(1_777_777_777_000 + number, number.to_bytes(10, "big"))
    return Hotspot(identity, revision, 7, HeatKind.FIRE, SEEN, SEEN, 3 + revision, FIX, None,
                   612.25, 301.5, False, 0.75)  # fmt: skip


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, quota_bytes=1_000_000)


def test_a_report_comes_back_as_it_went_in_after_reopening(tmp_path: Path) -> None:
    first = Spool(tmp_path, 1_000_000)
    first.put([(hotspot(1), b"png")])
    first.close()
    assert Spool(tmp_path, 1_000_000).waiting(Transport.IP, 10) == [hotspot(1)]


def test_each_transport_acknowledges_for_itself(spool: Spool) -> None:
    spool.put([(hotspot(1), None)])
    spool.acknowledge(Transport.RADIO, hotspot(1).hotspot_id, 1)
    assert spool.waiting(Transport.RADIO, 10) == []
    assert spool.waiting(Transport.IP, 10) == [hotspot(1)]
    assert spool.backlog() == 0


def test_the_newest_revision_takes_the_place_of_older_unsent_ones(spool: Spool) -> None:
    spool.put([(hotspot(1), b"first"), (hotspot(2), None)])
    spool.put([(hotspot(1, 3), None)])
    spool.put([(hotspot(1, 2), b"late")])
    assert hotspot(1, 3) in spool.waiting(Transport.IP, 10)
    assert spool.backlog() == 2


def test_an_acknowledged_older_revision_leaves_the_newer_one_waiting(spool: Spool) -> None:
    spool.put([(hotspot(1), None)])
    spool.put([(hotspot(1, 2), None)])
    spool.acknowledge(Transport.IP, hotspot(1).hotspot_id, 1)
    assert spool.waiting(Transport.IP, 10) == [hotspot(1, 2)]


def test_hotspots_the_ground_has_never_heard_of_go_before_revisions(spool: Spool) -> None:
    spool.put([(hotspot(n), None) for n in (1, 2, 3)])
    spool.acknowledge(Transport.IP, hotspot(3).hotspot_id, 1)
    spool.put([(hotspot(3, 2), None)])
    assert spool.waiting(Transport.IP, 10) == [hotspot(2), hotspot(1), hotspot(3, 2)]


def test_a_thumbnail_goes_after_its_report_and_only_once(spool: Spool) -> None:
    spool.put([(hotspot(1), b"png")])
    assert spool.next_thumbnail() is None
    spool.acknowledge(Transport.IP, hotspot(1).hotspot_id, 1)
    thumbnail = spool.next_thumbnail()
    assert thumbnail is not None
    assert thumbnail.image == b"png"
    spool.put([(hotspot(1, 2), b"hotter")])
    spool.acknowledge_thumbnail(thumbnail.hotspot_id, thumbnail.revision)
    newer = spool.next_thumbnail()
    assert newer is not None
    assert newer.image == b"hotter"


def test_a_ground_that_lost_its_database_gets_everything_again(spool: Spool) -> None:
    spool.put([(hotspot(1), b"png")])
    spool.acknowledge(Transport.IP, hotspot(1).hotspot_id, 1)
    spool.unacknowledge(hotspot(1).hotspot_id)
    assert spool.waiting(Transport.IP, 10) == [hotspot(1)]


def test_a_refused_report_is_kept_and_tried_again_when_revised_or_restarted(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 1_000_000)
    spool.put([(hotspot(1), None)])
    spool.park(hotspot(1).hotspot_id, 1, "422: kind: unknown")
    assert spool.waiting(Transport.IP, 10) == []
    assert spool.parked() == [(hotspot(1).hotspot_id, "422: kind: unknown")]
    assert spool.backlog() == 1
    spool.close()
    again = Spool(tmp_path, 1_000_000)
    assert again.waiting(Transport.IP, 10) == [hotspot(1)]
    again.park(hotspot(1).hotspot_id, 1, "422: kind: unknown")
    again.put([(hotspot(1, 2), None)])
    assert again.waiting(Transport.IP, 10) == [hotspot(1, 2)]


def test_over_the_quota_the_oldest_acknowledged_go_first(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path, quota_bytes=100_000)
    for number in range(50):
        spool.put([(hotspot(number), b"x" * 1000)])
        if number % 2:
            spool.acknowledge(Transport.IP, hotspot(number).hotspot_id, 1)
            spool.acknowledge_thumbnail(hotspot(number).hotspot_id, 1)
    for number in range(50, 70):
        spool.put([(hotspot(number), b"x" * 1000)])
    waiting = {h.hotspot_id for h in spool.waiting(Transport.IP, 1000)}
    assert waiting >= {hotspot(n).hotspot_id for n in range(0, 50, 2)}
    assert waiting >= {hotspot(n).hotspot_id for n in range(50, 70)}
    assert "dropped" in caplog.text
    assert "reports the ground has whole" in caplog.text


def test_full_of_unsent_reports_it_drops_pictures_then_refuses_loudly(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path, quota_bytes=40_000)
    for number in range(20):
        spool.put([(hotspot(number), b"x" * 3000)])
    assert len(spool.waiting(Transport.IP, 1000)) == 20
    assert "pictures never sent" in caplog.text
    for number in range(20, 100):
        spool.put([(hotspot(number), None)])
    kept = spool.waiting(Transport.IP, 1000)
    assert {h.hotspot_id for h in kept} >= {hotspot(n).hotspot_id for n in range(20)}
    assert len(kept) < 100
    assert str(hotspot(99).hotspot_id) in caplog.text
    assert Problem.SPOOL_FULL in spool.problems()
    spool.put([(hotspot(1, 2), None)])
    assert hotspot(1, 2) in spool.waiting(Transport.IP, 1000)
    for report in spool.waiting(Transport.IP, 1000):
        spool.acknowledge(Transport.IP, report.hotspot_id, report.revision)
    spool.put([(hotspot(200), None)])
    assert spool.problems() == set()


def test_the_file_stays_near_its_quota(tmp_path: Path) -> None:
    spool = Spool(tmp_path, quota_bytes=200_000)
    for number in range(300):
        spool.put([(hotspot(number), os.urandom(4000))])
        spool.acknowledge(Transport.IP, hotspot(number).hotspot_id, 1)
    spool.close()
    assert sum(p.stat().st_size for p in tmp_path.iterdir()) < 600_000


def test_a_second_process_is_refused_with_the_place_named(tmp_path: Path, spool: Spool) -> None:
    with pytest.raises(ConfigError, match=r"spool\.sqlite: another process holds"):
        Spool(tmp_path, 1_000_000)


def test_a_damaged_file_is_kept_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "spool.sqlite").write_bytes(b"this was a spool before the power went" * 100)
    spool = Spool(tmp_path, 1_000_000)
    spool.put([(hotspot(1), None)])
    assert spool.waiting(Transport.IP, 10) == [hotspot(1)]
    assert spool.problems() == set()
    assert (tmp_path / "spool.damaged-1").read_bytes().startswith(b"this was a spool")
    assert "is damaged" in caplog.text


def test_a_folder_that_cannot_be_made_leaves_reports_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    spool = Spool(tmp_path / "file" / "spool", 1_000_000)
    spool.put([(hotspot(1), None)])
    assert spool.waiting(Transport.IP, 10) == [hotspot(1)]
    assert spool.problems() == {Problem.DISK_FULL}
    (tmp_path / "file").unlink()
    spool.put([(hotspot(2), None)])
    assert spool.problems() == set()
    spool.close()
    assert len(Spool(tmp_path / "file" / "spool", 1_000_000).waiting(Transport.IP, 10)) == 2


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
sys.path[:0] = [sys.argv[2], sys.argv[3]]
from test_spool import hotspot
from onboard.spool import Spool, Transport
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
spool = Spool(Path(sys.argv[1]), 10_000_000)
spool.put([(hotspot(1), b"x" * 5000)])
limits = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, limits[1]))
for number in range(2, 40):
    spool.put([(hotspot(number), b"x" * 5000)])
assert {str(p) for p in spool.problems()} == {"disk_full"}, spool.problems()
waiting = spool.waiting(Transport.IP, 1000)
assert len(waiting) == 39, len(waiting)
for report in waiting[:10]:
    spool.acknowledge(Transport.IP, report.hotspot_id, report.revision)
assert len(spool.waiting(Transport.IP, 1000)) == 29
resource.setrlimit(resource.RLIMIT_FSIZE, limits)
spool.put([(hotspot(40), None)])
assert not spool.problems()
spool.close()
"""


def test_a_full_disk_neither_stops_nor_loses_reports(tmp_path: Path) -> None:
    here = Path(__file__).parent
    subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path / "s", here, here.parent.parent],
        check=True,
        timeout=60,
    )
    waiting = Spool(tmp_path / "s", 10_000_000).waiting(Transport.IP, 1000)
    assert len(waiting) == 30


FULL_AT_THE_START = """
import resource, signal, sys
from pathlib import Path
sys.path[:0] = [sys.argv[2], sys.argv[3]]
from test_spool import hotspot
from onboard.spool import Spool, Transport
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
spool = Spool(Path(sys.argv[1]), 10_000_000)
assert spool.waiting(Transport.IP, 10) == [hotspot(1)]
spool.put([(hotspot(2), None)])
assert {str(p) for p in spool.problems()} == {"disk_full"}
assert spool.waiting(Transport.IP, 10) == [hotspot(2), hotspot(1)]
"""


def test_reports_of_the_flight_before_are_sent_though_the_disk_is_full_now(tmp_path: Path) -> None:
    before = Spool(tmp_path, 10_000_000)
    before.put([(hotspot(1), None)])
    before.close()
    here = Path(__file__).parent
    subprocess.run(
        [sys.executable, "-c", FULL_AT_THE_START, tmp_path, here, here.parent.parent],
        check=True,
        timeout=60,
    )


WRITER = textwrap.dedent("""
    import sys
    from pathlib import Path
    sys.path[:0] = [sys.argv[2], sys.argv[3]]
    from test_spool import hotspot
    from onboard.spool import Spool, Transport
    spool = Spool(Path(sys.argv[1]), 100_000_000)
    for number in range(100_000):
        spool.put([(hotspot(number), bytes(8000)), (hotspot(number % 10, 2 + number), None)])
        print(number, flush=True)
""")


@pytest.mark.parametrize("lines_before_the_kill", [1, 7, 40])
def test_what_was_put_survives_sigkill_in_the_middle_of_writing(
    tmp_path: Path, lines_before_the_kill: int
) -> None:
    here = Path(__file__).parent
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, tmp_path, here, here.parent.parent],
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline()) for _ in range(lines_before_the_kill)]
        writer.send_signal(signal.SIGKILL)
        said += [int(line) for line in writer.stdout if line.endswith("\n")]
        assert writer.wait(10) == -signal.SIGKILL
    waiting = {h.hotspot_id: h for h in Spool(tmp_path, 100_000_000).waiting(Transport.IP, 10**6)}
    assert all(hotspot(number).hotspot_id in waiting for number in said)
    last = said[-1]
    assert waiting[hotspot(last % 10).hotspot_id].revision >= 2 + last
