"""The table of camera sources, and which of them a URL or a path means."""

from collections.abc import Callable, Sequence
from pathlib import Path

from firmware_bridge.errors import CameraError
from onboard.camera.files import FileCamera, files_in
from onboard.camera.frame import Camera, CameraOptions, PathLike
from onboard.camera.recorded import RecordedCamera
from onboard.camera.stream import open_stream
from onboard.camera.v4l2 import open_rtsp, open_v4l2, open_y16
from onboard.recording import SUFFIX, segment_paths

DEVICES: dict[str, Callable[[str, str, CameraOptions], Camera]] = {
    "stream": open_stream,
    "y16": open_y16,
    "v4l2": open_v4l2,
}


def open_source(source: PathLike | Sequence[PathLike], options: CameraOptions) -> Camera:
    """Open a camera, a file, a folder or a list of files.

    Raises CameraError naming what does not open, and why.
    """
    if not isinstance(source, str | Path):
        return _files(f"{len(source)} files", [Path(path) for path in source], options)
    url = str(source)
    scheme, colon, rest = url.partition(":")
    if colon and rest.startswith("//"):
        if scheme not in ("rtsp", "rtsps", "http", "https", "udp", "rtp"):
            raise CameraError(f"{url}: cameras are not reached by {scheme}://")
        return open_rtsp(url, options)
    if colon and scheme in DEVICES:
        return DEVICES[scheme](url, rest, options)
    return _path(url, Path(source), options)


def _path(url: str, path: Path, options: CameraOptions) -> Camera:
    if not path.exists():
        known = ", ".join(f"{scheme}:..." for scheme in DEVICES)
        raise CameraError(f"{url}: no such file or folder, and no camera URL ({known}, rtsp://...)")
    if path.suffix == SUFFIX or (path.is_dir() and segment_paths(path)):
        return RecordedCamera(url, path)
    return _files(url, [path], options)


def _files(url: str, paths: Sequence[Path], options: CameraOptions) -> FileCamera:
    """Folders opened out; an empty one is an error now, not at the first read."""
    files = [file for path in paths for file in (files_in(path) if path.is_dir() else [path])]
    if not files:
        raise CameraError(f"{url}: holds no files")
    return FileCamera(url, files, options)
