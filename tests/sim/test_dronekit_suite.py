"""dronekit's own tests, as shipped in its wheel, give the verdicts that a real ArduCopter gives.

On ArduCopter 4.5.6 22 of the 35 pass and 13 do not: each row of DO_NOT_PASS says why. The suite
runs once; the vehicle's time runs five times as fast.
"""

import importlib.util
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

STAND_INS = Path(__file__).parent / "dronekit_suite"
PORT = 5760
"""Fixed by the suite."""
DEADLINE_S = 150
"""For one module."""
SPEEDUP = "5"
TESTS = 35
DO_NOT_PASS = {
    "test_12::test_timeout": "THR_MIN is a parameter of 3.3",
    "test_parameters::test_parameters": "THR_MIN is a parameter of 3.3",
    "test_parameters::test_setting": "THR_MIN is a parameter of 3.3",
    "test_simpledemo::test_parameter": "THR_MIN is a parameter of 3.3",
    "test_capability_and_version::test_115": "asserts that there is no FTP",
    "test_channels::test_timeout": "reads RC_CHANNELS_RAW, which MAVLink 2 links do not get",
    "test_errprinter::test_115": "wants the banner of 3.3",
    "test_sensor_calibration::test_magnetometer_calibration": "other result codes than in 3.3",
    "test_sensor_calibration::test_accelerometer_calibration": "other result codes than in 3.3",
    "test_sensor_calibration::test_simple_accelerometer_calibration": "other codes than in 3.3",
    "test_sensor_calibration::test_board_level_calibration": "other result codes than in 3.3",
    "test_sensor_calibration::test_barometer_calibration": "IN_PROGRESS first, as 4.5 answers",
    "test_waypoints::test_parameter": "CONDITION_CHANGE_ALT is refused with MISSION_ACK 3",
}

pytestmark = pytest.mark.xdist_group("dronekit suite")


@pytest.fixture(scope="module")
def verdicts(land: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """module::test -> "" when it passed, else what it failed of."""
    spec = importlib.util.find_spec("dronekit")
    assert spec is not None
    assert spec.origin is not None
    reports = tmp_path_factory.mktemp("dronekit")
    modules = sorted(Path(spec.origin).parent.glob("test/*/test_*.py"))
    return dict(pair for module in modules for pair in _run(module, reports, land))


def _run(module: Path, reports: Path, land: Path) -> list[tuple[str, str]]:
    """One module in a process of its own: vehicles that failed tests left open end with it."""
    report = reports / f"{module.stem}.xml"
    environment = os.environ | {
        "PYTHONPATH": str(STAND_INS),
        "KEDROVKA_TEST_TERRAIN": str(land),
        "SITL_SPEEDUP": SPEEDUP,
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
    command += ["-p", "dronekit_on_this_python", f"--junitxml={report}", str(module)]
    said = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert report.exists(), f"{module.name}: {said.stdout[-3000:]}{said.stderr[-3000:]}"
    return [
        (f"{module.stem}::{case.attrib['name']}", _complaint(case))
        for case in ElementTree.parse(report).iter("testcase")
    ]


def _complaint(case: ElementTree.Element) -> str:
    wrong = [child for child in case if child.tag in ("failure", "error", "skipped")]
    return "; ".join(child.attrib.get("message") or child.tag for child in wrong)


def test_every_test_of_the_suite_ran(verdicts: dict[str, str]) -> None:
    assert len(verdicts) == TESTS


def test_what_passes_on_the_real_autopilot_passes(verdicts: dict[str, str]) -> None:
    failed = {name: why for name, why in verdicts.items() if why and name not in DO_NOT_PASS}
    assert failed == {}


@pytest.mark.parametrize("name", DO_NOT_PASS)
def test_what_fails_on_the_real_autopilot_fails(verdicts: dict[str, str], name: str) -> None:
    assert verdicts[name] != "", DO_NOT_PASS[name]
