"""HTTP/1.1 to the ground station: one kept connection, a deadline on everything."""

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from firmware_bridge.errors import ConfigError, LinkClosed, LinkTimeout

_MOST_WORDS_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """What the ground said."""

    status: int
    words: str
    """Beginning of the body in one line."""

    @property
    def stored(self) -> bool:
        """2xx: on the ground's disk."""
        return 200 <= self.status < 300


class GroundClient:
    """A client of the ground's REST; for one thread."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        timeout_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`url` is the ground's root, http or https; raises ConfigError for anything else."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise ConfigError(f"ground url {url!r}: {error}") from error
        if parts.scheme not in _CONNECTIONS or not host:
            raise ConfigError(f"ground url {url!r}: must look like http://host:port")
        self.url = url
        self.answered_s: float | None = None
        """When the ground last said 2xx, on `clock`."""
        self._root = parts.path.rstrip("/")
        self._timeout_s = timeout_s
        self._clock = clock
        self._headers = {"Accept-Language": "en"}  # refusals go into the log
        self._headers |= {"Authorization": f"Bearer {key}"} if key else {}
        connection = _CONNECTIONS[parts.scheme]
        self._connection = connection(host, port, timeout=timeout_s)

    def send(self, method: str, path: str, body: bytes, content_type: str) -> Answer:
        """One request and its answer; raises LinkTimeout or LinkClosed naming the ground."""
        kept = self._connection.sock is not None
        try:
            try:
                answer = self._exchange(method, path, body, content_type)
            except (http.client.RemoteDisconnected, ConnectionError):
                # A server may close a kept connection at any time; every request is idempotent.
                if not kept:
                    raise
                self.close()
                answer = self._exchange(method, path, body, content_type)
        except TimeoutError as error:
            self.close()
            raise LinkTimeout(f"{self.url}: no answer within {self._timeout_s:g} s") from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise LinkClosed(f"{self.url}: {error or type(error).__name__}") from error
        if answer.stored:
            self.answered_s = self._clock()
        return answer

    def close(self) -> None:
        """Drop the connection; the next request opens another."""
        self._connection.close()

    def _exchange(self, method: str, path: str, body: bytes, content_type: str) -> Answer:
        deadline_s = self._clock() + self._timeout_s
        headers = self._headers | {"Content-Type": content_type}
        self._hurry(deadline_s)  # a kept connection still has what was left of the last one's time
        self._connection.request(method, self._root + path, body, headers)
        self._hurry(deadline_s)
        response = self._connection.getresponse()
        words = b""
        while len(words) < _MOST_WORDS_BYTES and response.length != 0:
            self._hurry(deadline_s)
            chunk = response.read1(_MOST_WORDS_BYTES)
            if not chunk:
                break
            words += chunk
        if response.length == 0:
            response.close()  # read to its end, so the connection can be kept
        elif not response.isclosed():
            self.close()  # more than anybody reads: a new connection is cheaper
        return Answer(response.status, " ".join(words.decode("utf-8", "replace").split())[:300])

    def _hurry(self, deadline_s: float) -> None:
        remaining_s = deadline_s - self._clock()
        if remaining_s <= 0:
            raise TimeoutError
        if self._connection.sock is not None:
            self._connection.sock.settimeout(remaining_s)


_CONNECTIONS: dict[str, type[http.client.HTTPConnection]] = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}
