"""Reliable delivery over a radio that loses frames: resend with back-off until acknowledged.

No I/O and no clock. The radio is shared with the autopilot's telemetry, so a token bucket keeps
the reports within their share of it.
"""

from dataclasses import dataclass
from uuid import UUID

from firmware_bridge.autopilot.report import Acknowledgement, encode
from firmware_bridge.messages import Hotspot

FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 30.0
MAVLINK_OVERHEAD_BYTES = 17
"""MAVLink 2 framing (12) and TUNNEL's own fields (5)."""


@dataclass(slots=True)
class _Pending:
    hotspot: Hotspot
    due_s: float
    wait_s: float = FIRST_WAIT_S


class ReportSender:
    """Keeps every pushed hotspot in flight until the ground acknowledges its revision."""

    def __init__(self, bytes_per_s: float = 400.0, burst_bytes: float = 800.0, limit: int = 64):
        self._pending: dict[UUID, _Pending] = {}
        self._rate, self._burst, self._limit = bytes_per_s, burst_bytes, limit
        self._tokens = burst_bytes
        self._refilled_s: float | None = None

    def push(self, hotspot: Hotspot, now_s: float) -> bool:
        """Take a hotspot, or a newer revision of one; False when too many are in flight."""
        known = self._pending.get(hotspot.hotspot_id)
        if known is None and len(self._pending) >= self._limit:
            return False
        if known is None or hotspot.revision > known.hotspot.revision:
            self._pending[hotspot.hotspot_id] = _Pending(hotspot, due_s=now_s)
        return True

    def acknowledge(self, acknowledgement: Acknowledgement) -> Hotspot | None:
        """The hotspot that is now safe on the ground; None for one not in flight."""
        for identifier, pending in self._pending.items():
            if Acknowledgement.of(pending.hotspot) == acknowledgement:
                del self._pending[identifier]
                return pending.hotspot
        return None

    def poll(self, now_s: float) -> list[tuple[Hotspot, bytes]]:
        """Hotspots due now with their payloads, longest waiting first, within the byte budget."""
        self._refill(now_s)
        sent = []
        for pending in sorted(self._pending.values(), key=lambda p: p.due_s):
            if pending.due_s > now_s:
                break
            payload = encode(pending.hotspot)
            cost = len(payload) + MAVLINK_OVERHEAD_BYTES
            if cost > self._tokens:
                break
            self._tokens -= cost
            pending.due_s = now_s + pending.wait_s
            pending.wait_s = min(pending.wait_s * 2, LONGEST_WAIT_S)
            sent.append((pending.hotspot, payload))
        return sent

    @property
    def in_flight(self) -> int:
        """Hotspots not acknowledged yet."""
        return len(self._pending)

    def _refill(self, now_s: float) -> None:
        elapsed_s = 0.0 if self._refilled_s is None else max(0.0, now_s - self._refilled_s)
        self._tokens = min(self._burst, self._tokens + elapsed_s * self._rate)
        self._refilled_s = now_s
