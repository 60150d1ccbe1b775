"""Reports, vehicle state and health to the ground over IP (docs/wires.md, Onboard to ground).

Two loops with a connection each, so that state never delays a report. A report refused for what
it says (400, 409, 413, 415, 422) is parked with the ground's words; every other failure, a wrong
key or address included, is the link's and is tried again with back-off.
"""

import logging
import threading
from collections.abc import Callable
from functools import partial

from pydantic import TypeAdapter

from firmware_bridge.errors import LinkClosed, LinkTimeout
from firmware_bridge.messages import Health, Hotspot, VehicleState
from onboard.mailbox import Latest
from onboard.spool import Spool, Thumbnail, Transport
from onboard.uplink.client import Answer, GroundClient

logger = logging.getLogger(__name__)

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 10.0
_REFUSED = {400, 409, 413, 415, 422}
_KEY_REFUSED = {401, 403}
_HOTSPOT = TypeAdapter(Hotspot)
_STATE = TypeAdapter(VehicleState)
_HEALTH = TypeAdapter(Health)


class BackOff:
    """How long to leave the ground alone, and when to say so."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._wait_s = 0.0
        self._said = ""

    def failed(self, why: str) -> float:
        """Seconds to wait; a cause is logged when it is new."""
        if why != self._said:
            logger.warning("%s; trying again", why)
            self._said = why
        self._wait_s = min(max(self._wait_s * 2, FIRST_WAIT_S), LONGEST_WAIT_S)
        return self._wait_s

    def succeeded(self) -> None:
        """The ground answered 2xx."""
        if self._said:
            logger.info("%s: the ground answers again", self._url)
        self._wait_s, self._said = 0.0, ""


class ReportUplink:
    """Brings the spool's reports, then their thumbnails, to the ground."""

    def __init__(self, client: GroundClient, spool: Spool) -> None:
        self._client = client
        self._spool = spool
        self._back_off = BackOff(client.url)

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop."""
        seen = 0
        while not stop.is_set():
            step = self._next()
            if step is None:
                seen = self._spool.wait(seen, timeout_s=0.5)
                continue
            wait_s = self._attempt(step)
            if wait_s:
                stop.wait(wait_s)
        self._client.close()

    def _next(self) -> Callable[[], str | None] | None:
        for hotspot in self._spool.waiting(Transport.IP, 1):
            return partial(self._send_report, hotspot)
        thumbnail = self._spool.next_thumbnail()
        return partial(self._send_thumbnail, thumbnail) if thumbnail else None

    def _attempt(self, step: Callable[[], str | None]) -> float:
        """Seconds to wait before the next step."""
        try:
            trouble = step()
        except (LinkTimeout, LinkClosed) as error:
            trouble = str(error)
        if trouble:
            return self._back_off.failed(trouble)
        self._back_off.succeeded()
        return 0.0

    def _send_report(self, hotspot: Hotspot) -> str | None:
        """None when done with, else what went wrong."""
        body = _HOTSPOT.dump_json(hotspot)
        answer = self._client.send("POST", "/api/v1/hotspots", body, "application/json")
        if answer.stored:
            self._spool.acknowledge(Transport.IP, hotspot.hotspot_id, hotspot.revision)
            return None
        if answer.status not in _REFUSED:
            return _complaint(self._client, answer)
        because = f"{answer.status}: {answer.words}"
        logger.error("%s refuses hotspot %s revision %d, parked: %s",
                     self._client.url, hotspot.hotspot_id, hotspot.revision, because)  # fmt: skip
        self._spool.park(hotspot.hotspot_id, hotspot.revision, because)
        return None

    def _send_thumbnail(self, thumbnail: Thumbnail) -> str | None:
        path = f"/api/v1/hotspots/{thumbnail.hotspot_id}/thumbnail"
        answer = self._client.send("PUT", path, thumbnail.image, "image/png")
        if answer.status == 404:
            self._spool.unacknowledge(thumbnail.hotspot_id)
            return f"{self._client.url} does not know hotspot {thumbnail.hotspot_id} any more"
        if not answer.stored and answer.status not in _REFUSED:
            return _complaint(self._client, answer)
        if not answer.stored:
            logger.error("%s refuses the thumbnail of %s: %d: %s", self._client.url,
                         thumbnail.hotspot_id, answer.status, answer.words)  # fmt: skip
        self._spool.acknowledge_thumbnail(thumbnail.hotspot_id, thumbnail.revision)
        return None


class StateUplink:
    """Tells the ground where the vehicle is and how we are; only the newest of each matters."""

    def __init__(self, client: GroundClient, system_id: Callable[[], int | None]) -> None:
        """`system_id` is None until the vehicle is known; nothing is sent before."""
        self._client = client
        self._system_id = system_id
        self._back_off = BackOff(client.url)
        self.state: Latest[VehicleState] = Latest()
        self.health: Latest[Health] = Latest()

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop."""
        while not stop.is_set():
            wait_s = 0.0
            if state := self.state.take(timeout_s=0.25):
                wait_s = self._send(state.system_id, "state", _STATE.dump_json(state))
            # Health comes every ten seconds only: it is taken when it can be sent.
            system_id = None if wait_s else self._system_id()
            if system_id and (health := self.health.take(timeout_s=0)):
                wait_s = self._send(system_id, "health", _HEALTH.dump_json(health))
            if wait_s:
                stop.wait(wait_s)
        self._client.close()

    def _send(self, system_id: int, what: str, body: bytes) -> float:
        """Seconds to wait before the next one."""
        path = f"/api/v1/vehicles/{system_id}/{what}"
        try:
            answer = self._client.send("POST", path, body, "application/json")
        except (LinkTimeout, LinkClosed) as error:
            return self._back_off.failed(str(error))
        if not answer.stored:
            return self._back_off.failed(_complaint(self._client, answer))
        self._back_off.succeeded()
        return 0.0


def _complaint(client: GroundClient, answer: Answer) -> str:
    if answer.status in _KEY_REFUSED:
        return f"{client.url} refuses our key, see [onboard.uplink.http] key: {answer.words}"
    return f"{client.url} answers {answer.status}: {answer.words}"
