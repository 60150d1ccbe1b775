"""HTTPS by configuration; a wrong certificate is named before anything listens."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.errors import ConfigError
from groundstation import cli
from groundstation.config import TlsSettings
from groundstation.server import tls_context


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with certificates and keys; skips loudly without the openssl command."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed: HTTPS is not tested")
    folder = tmp_path_factory.mktemp("tls")
    for name, hidden in (("a", ["-nodes"]), ("b", ["-passout", "pass:secret"])):
        subprocess.run(
            [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-subj", "/CN=127.0.0.1", "-days", "2", *hidden,
             "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt"],
            check=True, capture_output=True,
        )  # fmt: skip
    (folder / "text").write_text("no certificate")
    return folder


def test_the_station_speaks_https_and_its_cookie_stays_there(
    run_station: Callable[..., Any], files: Path
) -> None:
    tls = {"certificate": files / "a.crt", "key": files / "a.key"}
    station = run_station(tls=tls, access={"renew_minutes": 1e-9})
    assert station.url.startswith("https://")
    answer = station.client.get("/api/v1/me")
    assert answer.status_code == 200
    assert "Secure" in answer.headers["set-cookie"].split("; ")


@pytest.mark.parametrize(
    ("certificate", "key", "words"),
    [
        ("absent.crt", "a.key", "certificate = '.*absent.crt': cannot be read"),
        ("a.crt", "absent.key", "key = '.*absent.key': cannot be read"),
        ("text", "a.key", "certificate = '.*text', key = "),
        ("a.crt", "text", "certificate = '.*a.crt', key = "),
        ("a.crt", "b.key", "protected by a password"),
        ("b.crt", "a.key", "the key is not the certificate's"),
    ],
)
def test_a_wrong_certificate_is_named(files: Path, certificate: str, key: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        tls_context(TlsSettings(certificate=files / certificate, key=files / key))


def test_a_certificate_without_its_key_is_no_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "ground.toml"
    config.write_text('[ground.tls]\ncertificate = "station.crt"\n', encoding="utf-8")
    assert cli.main(["serve", "--config", str(config)]) == cli.MISCONFIGURED
    assert "certificate and key go together" in capsys.readouterr().err
