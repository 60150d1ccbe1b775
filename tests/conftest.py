"""What all tests share: the folder of real recordings, where it is present."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("KEDROVKA_SHARED", ROOT / ".." / "shared")).resolve()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with the real recordings; skips where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"real recordings absent: {SHARED}/data (set KEDROVKA_SHARED)")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def _own_state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What outlives a process lands here and not with whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("STATE_DIRECTORY", raising=False)
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what a run without the recordings did not check."""
    if not (SHARED / "data").is_dir():
        terminalreporter.section("NOT CHECKED")
        terminalreporter.line(f"No real recordings at {SHARED}/data: tests that need them skipped.")
