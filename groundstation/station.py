"""The ground station's parts put together, and what happens when a report arrives.

Whatever the wire, a report goes the same way: into the database, and after the commit to the
live page and back to the sender.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from firmware_bridge.messages import Health, Hotspot, VehicleState
from groundstation.basemap.basemap import Basemap
from groundstation.config import GroundSettings
from groundstation.ingest.radio import RadioLink
from groundstation.live import Live
from groundstation.store import hotspots, vehicles
from groundstation.store.errors import StoreUnavailable
from groundstation.store.hotspots import Source, StoredHotspot
from groundstation.store.store import Store
from groundstation.store.vehicles import Vehicle

PRUNE_EVERY_S = 600.0
Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The ground's clock."""
    return datetime.now(UTC)


class Station:
    """Database, live events, radio links and map tiles of one ground station."""

    def __init__(self, settings: GroundSettings, clock: Clock = utc_now) -> None:
        self.settings = settings
        self.clock = clock
        self.version = version("kedrovka")
        self.store = Store(settings.database_url())
        self.live = Live(self.version, clock)
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
        self.watchers: dict[str, asyncio.Task[None]] = {}
        """Filled by the server with the tasks it runs `watches()` in."""

    def watches(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """The loops that must run as long as the server does, by name."""
        links = {f"radio {link.url}": link.run for link in self.radio}
        return {"writer": self.store.run_writer, "trail pruner": self._prune_for_ever, **links}

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
        except StoreUnavailable as error:
            log.warning("trail not pruned: %s", error)
            return
        if removed:
            log.info("%d old points of trails deleted", removed)

    def close(self) -> None:
        """Give everything back."""
        self.live.close()
        self.store.close()
        self.basemap.close()
