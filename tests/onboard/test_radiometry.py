"""Kelvin from pixels, ceilings, and FLIR's formulas against literal values."""

import numpy as np
import pytest

from firmware_bridge.errors import CameraError
from onboard.camera.frame import Frame, Pixels, Radiometry
from onboard.camera.planck import (
    Planck,
    Scene,
    counts_from_kelvin,
    kelvin_from_counts,
    object_signal,
    transmission,
)
from onboard.camera.plausible import as_celsius, choose, plateau
from onboard.camera.radiometry import to_kelvin

THERMIMAGE = Planck(r1=21106.77, r2=0.012545258, b_kelvin=1501.0, f=1.0, o=-7340.0)


def frame(pixels: Pixels, radiometry: Radiometry, saturation: float | None = None) -> Frame:
    return Frame(0.0, 0, pixels, radiometry, 0.0, "test", saturation)


@pytest.mark.parametrize(
    ("radiometry", "value", "kelvin"),
    [
        (Radiometry.CENTIKELVIN, np.uint16(29315), 293.15),
        (Radiometry.KELVIN64, np.uint16(18762), 293.15625),
        (Radiometry.CELSIUS, np.float32(20.0), 293.15),
    ],
)
def test_calibrated_pixels_become_kelvin(
    radiometry: Radiometry, value: np.generic, kelvin: float
) -> None:
    got, saturated = to_kelvin(frame(np.full((2, 3), value), radiometry))
    assert got is not None
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, kelvin, atol=1e-3)
    assert not saturated.any()


@pytest.mark.parametrize("radiometry", [Radiometry.COUNTS, Radiometry.AGC])
def test_uncalibrated_pixels_stay_relative(radiometry: Radiometry) -> None:
    dtype = np.uint8 if radiometry is Radiometry.AGC else np.uint16
    relative = frame(np.full((2, 2), 255, dtype), radiometry)
    assert to_kelvin(relative).pixels is None
    assert relative.relative
    assert not to_kelvin(relative).saturated.any()


def test_pixels_at_the_ceiling_are_marked() -> None:
    pixels = np.array([[29315, 45984], [45985, 45986]], np.uint16)
    _, saturated = to_kelvin(frame(pixels, Radiometry.CENTIKELVIN, 45985))
    assert saturated.tolist() == [[False, False], [True, True]]


def test_the_top_of_sixteen_bits_is_a_ceiling_even_if_nobody_said_so() -> None:
    _, saturated = to_kelvin(frame(np.array([[65534, 65535]], np.uint16), Radiometry.COUNTS))
    assert saturated.tolist() == [[False, True]]


def test_a_clipped_fire_shows_its_ceiling_and_a_warm_meadow_does_not() -> None:
    fire = np.full((40, 40), 20.0, np.float32)
    fire[:3, :3] = 500.0
    assert plateau(fire, Radiometry.CELSIUS) == 500.0
    fire[0, 0] = 499.0  # eight are left
    assert plateau(fire, Radiometry.CELSIUS) is None
    assert plateau(np.full((40, 40), 29315, np.uint16), Radiometry.CENTIKELVIN) is None
    assert plateau(np.full((40, 40), 45985, np.uint16), Radiometry.CENTIKELVIN) == 45985
    assert plateau(np.full((40, 40), 45985, np.uint16), Radiometry.COUNTS) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (29315, Radiometry.CENTIKELVIN),
        (27000, Radiometry.CENTIKELVIN),
        (2829, Radiometry.COUNTS),
        (16383, Radiometry.COUNTS),
        (18762, Radiometry.COUNTS),  # 64 x kelvin is never guessed
        (50000, Radiometry.COUNTS),
    ],
)
def test_sixteen_bits_are_read_by_plausible_range(value: int, expected: Radiometry) -> None:
    choice = choose(np.full((4, 4), value, np.uint16), None)
    assert choice.radiometry is expected
    assert "centikelvin" in choice.why


def test_the_option_stands_above_the_guess() -> None:
    choice = choose(np.full((4, 4), 29315, np.uint16), Radiometry.COUNTS)
    assert choice == (Radiometry.COUNTS, "the option says so")


def test_floats_in_kelvin_become_celsius_and_nonsense_is_named() -> None:
    celsius = as_celsius(np.full((3, 3), 293.15), "a.tiff")
    assert celsius.dtype == np.float32
    np.testing.assert_allclose(celsius, 20.0, atol=1e-4)
    with pytest.raises(CameraError, match=r"a\.tiff: .*median 5000"):
        as_celsius(np.full((3, 3), 5000.0), "a.tiff")
    with pytest.raises(CameraError, match="1 of 9 pixels are not numbers"):
        as_celsius(np.array([[np.nan] + [20.0] * 2] + [[20.0] * 3] * 2), "a.tiff")


@pytest.mark.parametrize(
    ("air_celsius", "humidity", "expected"), [(20.0, 0.5, 0.93), (30.0, 0.8, 0.88)]
)
def test_transmission_at_120_m(air_celsius: float, humidity: float, expected: float) -> None:
    assert transmission(120.0, 273.15 + air_celsius, humidity) == pytest.approx(expected, abs=5e-3)


def test_no_air_takes_nothing() -> None:
    assert transmission(0.0, 293.15, 0.5) == pytest.approx(1.0)


def test_planck_by_hand() -> None:
    # exp(1501 / 300) = 148.908; 21106.77 / (0.012545258 * 147.908) = 11374.9; + 7340
    assert counts_from_kelvin(300.0, THERMIMAGE) == pytest.approx(18714.9, abs=1.0)
    kelvin = kelvin_from_counts(np.array([[18714.9]]), THERMIMAGE)
    assert kelvin[0, 0] == pytest.approx(300.0, abs=0.01)
    assert np.isnan(kelvin_from_counts(np.array([[7000.0]]), THERMIMAGE)[0, 0])


def test_the_objects_own_signal_is_found_behind_air_and_reflection() -> None:
    scene = Scene(0.95, 120.0, reflected_kelvin=260.0, air_kelvin=293.15, humidity=0.5)
    t = transmission(120.0, 293.15, 0.5)
    signal = (
        0.95 * t * counts_from_kelvin(400.0, THERMIMAGE)
        + 0.05 * t * counts_from_kelvin(260.0, THERMIMAGE)
        + (1 - t) * counts_from_kelvin(293.15, THERMIMAGE)
    )
    counts = np.array([[round(signal)]], np.uint16)
    own = object_signal(counts, THERMIMAGE, scene)
    assert kelvin_from_counts(own, THERMIMAGE)[0, 0] == pytest.approx(400.0, abs=0.05)
    with pytest.raises(CameraError, match="impossible emissivity 0 "):
        object_signal(counts, THERMIMAGE, Scene(0.0, 120.0, 260.0, 293.15, 0.5))
