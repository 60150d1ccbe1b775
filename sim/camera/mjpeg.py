"""Visible frames as motion JPEG over HTTP: browsers, ffmpeg, OpenCV and onboard's `http:` camera
open it as they open an IP camera.

A multipart/x-mixed-replace answer (the form Netscape gave it in 1995, never standardised) whose
parts are whole JPEGs. Whatever is asked for, the answer is the stream.
"""

import socket

import cv2
import numpy as np
from numpy.typing import NDArray

from firmware_bridge.errors import ProtocolError

BOUNDARY = b"kedrovka-frame"
REQUEST_AT_MOST = 8192
QUALITY = 85
ANSWER = (
    b"HTTP/1.0 200 OK\r\nConnection: close\r\nCache-Control: no-store\r\n"
    b"Content-Type: multipart/x-mixed-replace; boundary=" + BOUNDARY + b"\r\n\r\n"
)
REFUSAL = b"HTTP/1.0 405 Method Not Allowed\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n"


def part(picture: NDArray[np.uint8]) -> bytes:
    """One frame of the stream from (H, W, 3) BGR."""
    _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    head = b"--%b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
    return head % (BOUNDARY, jpeg.size) + jpeg.tobytes() + b"\r\n"


def greet(client: socket.socket) -> None:
    """Read the request and answer it; raises ProtocolError for what is none. The socket's own
    timeout bounds the wait."""
    request = b""
    while b"\r\n\r\n" not in request:
        piece = client.recv(REQUEST_AT_MOST)
        request += piece
        if not piece or len(request) > REQUEST_AT_MOST:
            raise ProtocolError(f"{request[:40]!r} is no HTTP request")
    if not request.startswith(b"GET "):
        client.sendall(REFUSAL)
        raise ProtocolError(f"{request.split(b' ', 1)[0]!r} is not GET")
    client.sendall(ANSWER)
