"""Our own recording as a camera: its frames with the times they had."""

import logging
from collections.abc import Generator
from pathlib import Path

from firmware_bridge.errors import CameraError, ProtocolError
from onboard.camera.frame import EndOfFrames, Frame
from onboard.recording import Damage, Kind, decode_frame, read_recording, read_segment

log = logging.getLogger(__name__)


class RecordedCamera:
    """Frames of a recording (a folder of segments, or one segment)."""

    live = False

    def __init__(self, url: str, path: Path) -> None:
        self.url = url
        self._path = path
        self.damage: list[Damage] = []
        self.problems: list[str] = []
        self._frames = self._all()

    def read(self, timeout_s: float) -> Frame | None:
        """Next frame; raises EndOfFrames, or CameraError when it holds none."""
        del timeout_s
        frame = next(self._frames, None)
        if frame is None:
            lost = sum(damage.lost_bytes for damage in self.damage)
            raise EndOfFrames(f"{self.url}: all frames read, {lost} bytes of it were lost")
        return frame

    def _all(self) -> Generator[Frame, None, None]:
        read = read_recording if self._path.is_dir() else read_segment
        count = 0
        for record in read(self._path, self.damage):
            if record.kind is not Kind.FRAME:
                continue
            try:
                frame = decode_frame(record)
            except ProtocolError as error:
                self.problems.append(f"{self.url}: {error}")
                log.warning("%s: %s", self.url, error)
                continue
            count += 1
            yield frame
        if not count:
            raise CameraError(f"{self.url}: a recording without a whole frame")

    def close(self) -> None:
        """End the source."""
        self._frames.close()
