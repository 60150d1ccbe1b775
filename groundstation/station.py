"""The ground station's parts put together, and what happens when a report arrives.

Whatever the wire, a report goes the same way: into the database, and after the commit to the
live page and back to the sender.
"""

import asyncio
import gc
import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from firmware_bridge.messages import Health, Hotspot, VehicleState
from firmware_bridge.port.url import Scheme, parse_url
from groundstation.access.passwords import Passwords
from groundstation.access.remembered import Remembered
from groundstation.backup.schedule import Backups
from groundstation.basemap.basemap import Basemap
from groundstation.config import GroundSettings
from groundstation.dock.board import Docked
from groundstation.dock.proposals import load_table
from groundstation.dock.service import Dock
from groundstation.ingest.radio import RadioLink
from groundstation.live import Live
from groundstation.photographs.folder import forget_unfinished
from groundstation.records.wall_clock import zone_of
from groundstation.store import accounts, audit, audit_heads, hotspots, sessions, vehicles
from groundstation.store.errors import StoreUnavailable
from groundstation.store.hotspots import Source, StoredHotspot
from groundstation.store.sessions import Lifetimes
from groundstation.store.store import Store
from groundstation.store.vehicles import Vehicle

PRUNE_EVERY_S = 600.0
REPORTS_AT_A_TIME = 2
"""Each takes a thread for seconds and some hundred megabytes."""
NOTE_HEAD_EVERY_S = 600.0
Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The ground's clock."""
    return datetime.now(UTC)


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def own_devices(links: Iterable[str]) -> Iterator[str]:
    """Serial devices of our own links, behind their symbolic links."""
    for link in links:
        address = parse_url(link)
        if address.scheme is Scheme.SERIAL:
            yield str(Path(address.place).resolve())


class Station:
    """Database, live events, radio links and map tiles of one ground station."""

    def __init__(self, settings: GroundSettings, clock: Clock = utc_now) -> None:
        self.settings = settings
        self.clock = clock
        self.version = version("kedrovka")
        self.observations = load_table(settings.dock.observations)
        self.store = Store(settings.database_url())
        forget_unfinished(settings.photographs_folder(), clock().timestamp())
        self.live = Live(self.version, clock)
        self.passwords = Passwords()
        self.remembered = Remembered()
        self.setup = not self.store.at_start(accounts.administrator_exists)
        """There is no administrator yet: `api.doors` keeps nearly everything shut."""
        self.began_in_setup = self.setup
        self.basemap = Basemap(
            settings.terrain,
            settings.tile_cache(),
            settings.basemap.quota_mb,
            settings.basemap.threads,
        )
        radio = settings.radio
        self.radio = [
            RadioLink(url, radio.system_id, radio.component_id, self, clock, time.monotonic)
            for url in radio.links
        ]
        self.dock: Dock | None = None
        if settings.dock.enabled:
            self.dock = Dock(
                settings.dock,
                settings.captures_folder(),
                frozenset(own_devices(radio.links)),
                self.store,
                self._docked,
                clock,
                zone_of(settings.station.zone),
            )
        self.backups = Backups(settings, clock, self.version)
        self.printing = asyncio.Semaphore(REPORTS_AT_A_TIME)
        self.watchers: dict[str, asyncio.Task[None]] = {}
        """Filled by the server with the tasks it runs `watches()` in."""

    def watches(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """The loops that must run as long as the server does, by name."""
        links = {f"radio {link.url}": link.run for link in self.radio}
        dock = {} if self.dock is None else {"dock": self.dock.run}
        pruner = {"trail pruner": self._prune_for_ever}
        heads = {"audit heads": self._note_heads_for_ever}
        backups = {"backups": self.backups.run} if self.settings.backup.every_hours else {}
        return {"writer": self.store.run_writer, **pruner, **heads, **backups, **links, **dock}

    def lifetimes(self) -> Lifetimes:
        """How long people stay signed in."""
        access = self.settings.access
        return Lifetimes(
            timedelta(hours=access.idle_hours),
            timedelta(days=access.session_days),
            timedelta(minutes=access.renew_minutes),
        )

    def restart_needed(self) -> str | None:
        """The address the station would listen on after a restart; None: it does already."""
        host = self.settings.host
        return host if self.began_in_setup and not is_loopback(host) else None

    def _docked(self, line: Docked, progress: bool) -> None:
        self.live.publish("dock", line, passing=progress)

    async def receive_hotspot(self, report: Hotspot, source: Source) -> tuple[StoredHotspot, bool]:
        """Store a report; the hotspot as it stands, and whether anything changed."""
        now = self.clock()
        stored, changed = await self.store.write(
            lambda connection: hotspots.receive(connection, report, source, now)
        )
        if changed:
            self.live.publish("hotspot", stored)
        return stored, changed

    async def receive_state(self, state: VehicleState, source: Source) -> Vehicle:
        """Store where a vehicle is."""
        now = self.clock()
        vehicle = await self.store.write(
            lambda connection: vehicles.receive_state(connection, state, source, now)
        )
        self.live.publish("vehicle", vehicle)
        return vehicle

    async def receive_health(self, system_id: int, health: Health, source: Source) -> Vehicle:
        """Store how a vehicle is."""
        now = self.clock()
        vehicle = await self.store.write(
            lambda connection: vehicles.receive_health(connection, system_id, health, source, now)
        )
        self.live.publish("health", vehicle)
        return vehicle

    async def _prune_for_ever(self) -> None:
        while True:
            await self.prune()
            await asyncio.sleep(PRUNE_EVERY_S)
            if self.dock is None or self.dock.at_rest():
                gc.collect()  # see `groundstation.pauses`

    async def prune(self) -> None:
        """Delete what is older than the settings keep; with the database down, the next round."""
        trail = self.settings.trail
        now, keep = self.clock(), timedelta(days=trail.days)
        try:
            removed = await self.store.write(
                lambda connection: vehicles.prune_trail(
                    connection, now, keep, trail.points_per_vehicle
                )
            )
            await self.store.write(lambda c: sessions.prune(c, self.lifetimes(), now))
        except StoreUnavailable as error:
            log.warning("nothing pruned: %s", error)
            return
        if removed:
            log.info("%d old points of trails deleted", removed)

    async def _note_heads_for_ever(self) -> None:
        while True:
            await self.note_head()
            await asyncio.sleep(NOTE_HEAD_EVERY_S)

    async def note_head(self) -> None:
        """Note the audit log's head outside the database; with it down, the next time."""
        try:
            number, seal = await self.store.read(audit.head)
            file = self.settings.audit_heads()
            await asyncio.to_thread(audit_heads.note, file, number, seal, self.clock())
        except (StoreUnavailable, OSError) as error:
            log.warning("the audit log's head is not noted: %s", error)

    def close(self) -> None:
        """Give everything back."""
        self.live.close()
        self.store.close()
        self.basemap.close()
