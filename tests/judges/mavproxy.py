"""MAVProxy, headless in an environment of its own, and what it prints."""

import os
import pty
import re
import signal
import subprocess
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = ROOT / ".venv-judges" / "bin"
END_S = 20.0


class MavProxy:
    """One running MAVProxy; `said` grows while it prints."""

    def __init__(self, master: str, folder: Path) -> None:
        self.said: list[str] = []
        self._folder = folder
        self._news = threading.Condition()
        # It reads commands from a terminal only to its liking: with a pipe it hangs at the end.
        self._keyboard, terminal = pty.openpty()
        tty.setraw(terminal)
        command = [str(BIN / "python"), "-W", "ignore", str(BIN / "mavproxy.py")]
        command += [f"--master={master}", f"--state-basedir={folder}", "--aircraft=judge"]
        self._process = subprocess.Popen(
            command, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=folder, env=os.environ | {"HOME": str(folder), "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )  # fmt: skip
        os.close(terminal)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self.said.append(line.strip())
                self._news.notify_all()

    def type(self, line: str) -> None:
        """A command, as its user types it."""
        os.write(self._keyboard, f"{line}\n".encode())

    def until(self, pattern: str, deadline_s: float) -> str:
        """The first line said so far that matches; fails when none comes in time."""

        def found() -> str | None:
            return next((line for line in self.said if re.search(pattern, line)), None)

        with self._news:
            line = self._news.wait_for(found, deadline_s)
            assert line, f"'{pattern}' not within {deadline_s} s: {self.said[-12:]}"
            return line

    def until_logged(self, text: str, deadline_s: float) -> None:
        """Its log is written in blocks, behind what it prints, and ends with it."""
        end_s = time.monotonic() + deadline_s
        while text.encode() not in telemetry_log(self._folder).read_bytes():
            assert time.monotonic() < end_s, f"'{text}' is not in the log within {deadline_s} s"
            with self._news:
                self._news.wait(0.5)

    def close(self) -> None:
        """End it; everything it said is there then."""
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # Its own children outlive it.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._reader.join(END_S)
        os.close(self._keyboard)


@contextmanager
def mavproxy(master: str, folder: Path) -> Iterator[MavProxy]:
    """MAVProxy on a link, its logs under `folder`."""
    proxy = MavProxy(master, folder)
    try:
        yield proxy
    finally:
        proxy.close()


def telemetry_log(folder: Path) -> Path:
    """The .tlog of what it heard and sent."""
    (log,) = folder.rglob("flight.tlog")
    return log
