"""The table of camera sources, and which of them a URL or a path means."""

from collections.abc import Callable, Sequence
from pathlib import Path

from firmware_bridge.errors import CameraError, ConfigError
from onboard.camera.files import FileCamera, files_in
from onboard.camera.frame import Camera, CameraOptions, PathLike
from onboard.camera.recorded import RecordedCamera
from onboard.camera.stream import host_and_port, open_stream
from onboard.camera.v4l2 import open_rtsp, open_v4l2, open_y16
from onboard.recording import SUFFIX, segment_paths

DEVICES: dict[str, Callable[[str, str, CameraOptions], Camera]] = {
    "stream": open_stream,
    "y16": open_y16,
    "v4l2": open_v4l2,
}
NETWORK = ("rtsp", "rtsps", "http", "https", "udp", "rtp")


def check_source(url: str) -> None:
    """Raise ConfigError for a URL that can never become a camera.

    A device or server that is only absent may still come.
    """
    scheme, colon, rest = url.partition(":")
    try:
        if colon and rest.startswith("//"):
            _check_network(url, scheme)
        elif scheme == "stream":
            host_and_port(url, rest)
        elif not (rest and scheme in DEVICES):
            _check_path(url, Path(url))
    except CameraError as error:
        raise ConfigError(str(error)) from error


def open_source(source: PathLike | Sequence[PathLike], options: CameraOptions) -> Camera:
    """Open a camera, a file, a folder or a list of files.

    Raises CameraError naming what does not open, and why.
    """
    if not isinstance(source, str | Path):
        return _files(f"{len(source)} files", [Path(path) for path in source], options)
    url = str(source)
    scheme, colon, rest = url.partition(":")
    if colon and rest.startswith("//"):
        _check_network(url, scheme)
        return open_rtsp(url, options)
    if colon and scheme in DEVICES:
        return DEVICES[scheme](url, rest, options)
    return _path(url, Path(source), options)


def _check_network(url: str, scheme: str) -> None:
    if scheme not in NETWORK:
        raise CameraError(f"{url}: cameras are not reached by {scheme}://")


def _check_path(url: str, path: Path) -> None:
    if not path.exists():
        known = ", ".join(f"{scheme}:..." for scheme in DEVICES)
        raise CameraError(f"{url}: no such file or folder, and no camera URL ({known}, rtsp://...)")


def _path(url: str, path: Path, options: CameraOptions) -> Camera:
    _check_path(url, path)
    if path.suffix == SUFFIX or (path.is_dir() and segment_paths(path)):
        return RecordedCamera(url, path)
    return _files(url, [path], options)


def _files(url: str, paths: Sequence[Path], options: CameraOptions) -> FileCamera:
    """Folders opened out; an empty one is an error now, not at the first read."""
    files = [file for path in paths for file in (files_in(path) if path.is_dir() else [path])]
    if not files:
        raise CameraError(f"{url}: holds no files")
    return FileCamera(url, files, options)
