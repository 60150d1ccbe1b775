"""How much arrives on a link, and whether it is MAVLink at all; no I/O."""

import math
from collections import deque

NO_FRAME_S = 3.0
NO_FRAME_BYTES = 256
"""ArduPilot's boot text of about 170 bytes alone is no reason to complain."""
_RATE_WINDOW_S = 5


class Traffic:
    """Bytes by second, and the bytes since the last good frame."""

    def __init__(self) -> None:
        self._by_second: deque[tuple[int, int]] = deque(maxlen=_RATE_WINDOW_S + 1)
        self._no_frame_since_s = 0.0
        self._no_frame_bytes = 0
        self._last_bytes_s = -math.inf

    def opened(self, now_s: float) -> None:
        """A port was opened: judge it anew."""
        self._no_frame_since_s, self._no_frame_bytes = now_s, 0

    def heard(self, size: int, frames: int, now_s: float) -> None:
        """`size` bytes arrived, which completed `frames` good frames."""
        if not size:
            return
        second = math.floor(now_s)
        if self._by_second and self._by_second[-1][0] == second:
            size_before = self._by_second.pop()[1]
        else:
            size_before = 0
        self._by_second.append((second, size_before + size))
        self._last_bytes_s = now_s
        self._no_frame_bytes += size
        if frames:
            self._no_frame_since_s, self._no_frame_bytes = now_s, 0

    def bytes_per_s(self, now_s: float) -> float:
        """Mean over the last five whole seconds."""
        this = math.floor(now_s)
        window = range(this - _RATE_WINDOW_S, this)
        return sum(size for second, size in self._by_second if second in window) / _RATE_WINDOW_S

    def complaint(self, now_s: float) -> str | None:
        """What to tell people when bytes arrive and make no frame; None when all is well."""
        silent_s = now_s - self._no_frame_since_s
        lately = now_s - self._last_bytes_s < NO_FRAME_S
        if silent_s < NO_FRAME_S or self._no_frame_bytes < NO_FRAME_BYTES or not lately:
            return None
        return (
            f"{self._no_frame_bytes} bytes arrived in {silent_s:.0f} s but no MAVLink frame: "
            "wrong baud rate?"
        )
