"""A ground station's HTTP end out of the standard library: records requests, answers as told."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    peer: tuple[str, int]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answerer = Callable[[Request], tuple[int, str]]


@dataclass
class Ground:
    """A server on a free port (or a given one) of the loopback."""

    answer: Answerer = lambda request: (201 if request.path.endswith("hotspots") else 204, "")
    port: int = 0
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> "Ground":
        ground = self
        self.arrived = threading.Condition()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = Request(
                    self.command, self.path, dict(self.headers), body, self.client_address
                )
                status, words = ground.answer(request)
                self.send_response(status)
                if status != 204:
                    self.send_header("Content-Length", str(len(words)))
                self.end_headers()
                if status != 204:
                    self.wfile.write(words.encode())
                with ground.arrived:
                    ground.requests.append(request)
                    ground.arrived.notify_all()

            do_POST = do_PUT = handle_any

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_for(
        self, condition: Callable[[list[Request]], bool], timeout_s: float = 10.0
    ) -> list[Request]:
        """The requests once `condition` holds for them; fails after the deadline."""
        deadline_s = time.monotonic() + timeout_s
        with self.arrived:
            while not condition(self.requests):
                remaining_s = deadline_s - time.monotonic()
                assert remaining_s > 0, f"only {[(r.method, r.path) for r in self.requests]}"
                self.arrived.wait(remaining_s)
            return list(self.requests)
