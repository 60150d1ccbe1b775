"""Child processes that are started again when they die, and never outlive us.

Each child asks the kernel (PR_SET_PDEATHSIG, prctl(2)) to be killed when the thread that started
it ends, so that even `kill -9` of the parent leaves nothing behind; hence everything here belongs
to the main thread. Each is the leader of a session of its own: Ctrl-C reaches the parent alone,
which then ends them in order.
"""

import ctypes
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
BACK_OFF_S = (0.5, 1.0, 2.0, 5.0)
STEADY_S = 10.0
"""A child that lived this long starts with the shortest back-off again."""
GRACE_S = 6.0
LOG_LIMIT_BYTES = 2 << 20


@dataclass(slots=True)
class Child:
    """One named process; its output goes to `log_file`, of which one older half is kept."""

    name: str
    command: Sequence[str]
    log_file: Path
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _started_s: float = 0.0
    _again_s: float = 0.0
    _quick_deaths: int = 0
    _copier: threading.Thread | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        """None while it is down."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it now."""
        self._process = start_mortal(self.command, subprocess.PIPE, subprocess.STDOUT)
        self.starts += 1
        self._started_s = time.monotonic()
        self._copier = threading.Thread(
            target=self._copy_output, args=(self._process,), daemon=True
        )
        self._copier.start()

    def watch(self) -> None:
        """Note a death, and start again when its time has come."""
        now_s = time.monotonic()
        if self._process is None:
            if now_s >= self._again_s:
                self.start()
            return
        code = self._process.poll()
        if code is None:
            return
        steady = now_s - self._started_s > STEADY_S
        self._quick_deaths = 0 if steady else self._quick_deaths + 1
        wait_s = BACK_OFF_S[min(self._quick_deaths, len(BACK_OFF_S) - 1)]
        log.warning(
            "%s ended with %d (%s); again in %.1f s", self.name, code, self.last_line(), wait_s
        )
        self._process, self._again_s = None, now_s + wait_s

    def stop(self) -> None:
        """Ask, wait, insist."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            log.warning("%s does not end when asked: killed", self.name)
            process.send_signal(signal.SIGKILL)
            process.wait(GRACE_S)
        if self._copier is not None:
            self._copier.join(1.0)

    def last_line(self) -> str:
        """What it said last."""
        if self._copier is not None:
            self._copier.join(1.0)
        try:
            lines = self.log_file.read_text("utf-8", "replace").strip().splitlines()
        except OSError:
            return "it said nothing"
        return lines[-1][-200:] if lines else "it said nothing"

    def _copy_output(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        out = self.log_file.open("ab")
        try:
            while chunk := process.stdout.readline(65536):
                if out.tell() > LOG_LIMIT_BYTES:
                    out.close()
                    self.log_file.replace(self.log_file.with_suffix(".old.log"))
                    out = self.log_file.open("ab")
                out.write(chunk)
                out.flush()
        finally:
            out.close()


def start_mortal(command: Sequence[str], stdout: int, stderr: int) -> subprocess.Popen[bytes]:
    """A process that the kernel kills when the thread that started it ends."""
    parent, libc = os.getpid(), ctypes.CDLL(None)
    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        preexec_fn=lambda: _die_with(parent, libc),
    )


def _die_with(parent: int, libc: ctypes.CDLL) -> None:
    """Runs in the child before exec: nothing is loaded or locked here."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
