"""Files as a camera: stills, clips and videos, one after the other, opened by their content.

Times are the caller's: start + i / fps, or a clip's own intervals; dates in files and names are
not believed. A broken or foreign file is named, skipped and counted, and the rest goes on; only
when nothing at all was usable does the source fail, naming the first fault.
"""

import logging
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from firmware_bridge.errors import CameraError
from onboard.camera.cptv import read_clip
from onboard.camera.frame import CameraOptions, EndOfFrames, Frame, Radiometry
from onboard.camera.picture import Picture
from onboard.camera.plausible import plateau
from onboard.camera.still import is_still, read_still
from onboard.camera.video import read_video

log = logging.getLogger(__name__)

STILLS_FPS = 9.0
MAX_PROBLEMS = 100
GZIP_MAGIC = b"\x1f\x8b"


class FileCamera:
    """Frames of a list of files; at most one file is open, at most one picture in memory."""

    live = False

    def __init__(self, url: str, paths: Sequence[Path], options: CameraOptions) -> None:
        self.url = url
        self._paths = paths
        self._options = options
        self._frames = self._all()
        self._told: tuple[str, Radiometry] | None = None
        self.skipped = 0
        self.problems: list[str] = []
        """The first hundred files that gave less than they should, with the reason."""

    def read(self, timeout_s: float) -> Frame | None:
        """Next frame; raises EndOfFrames, or CameraError when no file gave any."""
        del timeout_s  # files do not keep one waiting
        frame = next(self._frames, None)
        if frame is None:
            raise EndOfFrames(f"{self.url}: all frames read, {self.skipped} files skipped")
        return frame

    def _all(self) -> Generator[Frame, None, None]:
        period_s = 1.0 / (self._options.fps or STILLS_FPS)
        sequence, anchor_s, since = 0, self._options.start_s, 0
        for path in self._paths:
            file_s = anchor_s + since * period_s
            try:
                for picture in pictures(path, self._options):
                    if picture.after_s is not None:  # never back, whatever the file tells
                        anchor_s, since = max(anchor_s, file_s + picture.after_s), 0
                    yield self._frame(picture, sequence, anchor_s + since * period_s)
                    sequence, since = sequence + 1, since + 1
            except CameraError as error:
                self._skip(str(error))
        if not sequence:
            first = self.problems[0] if self.problems else f"{self.url}: holds no picture"
            more = f" (and {self.skipped - 1} more files)" if self.skipped > 1 else ""
            raise CameraError(first + more)

    def _skip(self, problem: str) -> None:
        self.skipped += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)
            log.warning("%s", problem)

    def _frame(self, picture: Picture, sequence: int, time_s: float) -> Frame:
        told = picture.camera, picture.radiometry
        if told != self._told:
            log.info("%s: %s: %s (%s)", self.url, *told, picture.why)
            self._told = told
        saturation = self._options.saturation
        if saturation is None:
            saturation = picture.saturation
        if saturation is None:
            saturation = plateau(picture.pixels, picture.radiometry)
        return Frame(
            time_s=time_s,
            sequence=sequence,
            pixels=picture.pixels,
            radiometry=picture.radiometry,
            clock_sigma_s=self._options.clock_sigma_s or 0.0,
            camera=picture.camera,
            saturation=saturation,
        )

    def close(self) -> None:
        """End the source."""
        self._frames.close()


def pictures(path: Path, options: CameraOptions) -> Iterator[Picture]:
    """Pictures of one file by its content; raises CameraError naming it."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise CameraError(f"{path}: {error.strerror}") from error
    if not start:
        raise CameraError(f"{path}: empty file")
    if is_still(start):
        yield read_still(path, options.radiometry)
    elif start[:2] == GZIP_MAGIC:
        yield from read_clip(path, options.radiometry)
    else:
        yield from read_video(path, options)


def files_in(folder: Path) -> list[Path]:
    """Files of a folder by name, hidden ones left out."""
    return sorted(
        path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")
    )
