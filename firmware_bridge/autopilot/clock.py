"""The autopilot's boot clock seen from ours; no I/O, times are arguments.

TIMESYNC (111) gives, for each exchange, offset = boot - (sent + received) / 2 with an error of at
most half the round trip. As in NTP's clock filter (RFC 5905, section 10) the exchange with the
least bound wins, where an old one's bound has grown by the drift of a crystal. Until the first
answer the least delay of arriving messages stands in.
"""

import math
from collections import OrderedDict, deque
from dataclasses import dataclass
from enum import Enum

DRIFT = 100e-6
"""Two crystals at the ends of their tolerance, seconds a second. An assumption, not a measurement:
what the exchanges themselves show beyond it widens the sigma."""
WINDOW = 16
STEP_S = 0.1
"""A contradiction beyond the exchange's own bound by this much: the clock was set anew."""
BACKWARDS_S = 2.0
"""Older messages may overtake by less than this over UDP."""
FORWARDS_S = 60.0
UNSYNCED_SIGMA_S = 0.1
"""Against TIMESYNC, the time by least delay was 0.066 s and 0.015 s off (95th percentile) in the
two recorded ArduCopter flights; a radio link would be worse."""
STAMP_S = 0.001
"""Messages stamp whole milliseconds: no exchange, however quick, places one better than this."""
_MAX_OUTSTANDING = 8
_WRAP_S = 2**32 / 1000
_ARRIVAL_WINDOW_S = 10.0


class Reply(Enum):
    """What an answer to TIMESYNC told."""

    FOREIGN = "foreign"
    """Not to a question of ours."""
    USED = "used"
    STEPPED = "stepped"
    """The clocks moved against each other; the filter starts again with this exchange."""
    REBOOTED = "rebooted"
    """Boot time went back."""


@dataclass(frozen=True, slots=True)
class _Exchange:
    time_s: float
    offset_s: float
    bound_s: float

    def bound_at(self, now_s: float) -> float:
        return self.bound_s + DRIFT * abs(now_s - self.time_s)


class BootClock:
    """Maps the autopilot's time since boot to the receiver's clock and unwraps its u32 stamps."""

    def __init__(self) -> None:
        self._outstanding: OrderedDict[int, float] = OrderedDict()
        self.reset()

    def reset(self) -> None:
        """Forget everything, as after a reboot."""
        self._outstanding.clear()
        self._exchanges: deque[_Exchange] = deque(maxlen=WINDOW)
        self._last_boot_s: float | None = None
        self._last_heard_s = 0.0
        self._arrivals: tuple[float, float, float] | None = None

    @property
    def synced(self) -> bool:
        """At least one exchange is known."""
        return bool(self._exchanges)

    def request(self, token_ns: int, now_s: float) -> None:
        """A question with `ts1 = token_ns` left at `now_s`."""
        self._outstanding[token_ns] = now_s
        while len(self._outstanding) > _MAX_OUTSTANDING:
            self._outstanding.popitem(last=False)

    def reply(self, token_ns: int, boot_ns: int, now_s: float) -> Reply:
        """An answer `tc1 = boot_ns` arrived at `now_s`."""
        sent_s = self._outstanding.pop(token_ns, None)
        if sent_s is None or now_s < sent_s or boot_ns <= 0:
            return Reply.FOREIGN
        boot_s = boot_ns / 1e9
        bound_s = max(now_s - sent_s, STAMP_S) / 2
        exchange = _Exchange(now_s, boot_s - (sent_s + now_s) / 2, bound_s)
        outcome = self._compare(exchange, boot_s)
        if outcome is not Reply.USED:
            self.reset()
        self._exchanges.append(exchange)
        return outcome

    def heard(self, time_boot_ms: int, now_s: float) -> float | None:
        """Seconds since boot of a message's stamp, unwrapped; None when the clock started again.

        The stamp wraps after 49.7 days. TIMESYNC does not, and so tells the turns apart.
        """
        boot_s = self._unwrap(time_boot_ms / 1000, now_s)
        last_s, expected_s = self._last_boot_s, self._expected_boot_s(now_s)
        if last_s is not None and boot_s < last_s - BACKWARDS_S:
            return None
        if expected_s is not None and boot_s > expected_s + FORWARDS_S:
            return None
        if last_s is None or boot_s > last_s:
            self._last_boot_s, self._last_heard_s = boot_s, now_s
        self._note_arrival(boot_s - now_s, now_s)
        return boot_s

    def time_of(self, boot_s: float, now_s: float) -> tuple[float, float]:
        """Our clock's time of a boot time, and its sigma, both in seconds."""
        offset_s, sigma_s = self.offset(now_s) or (self._arrival_offset_s(), UNSYNCED_SIGMA_S)
        return boot_s - offset_s, sigma_s

    def offset(self, now_s: float) -> tuple[float, float] | None:
        """Boot time minus our time, and its sigma; None before the first exchange."""
        if not self._exchanges:
            return None
        best = min(self._exchanges, key=lambda exchange: exchange.bound_at(now_s))
        # The truth lies anywhere within the bound: a uniform distribution's sigma. Where the
        # exchanges contradict each other (a clock worse than DRIFT), the contradiction is added.
        misfit_s = max(
            abs(other.offset_s - best.offset_s) - other.bound_at(best.time_s) - best.bound_s
            for other in self._exchanges
        )
        return best.offset_s, best.bound_at(now_s) / math.sqrt(3) + max(0.0, misfit_s)

    def _compare(self, exchange: _Exchange, boot_s: float) -> Reply:
        if self._last_boot_s is not None and boot_s < self._last_boot_s - BACKWARDS_S:
            return Reply.REBOOTED
        if not self._exchanges:
            return Reply.USED
        last = self._exchanges[-1]
        if boot_s < last.time_s + last.offset_s - BACKWARDS_S:
            return Reply.REBOOTED
        slack_s = exchange.bound_s + last.bound_at(exchange.time_s) + STEP_S
        stepped = abs(exchange.offset_s - last.offset_s) > slack_s
        return Reply.STEPPED if stepped else Reply.USED

    def _unwrap(self, stamp_s: float, now_s: float) -> float:
        expected_s = self._expected_boot_s(now_s)
        if expected_s is None:
            return stamp_s
        turns = max(0, round((expected_s - stamp_s) / _WRAP_S))
        return stamp_s + turns * _WRAP_S

    def _expected_boot_s(self, now_s: float) -> float | None:
        known = self.offset(now_s)
        if known is not None:
            return now_s + known[0]
        if self._last_boot_s is None:
            return None
        return self._last_boot_s + now_s - self._last_heard_s

    def _note_arrival(self, offset_s: float, now_s: float) -> None:
        """Keep the greatest offset, which is the least delay, of this window and the last."""
        if self._arrivals is None:
            self._arrivals = (now_s, offset_s, offset_s)
            return
        since_s, current_s, previous_s = self._arrivals
        if now_s - since_s > _ARRIVAL_WINDOW_S:
            self._arrivals = (now_s, offset_s, current_s)
        else:
            self._arrivals = (since_s, max(current_s, offset_s), previous_s)

    def _arrival_offset_s(self) -> float:
        if self._arrivals is None:
            raise ValueError("no stamp was heard yet")
        return max(self._arrivals[1:])
