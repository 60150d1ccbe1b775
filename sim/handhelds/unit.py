"""What virtual units of all families share: speaking through a faulty wire, stalls, restarts.

A unit does no I/O and reads no clock: the wire (`pace.py`) feeds it what arrived and sends what
`outgoing()` gives.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.handhelds.faults import Fault, Strike

STALL_S = 3.0
BOOT_S = 2.0
HELD_BYTES = 4096
"""A stalled unit's own receive buffer."""
NOISE_BYTES = (1, 12)


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes at the rate they were sent with: the answer to a change of rate goes at the old one."""

    data: bytes
    baud: int


@dataclass(frozen=True, slots=True)
class Unplug:
    """In `outgoing()`: here the cable is pulled."""


Piece = Sent | Unplug


class VirtualUnit(ABC):
    """One unit. A family overrides `heard`, `tick`, `due_s`, `restart` and `truth`."""

    bulk_is_raw = False
    """Bulk packets are parts of one stream without framing: no noise stands between them."""
    boot_s = BOOT_S
    """Infinite for a unit whose battery is empty."""

    def __init__(self, baud: int, fault: Fault, seed: int) -> None:
        self.baud = self.home_baud = baud
        """Now, and after a restart."""
        self.also_understood: tuple[int, ...] = ()
        """Further rates of the host that the wire lets pass."""
        self.fault = fault
        self.dice = random.Random(seed ^ 0x5EED)
        self.noise: Callable[[int], bytes] = self.dice.randbytes
        self.strike_at = 0
        """Bulk packet to strike; 0 for none. `arm` sets it."""
        self.bulk_sent = 0
        self._sleeps_until_s: float | None = None
        self._forgets = False
        self._held = b""
        self._out: list[Piece] = []
        self._kept_back: list[Piece] = []

    @abstractmethod
    def heard(self, data: bytes, now_s: float) -> None:
        """Bytes from the host."""

    def tick(self, now_s: float) -> None:  # noqa: B027  most families have no clock of their own
        """`due_s` has come."""

    @property
    def due_s(self) -> float | None:
        """When `tick` wants to be called."""
        return None

    @abstractmethod
    def restart(self) -> None:
        """Forget the exchange, as after switching on."""

    @abstractmethod
    def truth(self) -> dict[str, Any]:
        """What it holds, rounded to what its wire carries; see docs in `truth.py`."""

    def host_changed_to(self, baud: int, now_s: float) -> None:  # noqa: B027  Garmin's only
        """The host's port runs at another rate now."""

    def arm(self, bulk_packets: int) -> None:
        """Say how many packets the bulk transfer has, so that a strike finds its middle."""
        if self.fault.strike is not None:
            self.strike_at = self.fault.at or max(1, bulk_packets // 2)

    def receive(self, data: bytes, now_s: float) -> None:
        """From the wire. A stalled unit reads it later, a restarting one never."""
        self._wake(now_s)
        if self._sleeps_until_s is None:
            self.heard(data, now_s)
        elif not self._forgets:
            self._held = (self._held + data)[:HELD_BYTES]

    def poll(self, now_s: float) -> None:
        """Time has passed."""
        self._wake(now_s)
        due_s = self.due_s
        if self._sleeps_until_s is None and due_s is not None and now_s >= due_s:
            self.tick(now_s)

    @property
    def deadline_s(self) -> float | None:
        """When `poll` must be called at the latest."""
        return self.due_s if self._sleeps_until_s is None else self._sleeps_until_s

    def outgoing(self) -> list[Piece]:
        """What to put on the wire now; forgotten here."""
        pieces, self._out = self._out, []
        return pieces

    def put(self, data: bytes) -> None:
        """Onto the wire as it is; a stalled unit's goes out later, a restarting one's never."""
        if self._sleeps_until_s is None:
            self._out.append(Sent(data, self.baud))
        elif not self._forgets:
            self._kept_back.append(Sent(data, self.baud))

    def say(self, packet: bytes, now_s: float, bulk: bool = False) -> bool:
        """Send a packet through the fault; False when the host will not have it whole."""
        if self.fault.noise and not (bulk and self.bulk_is_raw):
            self.put(self.noise(self.dice.randint(*NOISE_BYTES)))
        self.bulk_sent += bulk
        if not bulk or self.bulk_sent != self.strike_at:
            self.put(packet)
            return True
        self.strike_at = 0
        return self._struck(packet, now_s)

    def _struck(self, packet: bytes, now_s: float) -> bool:
        half = max(1, len(packet) // 2)
        match self.fault.strike:
            case Strike.CORRUPT:
                self.put(packet[:half] + bytes([packet[half] ^ 1]) + packet[half + 1 :])
            case Strike.LOST_ANSWER:
                self.lose(packet, now_s)
            case Strike.TWICE:
                self.put(packet + packet)
            case Strike.STALL:
                self.put(packet)
                self._sleep(now_s + STALL_S, forgets=False)
            case Strike.UNPLUG:
                self.put(packet[:half])
                self._out.append(Unplug())
            case Strike.REBOOT:
                self.put(packet[:half])
                self._sleep(now_s + self.boot_s, forgets=True)
        return False

    def lose(self, packet: bytes, now_s: float) -> None:  # noqa: B027  losing it is the default
        """The answer is lost: by default the packet itself."""

    def _sleep(self, until_s: float, forgets: bool) -> None:
        self._sleeps_until_s, self._forgets = until_s, forgets

    def _wake(self, now_s: float) -> None:
        if self._sleeps_until_s is None or now_s < self._sleeps_until_s:
            return
        self._sleeps_until_s = None
        self._out += self._kept_back
        self._kept_back.clear()
        held, self._held = self._held, b""
        if self._forgets:
            self.baud = self.home_baud
            self.restart()
        elif held:
            self.heard(held, now_s)
