"""A reader of the frame stream that knows only docs/wires.md."""

import json
import socket
import struct
import zlib

DEADLINE_S = 10.0


def exactly(end: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = end.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def read_record(end: socket.socket):
    magic, header_size, payload_size = struct.unpack("<4sII", exactly(end, 12))
    assert magic == b"KFS1"
    body = exactly(end, header_size + payload_size)
    (crc,) = struct.unpack("<I", exactly(end, 4))
    assert zlib.crc32(body) == crc
    return json.loads(body[:header_size]), body[header_size:]


def connect(url: str) -> socket.socket:
    host, port = url.removeprefix("stream:").removeprefix("tcp:").split(":")
    return socket.create_connection((host, int(port)), timeout=DEADLINE_S)
