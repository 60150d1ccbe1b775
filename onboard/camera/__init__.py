"""Where frames come from: `open_camera` turns a URL or a path into a source of frames.

| URL | source |
|---|---|
| `stream:tcp:HOST:PORT` | the frame stream of docs/wires.md |
| `y16:/dev/videoN` | UVC or V4L2 camera with raw 16-bit pixels |
| `v4l2:/dev/videoN` | any V4L2 camera, 8-bit and relative |
| `rtsp://...` | network stream, 8-bit and relative |
| one path or several | video, CPTV clip, TIFF, R-JPEG, FFF, folders of these, our recording |
"""

from collections.abc import Sequence

from onboard.camera.frame import (
    Camera,
    CameraOptions,
    EndOfFrames,
    Ffc,
    Frame,
    PathLike,
    Radiometry,
)

__all__ = ["Camera", "CameraOptions", "EndOfFrames", "Ffc", "Frame", "Radiometry", "open_camera"]


def open_camera(
    source: PathLike | Sequence[PathLike], options: CameraOptions | None = None
) -> Camera:
    """Open a camera, a file, a folder, our own recording or a list of files.

    Raises CameraError naming what does not open, and why.
    """
    # Imported late: the recording, which is one of the sources, is itself made of frames.
    from onboard.camera.sources import open_source

    return open_source(source, options or CameraOptions())
