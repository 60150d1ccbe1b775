"""What can keep a record from reaching the disk."""

from firmware_bridge.errors import BridgeError


class StoreUnavailable(BridgeError):
    """The database cannot be read or written now; nothing was stored, and it may be sent again."""


class StoreBroken(BridgeError):
    """The database cannot be opened at all: wrong URL, no rights, or a newer program's schema."""
