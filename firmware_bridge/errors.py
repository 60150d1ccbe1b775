"""What can go wrong at a wire, a file or a setting; every text names the thing and the place."""


class BridgeError(Exception):
    """Root of all errors this package raises on purpose."""


class LinkTimeout(BridgeError):
    """Nothing arrived before the deadline."""


class LinkClosed(BridgeError):
    """The other end, or the device itself, went away."""


class PortBusy(BridgeError):
    """Another program holds the port."""


class PortDenied(BridgeError):
    """This user may not open the port."""


class ProtocolError(BridgeError):
    """Bytes that contradict their specification, or a message that no schema allows."""


class UnknownDevice(BridgeError):
    """Something answers, and it is nothing we know."""


class CommandRefused(BridgeError):
    """The autopilot answered a command with a result other than ACCEPTED."""


class TerrainError(BridgeError):
    """An elevation tile whose size, name or content is wrong."""


class CameraError(BridgeError):
    """A camera, stream or image that gives no usable frame."""


class ConfigError(BridgeError):
    """A setting that is misspelt, missing or out of range."""
