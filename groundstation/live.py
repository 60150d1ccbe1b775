"""Live events for the page: `GET /api/v1/live`, Server-Sent Events.

    id: 0199f3c2a1b4-17          process that sent it - number, for Last-Event-ID
    event: hotspot
    data: {...one line of JSON...}

Events and their data:

- `hello`: `{"version", "time_utc", "resumed"}`, first on every connection. `resumed` false:
  whatever was missed is gone, fetch the lists again.
- `hotspot`: the hotspot as in the `items` of `GET /api/v1/hotspots`: stored, revised, decided
  upon, or given a thumbnail.
- `vehicle`: the vehicle as in `GET /api/v1/vehicles`: its state changed.
- `health`: the vehicle as in `GET /api/v1/vehicles`: its health changed.
- `dock`: one line of the docking board, as in the `items` of `GET /api/v1/dock`. Mere progress
  comes without an id and is not repeated to who was away.
- `raid`: `{"raid_id", "revision", "kind", "count_id", "route_id"}`: it was filed, changed,
  withdrawn or restored. Only those are told within whose scope it is.
- `count`: `{"count_id", "route_id", "revision"}`: a winter count, a route or a walk was filed or
  changed. How far the count is, everybody sees.
- `alive`: `{"time_utc"}`, without an id, whenever 10 s passed without another event. A pulled
  cable ends no connection: a page that has heard nothing for longer must say so.

Everybody is told what their account may know (NEEDS). An event replaces what is known of that
item; it may come twice. A client that reads too slowly is cut off, never waited for: it comes
back by itself and resumes from the last thousand events.

Source: WHATWG HTML, section 9.2 "Server-sent events".
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter

from groundstation.access.account import Account
from groundstation.access.roles import May
from groundstation.dock.board import Docked
from groundstation.store.counts import CountNews
from groundstation.store.hotspots import StoredHotspot
from groundstation.store.raid_lines import Circle
from groundstation.store.raids import RaidNews
from groundstation.store.vehicles import Vehicle

RING_EVENTS = 1000
CLIENT_EVENTS = 256
"""How far a client may fall behind."""
MAX_CLIENTS = 200
HEARTBEAT_S = 10.0
RETRY_MS = 2000

NEEDS = {
    "hotspot": May.HOTSPOTS,
    "vehicle": May.HOTSPOTS,
    "health": May.HOTSPOTS,
    "dock": May.DOCK,
    "raid": May.READ,
    "count": May.READ,
}
"""Which right each event needs."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hello:
    """The first event of a connection."""

    version: str
    time_utc: datetime
    resumed: bool


@dataclass(frozen=True, slots=True)
class Alive:
    """The station is there, though nothing happens."""

    time_utc: datetime


_ADAPTERS: dict[type, TypeAdapter[object]] = {
    kind: TypeAdapter(kind)
    for kind in (Hello, Alive, StoredHotspot, Vehicle, Docked, RaidNews, CountNews)
}


@dataclass(slots=True, eq=False)
class Client:
    """One open connection."""

    account: Account
    """Whose."""
    queue: asyncio.Queue[bytes | None] = field(
        default_factory=lambda: asyncio.Queue(CLIENT_EVENTS + 1)
    )
    cut: bool = False

    def may_know(self, event: str, circle: Circle | None) -> bool:
        """Whether that event is for them; without a circle, of whoever has the right."""
        return self.account.may(NEEDS[event]) and (circle is None or circle.holds(self.account))


class Live:
    """The last events, and the clients that get the next ones. Lives in one event loop."""

    def __init__(self, version: str, clock: Callable[[], datetime]) -> None:
        self._version = version
        self._clock = clock
        self._run = secrets.token_hex(6)
        self._count = 0
        self._ring: deque[tuple[int, str, Circle | None, bytes]] = deque(maxlen=RING_EVENTS)
        self._clients: set[Client] = set()
        self._closed = False

    @property
    def clients(self) -> int:
        """Open connections."""
        return len(self._clients)

    def publish(
        self,
        event: str,
        item: StoredHotspot | Vehicle | Docked | RaidNews | CountNews,
        passing: bool = False,
    ) -> None:
        """Tell all who may know; never waits. What is `passing` is not kept for who is away."""
        circle = item.circle if isinstance(item, RaidNews) else None
        if passing:
            frame = _frame(event, item)
        else:
            self._count += 1
            frame = self._frame(event, item, self._count)
            self._ring.append((self._count, event, circle, frame))
        for client in list(self._clients):
            if not client.may_know(event, circle):
                continue
            if client.queue.qsize() >= CLIENT_EVENTS:
                log.warning("a live client reads too slowly and is cut off")
                self._cut(client)
            else:
                client.queue.put_nowait(frame)

    async def stream(
        self, last_event_id: str | None, account: Account
    ) -> AsyncGenerator[bytes, None]:
        """Bytes of one connection, until it is cut off or the server ends."""
        client = Client(account)
        missed = self._missed(last_event_id, client)
        if self._closed or len(self._clients) >= MAX_CLIENTS:
            return
        self._clients.add(client)
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            # Its id must not be ahead of the missed events: the connection may break before them.
            count = self._count - len(missed or ())
            hello = Hello(self._version, self._clock(), missed is not None)
            yield self._frame("hello", hello, count)
            for frame in missed or ():
                yield frame
            async for frame in self._next(client):
                yield frame
        finally:
            self._clients.discard(client)

    async def _next(self, client: Client) -> AsyncIterator[bytes]:
        while not client.cut:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    frame = await client.queue.get()
            except TimeoutError:
                frame = _frame("alive", Alive(self._clock()))
            if frame is None:
                return
            yield frame

    def _missed(self, last_event_id: str | None, client: Client) -> list[bytes] | None:
        """Events after that id that the client may know; None when not all can be told."""
        run, _, number = (last_event_id or "").rpartition("-")
        if run != self._run or not (number.isascii() and number.isdigit()):
            return None
        last = int(number[:18])
        oldest = self._ring[0][0] if self._ring else self._count + 1
        if last > self._count or last < oldest - 1:
            return None
        return [
            frame
            for count, event, circle, frame in self._ring
            if count > last and client.may_know(event, circle)
        ]

    def _frame(self, event: str, item: object, count: int) -> bytes:
        return b"id: %s-%d\n" % (self._run.encode(), count) + _frame(event, item)

    def _cut(self, client: Client) -> None:
        client.cut = True
        self._clients.discard(client)
        client.queue.put_nowait(None)

    def close(self) -> None:
        """End every connection: the server is stopping."""
        self._closed = True
        for client in list(self._clients):
            self._cut(client)


def _frame(event: str, item: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (event.encode(), _ADAPTERS[type(item)].dump_json(item))
