"""What all tests share: the folder of real recordings, where it is present."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("KEDROVKA_SHARED", ROOT / ".." / "shared")).resolve()

STARTS_FIRST = "dronekit suite"
"""The longest group: most of it is sleep, and the other worker does all the rest meanwhile."""


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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest group to the front."""
    items.sort(key=lambda item: _group(item) != STARTS_FIRST)


def _group(item: pytest.Item) -> str | None:
    mark = item.get_closest_marker("xdist_group")
    return mark.args[0] if mark is not None else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what a run did not check for want of something."""
    unchecked = []
    if not (SHARED / "data").is_dir():
        unchecked.append(f"No real recordings at {SHARED}/data: tests that need them skipped.")
    if importlib.util.find_spec("mavsdk") is None:
        unchecked.append("No MAVSDK (it has no wheel for this platform): its tests skipped.")
    if unchecked:
        terminalreporter.section("NOT CHECKED")
        terminalreporter.line("\n".join(unchecked))
