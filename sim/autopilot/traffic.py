"""Other aircraft: with ADSB_TYPE set, an ADSB_VEHICLE that comes in is told again as one's own.

Each aircraft at most once a second, one at a turn of the ADS-B stream; one that was not heard of
for ten seconds is forgotten. Without ADSB_TYPE the message ends here (source: ArduPilot's
AP_ADSB; as recorded from 4.5.6).
"""

from dataclasses import dataclass, field

from pymavlink.dialects.v20 import ardupilotmega as dialect

from sim.autopilot.messages import Message

AIRCRAFT_AT_MOST = 25
FORGOTTEN_S = 10.0
TOLD_EVERY_S = 1.0


@dataclass(slots=True)
class Traffic:
    """Aircraft by ICAO address."""

    _heard: dict[int, tuple[float, Message]] = field(default_factory=dict)
    _told_s: dict[tuple[int, int], float] = field(default_factory=dict)
    """By link and address."""

    def hear(self, message: Message, now_s: float) -> None:
        """ADSB_VEHICLE."""
        if message.ICAO_address in self._heard or len(self._heard) < AIRCRAFT_AT_MOST:
            self._heard[message.ICAO_address] = now_s, message

    def tell(self, link: int, now_s: float) -> Message | None:
        """The next aircraft that this link has not heard of for a second."""
        for address, (heard_s, message) in list(self._heard.items()):
            if now_s - heard_s > FORGOTTEN_S:
                self._forget(address)
            elif now_s - self._told_s.get((link, address), -TOLD_EVERY_S) >= TOLD_EVERY_S:
                self._told_s[link, address] = now_s
                values = (_value(message, name) for name in message.fieldnames)
                return dialect.MAVLink_adsb_vehicle_message(*values)
        return None

    def _forget(self, address: int) -> None:
        del self._heard[address]
        self._told_s = {key: at_s for key, at_s in self._told_s.items() if key[1] != address}


def _value(message: Message, name: str) -> object:
    return message.callsign.encode() if name == "callsign" else getattr(message, name)
