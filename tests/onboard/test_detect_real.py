"""The detector on real frames: floors under the figures of docs/detection.md."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import detectors
from firmware_bridge.messages import HeatKind
from onboard.detect import Detector

KELVIN = np.float32(273.15)


@pytest.fixture(scope="module")
def suites(shared: Path) -> ModuleType:
    """The shared benchmark, whose rules of counting are not ours."""
    path = shared / "tools" / "thermal_benchmark.py"
    spec = importlib.util.spec_from_file_location("thermal_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["thermal_benchmark"] = module
    spec.loader.exec_module(module)
    return module


def measure(suites: ModuleType, detect: object, suite: str) -> dict[str, dict[str, Any]]:
    result: dict[str, dict[str, Any]] = suites.evaluate(detect, [suite])[suite]
    return result


def burns(shared: Path) -> list[NDArray[np.float32]]:
    """Frames of real prescribed burns, kelvin."""
    tifffile = pytest.importorskip("tifffile")
    paths = sorted((shared / "data" / "thermal" / "flame3").glob("*.TIFF"))
    frames = [tifffile.imread(p) for p in paths if "authors" not in p.name]
    assert frames
    return [frame.astype(np.float32) + KELVIN for frame in frames]


def test_real_burn_is_outlined_better_than_by_the_peers(suites: ModuleType) -> None:
    """Otsu .70 and sep .71 on the same frames."""
    pytest.importorskip("tifffile")
    calibrated = measure(suites, detectors.fire, "flame3")["C"]
    assert calibrated["IoU"] > 0.88
    assert calibrated["Pd"] == 1.0
    assert calibrated["FA_per_frame"] < 10  # all of them 78-97 C beside the burn


def test_real_burn_clipped_by_the_camera_is_at_least(shared: Path) -> None:
    for frame in burns(shared):
        first = Detector().detect(frame, frame)[0]
        assert first.kind is HeatKind.FIRE
        assert first.saturated
        assert first.peak_kelvin == pytest.approx(773.15, abs=0.5)
        assert first.area_px > 5000


def test_real_burn_turned_into_raw_counts_is_still_the_first_thing_seen(shared: Path) -> None:
    for frame in burns(shared):
        counts = np.clip((frame - 250.0) * 25.0, 0, 16383).astype(np.uint16)
        found = Detector().detect(None, counts, ceiling=16383.0)
        assert found[0].kind is HeatKind.FIRE
        assert found[0].peak_kelvin is None
        assert sum(one.area_px for one in found if one.kind is HeatKind.FIRE) > 1500


def test_sunlit_heath_animals_and_bare_noise_are_no_fire(suites: ModuleType) -> None:
    empty = measure(suites, detectors.fire, "empty")
    assert {name: row["FA_per_frame"] for name, row in empty.items()} == {
        "sirst_v2_background": 0.0,
        "dji_day_counts": 0.0,
        "lepton_noise": 0.0,
    }
    pytest.importorskip("cptv")
    for clip, row in measure(suites, detectors.fire, "clips").items():
        assert row["frames_with_det"] == 0.0, clip


def test_people_at_night_are_found_better_than_by_the_classical_peers(suites: ModuleType) -> None:
    """Best classical rows: AP .17, Pd .14 at one false alarm a frame."""
    people = measure(suites, detectors.signature, "hituav_night")["hituav_night"]
    assert people["AP"] > 0.45
    assert people["Pd_at_FA"]["1"] > 0.30
    assert people["FA_per_frame"] < 4


def test_small_targets_before_sky_and_hills_are_found(suites: ModuleType) -> None:
    targets = measure(suites, detectors.signature, "sirst")["sirst_v1"]
    assert targets["Pd"] > 0.78
    assert targets["FA_per_frame"] < 2.2


def test_false_signatures_stay_few(suites: ModuleType) -> None:
    pytest.importorskip("cptv")
    empty = measure(suites, detectors.signature, "empty")
    assert empty["dji_day_counts"]["FA_per_frame"] < 2
    assert empty["lepton_noise"]["FA_per_frame"] < 0.5
    clips = measure(suites, detectors.signature, "clips")
    for name in ("noise_01", "noise_02", "noise_03"):
        assert clips[f"empty/{name}"]["frames_with_det"] < 0.02
    for name in ("hedgehog", "possum02"):
        assert clips[f"animal/{name}"]["frames_with_det"] > 0.95
