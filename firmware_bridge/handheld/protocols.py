"""The families of handheld units, in one table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from firmware_bridge.handheld.capture import CaptureRecord
from firmware_bridge.handheld.conversation import Conversation
from firmware_bridge.handheld.garmin import collect as garmin_collect
from firmware_bridge.handheld.garmin import transfer as garmin
from firmware_bridge.handheld.magellan import transfer as magellan
from firmware_bridge.handheld.mtk import transfer as mtk
from firmware_bridge.handheld.nmea import live as nmea
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.handheld.skytraq import transfer as skytraq
from firmware_bridge.handheld.ublox import transfer as ublox
from firmware_bridge.tracks import Contents, UnitIdentity


@dataclass(frozen=True, slots=True)
class Family:
    """What a dock has to know about one family."""

    name: str
    title: str
    bauds: tuple[int, ...]
    """Where units are found, the likeliest first."""
    probe: Callable[[], Conversation]
    """Who is it? Ends soon on a silent port."""
    download: Callable[[UnitIdentity, DownloadOptions], Conversation]
    """Everything the unit holds."""
    decode: Callable[[Iterable[CaptureRecord]], Contents]
    """The same out of a capture."""
    erase: Callable[[UnitIdentity], Conversation] | None = None
    """Empties the unit's memory, where the family has a command for it."""
    restore: Callable[[int, int], Conversation] | None = None
    """(raised rate, home rate): brings home a unit left at a raised rate, where the port is."""
    begins_at_baud: int | None = None
    """Where every unit of the family is once switched on; None where its owner sets the rate."""


PROTOCOLS: dict[str, Family] = {
    "garmin": Family(
        name="garmin",
        title="Garmin serial",
        bauds=garmin.BAUDS,
        probe=garmin.probe,
        download=garmin.download,
        decode=garmin_collect.decode,
        restore=garmin.restore,
        begins_at_baud=garmin.BAUDS[0],
    ),
    "mtk": Family(
        name="mtk",
        title="MTK logger",
        bauds=mtk.BAUDS,
        probe=mtk.probe,
        download=mtk.download,
        decode=mtk.decode,
        erase=mtk.erase,
    ),
    "magellan": Family(
        name="magellan",
        title="Magellan serial",
        bauds=magellan.BAUDS,
        probe=magellan.probe,
        download=magellan.download,
        decode=magellan.decode,
    ),
    "skytraq": Family(
        name="skytraq",
        title="SkyTraq logger",
        bauds=skytraq.BAUDS,
        probe=skytraq.probe,
        download=skytraq.download,
        decode=skytraq.decode,
        erase=skytraq.erase,
        restore=skytraq.restore,
    ),
    "ublox": Family(
        name="ublox",
        title="u-blox log",
        bauds=ublox.BAUDS,
        probe=ublox.probe,
        download=ublox.download,
        decode=ublox.decode,
        erase=ublox.erase,
        restore=ublox.restore,
    ),
    "nmea": Family(
        name="nmea",
        title="NMEA talker",
        bauds=nmea.BAUDS,
        probe=nmea.probe,
        download=nmea.download,
        decode=nmea.decode,
    ),
}
