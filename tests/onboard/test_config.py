"""Settings: defaults that fly, mistakes that are named."""

import re
from pathlib import Path

import pytest

from firmware_bridge.errors import ConfigError
from firmware_bridge.settings import load_settings
from onboard.config import LensSettings, MountSettings, OnboardSettings
from onboard.locate.rotation import matrix

ROOT = Path(__file__).resolve().parents[2]


def load(tmp_path: Path, text: str) -> OnboardSettings:
    path = tmp_path / "k.toml"
    path.write_text(text)
    return load_settings(OnboardSettings, path, "onboard")


def test_the_example_is_valid_and_names_camera_autopilot_and_ground() -> None:
    settings = load_settings(OnboardSettings, ROOT / "onboard" / "example.toml", "onboard")
    assert settings.camera.url
    assert settings.autopilot.url
    assert settings.uplink.http.url
    assert settings.camera.lens.lens(640, 512) is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[onboard.camera]\nulr = 'x'",
            r"\[onboard\.camera\] unknown key 'ulr'.*did you mean 'url'",
        ),
        ("[onboard]\nsystem_id = 255", r"system_id = 255"),
        ("[onboard.spool]\nquota_mb = 0", r"\[onboard\.spool\] quota_mb = 0"),
        ("[onboard.camera.lens]\nfx = 500.0", r"calibrated lens needs width, height, fy, cx, cy"),
        ("[onboard.camera]\nradiometry = 'warm'", r"radiometry = 'warm'"),
        ("[onboard.detect.fire]\nabsolute_kelvn = 3.0", r"did you mean 'absolute_kelvin'"),
        ("[onboard.uplink.http]\ntimeout_s = -1", r"timeout_s = -1"),
        ("[onboard.track]\nconfirm_hit = 3", r"did you mean 'confirm_hits'"),
        ("[onboard.track]\nconfirm_hits = 6", r"confirm_hits is above confirm_frames, 5"),
        ("[onboard.track]\ngate_px = 0", r"\[onboard\.track\] gate_px = 0"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load(tmp_path, text)


def test_data_goes_to_the_services_folder_else_to_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/ranger")
    assert load(tmp_path, "").spool.folder == Path("/home/ranger/.local/state/kedrovka/spool")
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/kedrovka")
    assert load(tmp_path, "").recorder.folder == Path("/var/lib/kedrovka/recordings")


def test_the_environment_stands_above_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEDROVKA_ONBOARD__UPLINK__HTTP__KEY", "from-env")
    settings = load(tmp_path, "[onboard.uplink.http]\nkey = 'from-file'")
    assert settings.uplink.http.key is not None
    assert settings.uplink.http.key.get_secret_value() == "from-env"
    assert "from-env" not in repr(settings)


def test_a_calibration_is_scaled_to_the_frames_but_never_to_another_shape() -> None:
    settings = LensSettings(width=1280, height=1024, fx=1000, fy=1001, cx=639.5, cy=511.5, k1=-0.2)
    lens = settings.lens(640, 512)
    assert lens is not None
    assert (lens.fx, lens.fy, lens.cx, lens.cy, lens.k1) == (500, 500.5, 319.5, 255.5, -0.2)
    assert settings.lens(640, 480) is None


def test_a_camera_bolted_on_looks_where_its_angles_say() -> None:
    down = MountSettings(fixed_deg=(0, -90, 0)).fixed_mount()
    assert down is not None
    axis = matrix(down) @ [1, 0, 0]
    assert axis == pytest.approx([0, 0, 1], abs=1e-9)
    assert MountSettings().fixed_mount() is None


def test_what_the_example_has_commented_out_is_the_default(tmp_path: Path) -> None:
    text = (ROOT / "onboard" / "example.toml").read_text()
    told = load(tmp_path, re.sub(r"^# (\w+ = |\[)", r"\1", text, flags=re.MULTILINE))
    default = OnboardSettings()
    assert told.locate == default.locate
    assert told.uplink.radio == default.uplink.radio
    assert told.autopilot.model_copy(update={"url": None}) == default.autopilot
    assert told.spool.quota_mb == default.spool.quota_mb
    assert told.recorder.enabled == default.recorder.enabled
    assert told.camera.lens.fov_sigma_deg == default.camera.lens.fov_sigma_deg
    assert told.camera.mount.boresight_deg == default.camera.mount.boresight_deg
    assert told.camera.latency_s == default.camera.latency_s
