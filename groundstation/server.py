"""Server and watchers in one task group: when one of them dies, the process ends and says why."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI

from firmware_bridge.errors import BridgeError, ConfigError, PortBusy
from groundstation.access.words import ACCESS
from groundstation.app import create_app
from groundstation.config import GroundSettings, TlsSettings
from groundstation.pauses import short_pauses
from groundstation.station import Station
from groundstation.store import codes
from groundstation.words import Language, say

AUTO_PORT_FIRST, AUTO_PORT_LAST = 8080, 8179
BACKLOG = 256
SHUTDOWN_S = 3
KEEP_ALIVE_S = 75
LOOPBACK = "127.0.0.1"
LANGUAGES: tuple[Language, ...] = ("ru", "en")

log = logging.getLogger(__name__)


class WatcherDied(BridgeError):
    """A loop that must run for ever has ended."""


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers, which end the process before we have cleaned up."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the command line."""
        yield


def bind(host: str, port: int | str) -> socket.socket:
    """A listening socket; `auto` takes the first free port from 8080 on.

    Raises PortBusy naming host and port.
    """
    ports = range(AUTO_PORT_FIRST, AUTO_PORT_LAST + 1) if port == "auto" else (int(port),)
    problem: OSError | None = None
    for number in ports:
        try:
            return _listen(host, number)
        except OSError as error:
            problem = error
    advice = "" if port == "auto" else "; --port auto takes the next free one"
    reason = problem.strerror if problem else "no port"
    raise PortBusy(f"cannot listen on {host}:{port}: {reason}{advice}") from problem


def _listen(host: str, port: int) -> socket.socket:
    family, kind, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    # asyncio switches Nagle's delay off only where the protocol is named: 40 ms an answer.
    listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def run_station(settings: GroundSettings) -> None:
    """Serve until SIGINT or SIGTERM; prints the address.

    Raises PortBusy, StoreBroken or WatcherDied.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_signal(settings))


async def _until_signal(settings: GroundSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    tls_context(settings.tls)
    app = create_app(settings)
    station: Station = app.state.station
    try:
        listener = bind(listening_host(station), settings.port)
    except PortBusy:
        station.close()
        raise
    with listener:
        address = _address(listener, settings)
        print(f"Kedrovka ground station: {address}", flush=True)
        if station.setup:
            print(welcome(station, address), flush=True)
        await serve(app, listener, stop)


def listening_host(station: Station) -> str:
    """The address to listen on; without an administrator this machine's own."""
    return LOOPBACK if station.restart_needed() else station.settings.host


def _address(listener: socket.socket, settings: GroundSettings) -> str:
    name: Any = listener.getsockname()
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    scheme = "https" if settings.tls.certificate else "http"
    return f"{scheme}://{host}:{name[1]}/"


def welcome(station: Station, address: str) -> str:
    """What the console says until there is an administrator; the code is a fresh one."""
    code = station.store.at_start(codes.issue_setup)
    link = f"{address}#/setup/{code}"
    lines = [say(ACCESS, "first_start", language, link=link, signs=code) for language in LANGUAGES]
    if wider := station.restart_needed():
        lines += [say(ACCESS, "loopback_only", language, host=wider) for language in LANGUAGES]
    return "\n".join(lines)


def tls_context(tls: TlsSettings) -> ssl.SSLContext | None:
    """The station's certificate, loaded; None without one. ConfigError when it cannot be."""
    if tls.certificate is None or tls.key is None:
        return None
    for name, file in (("certificate", tls.certificate), ("key", tls.key)):
        if not os.access(file, os.R_OK):
            raise ConfigError(f"[ground.tls] {name} = '{file}': cannot be read")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(tls.certificate, tls.key, password=_no_password)
    except (ssl.SSLError, OSError, ValueError) as error:
        files = f"certificate = '{tls.certificate}', key = '{tls.key}'"
        raise ConfigError(f"[ground.tls] {files}: {_why(error)}") from error
    return context


def _no_password() -> str:
    """OpenSSL would ask the terminal, and a service has none."""
    raise ValueError("the key is protected by a password; take it off")


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    known = {"KEY_VALUES_MISMATCH": "the key is not the certificate's"}
    return known.get(str(reason), str(reason or error))


async def serve(app: FastAPI, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serve until `stop` is set.

    Raises WatcherDied, naming the watcher, when one of the station's loops ends.
    """
    station: Station = app.state.station
    context = tls_context(station.settings.tls)
    config = uvicorn.Config(
        app,
        ssl_context_factory=None if context is None else lambda *_: context,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=SHUTDOWN_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        server_header=False,
    )
    server = Server(config)
    died: list[WatcherDied] = []
    try:
        with short_pauses():
            async with asyncio.TaskGroup() as group:
                for name, loop in station.watches().items():
                    task = group.create_task(_watch(name, loop, died, stop), name=name)
                    station.watchers[name] = task
                serving = group.create_task(server.serve(sockets=[listener]))
                serving.add_done_callback(lambda _: stop.set())
                await stop.wait()
                station.live.close()
                server.should_exit = True
                await serving
                for task in station.watchers.values():
                    task.cancel()
    finally:
        station.close()
    if died:
        raise died[0]


async def _watch(
    name: str, loop: Callable[[], Awaitable[None]], died: list[WatcherDied], stop: asyncio.Event
) -> None:
    """Run one loop; its end, however it comes, stops the server."""
    try:
        await loop()
    except Exception as error:
        log.exception("%s died", name)
        died.append(WatcherDied(f"{name} died: {type(error).__name__}: {error}"))
    except asyncio.CancelledError:
        if not stop.is_set():
            died.append(WatcherDied(f"{name} died: it was cancelled"))
        raise
    else:
        died.append(WatcherDied(f"{name} died: it ended by itself"))
    finally:
        stop.set()
