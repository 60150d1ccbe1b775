"""Navigators that come to a dock while a scenario runs, read as any dock reads them."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_bridge.errors import ConfigError
from sim import scenario

EVENING = """
[[navigator]]
name = "first"
family = "garmin"
points = 30
waypoints = 3
[[navigator]]
name = "disk"
family = "volume"
path = [[0, 0], [300, 100]]
arrives_s = 3
[[navigator]]
name = "passing"
family = "nmea"
arrives_s = 4
stays_s = 3
"""
DEADLINE_S = 30.0


@pytest.fixture
def evening(tmp_path: Path) -> str:
    path = tmp_path / "evening.toml"
    path.write_text(EVENING)
    return str(path)


def wait_until(there: Callable[[], bool]) -> float:
    """Monotonic time at which it is so."""
    end_s = time.monotonic() + DEADLINE_S
    while not there():
        assert time.monotonic() < end_s
        time.sleep(0.02)
    return time.monotonic()


def test_they_come_one_after_the_other_and_go(simulator, evening: str, tmp_path: Path):
    folder = tmp_path / "navigators"
    said = simulator(evening, "--camera", "none", "--navigators", str(folder))
    device_xml = folder / "volumes" / "disk" / "Garmin" / "GarminDevice.xml"
    port, passing = folder / "ports" / "first", folder / "ports" / "passing"
    times = [wait_until(there) for there in (port.exists, device_xml.exists, passing.exists)]
    assert times == sorted(times)
    assert times[1] - times[0] > 1.5
    wait_until(lambda: not passing.exists())
    track = (folder / "volumes" / "disk" / "Garmin" / "GPX" / "Current" / "Current.gpx").read_text()
    assert track.count("<trkpt") == 29 + 1  # 316 m, 11 m apart
    dock = [sys.executable, "-m", "groundstation.cli", "dock", "once", "--port", f"serial:{port}"]
    read = subprocess.run(
        [*dock, "--out", str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert read.returncode == 0, read.stdout + read.stderr
    assert "30" in read.stdout
    said["process"].terminate()
    assert said["process"].wait(10) == 0
    assert not folder.exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('family = "garmn"', "navigator.0.family = 'garmn'"),
        ('family = "garmin"\nfault = "bad"', "navigator.0.fault = 'bad': .*must be one of none"),
        ('family = "mtk"\nmodel = "x"', "model 'x' must be one of"),
        ('family = "mtk"\narives_s = 3', "did you mean 'arrives_s'"),
        ('family = "mtk"\n[[navigator]]\nname = "a"\nfamily = "nmea"', "are called 'a'"),
    ],
)
def test_a_wrong_navigator_is_named(tmp_path: Path, line: str, words: str):
    path = tmp_path / "wrong.toml"
    path.write_text(f'[[navigator]]\nname = "a"\n{line}\n')
    with pytest.raises(ConfigError, match=words):
        scenario.load(str(path))
