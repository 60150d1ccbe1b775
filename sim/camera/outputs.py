"""Where frames go: which of the outputs a URL of the command line means."""

from firmware_bridge.errors import ConfigError
from sim.camera import mjpeg
from sim.camera.frames import FrameServer
from sim.camera.loopback import Loopback
from sim.tables.camera import Camera

Output = FrameServer | Loopback


def open_output(option: str, url: str, camera: Camera) -> Output | None:
    """Of thermal frames; raises ConfigError naming the option, PortBusy."""
    kind, _, rest = url.partition(":")
    if url == "none":
        return None
    if kind == "v4l2" and rest:
        return Loopback(rest, camera)
    host, port = _address(option, url, "tcp:HOST:PORT, v4l2:/dev/videoN or none")
    return FrameServer(host, port)


def open_visible(option: str, url: str) -> FrameServer | None:
    """Of visible frames, as motion JPEG."""
    if url == "none":
        return None
    host, port = _address(option, url, "tcp:HOST:PORT or none")
    return FrameServer(host, port, mjpeg.greet)


def camera_url(output: Output | None) -> str | None:
    """What onboard's `camera.source` says to read it."""
    if isinstance(output, Loopback):
        return output.source
    return None if output is None else f"stream:{output.url}"


def visible_url(output: FrameServer | None) -> str | None:
    """What a browser or onboard opens."""
    return None if output is None else f"http://{output.url.removeprefix('tcp:')}/"


def _address(option: str, url: str, form: str) -> tuple[str, int]:
    kind, _, rest = url.partition(":")
    host, colon, port = rest.rpartition(":")
    if kind != "tcp" or not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise ConfigError(f"{option} {url}: write {form}")
    return host, int(port)
