"""The file of a backup: a tar in age's encryption, closed by a list of what it holds and a seal.

    age file (X25519 recipient, ChaCha20-Poly1305 in pieces of 64 KiB)
      tar
        database.sqlite
        photographs/..., imports/..., captures/...
        manifest.json    what the station says of it; "files": {name: sha256 of its bytes}
        seal             HMAC-SHA256 of manifest.json, keyed by the station's secret key

age proves that nobody changed the file, the seal that this station made it: for that the public
half of the key, which is all that encrypting needs, is not enough.

Source: age-encryption.org/v1 (C2SP); RFC 2104.
"""

import contextlib
import hashlib
import hmac
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pyrage
from pyrage.x25519 import Identity

from firmware_bridge.errors import BridgeError

MANIFEST, SEAL = "manifest.json", "seal"
MAX_MANIFEST = 512 * 2**20
PIECE = 1 << 20
Sink = Callable[[str], IO[bytes] | None]
"""Gets a member's name; where its bytes go, None: they are only looked at."""


class BackupBroken(BridgeError):
    """A backup that cannot be made or is not what it should be."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    about: Mapping[str, Any]
    files: Mapping[str, str]
    """Name -> sha256."""


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sum.update(data)
        return data


def write(
    path: Path, identity: Identity, members: Iterator[tuple[str, Path]], about: Mapping[str, Any]
) -> None:
    """Encrypt the members into `path`, which is on disk when this returns; raises OSError."""

    def fill(pipe: IO[bytes]) -> None:
        files: dict[str, str] = {}
        with tarfile.open(fileobj=pipe, mode="w|") as tar:
            for name, source in members:
                with source.open("rb") as file:
                    hashed = _Hashed(file)
                    # A file that grows meanwhile is copied as long as it was.
                    tar.addfile(_entry(name, os.fstat(file.fileno()).st_size), hashed)
                    files[name] = hashed.sum.hexdigest()
            said = json.dumps({"about": dict(about), "files": files}, ensure_ascii=False).encode()
            for name, data in ((MANIFEST, said), (SEAL, _seal(identity, said))):
                tar.addfile(_entry(name, len(data)), BytesIO(data))

    with path.open("xb") as out, _piped_from(fill) as pipe:
        pyrage.encrypt_io(pipe, out, [identity.to_public()])
        out.flush()
        os.fsync(out.fileno())


def read(path: Path, identity: Identity, sink: Sink) -> Manifest:
    """Decrypt `path` into the sinks and check every byte of it.

    Raises BackupBroken: another key's, changed, cut short, or not sealed by this station. What
    went into the sinks until then is worth nothing.
    """

    def fill(pipe: IO[bytes]) -> None:
        with path.open("rb") as file:
            pyrage.decrypt_io(file, pipe, [identity])

    found: dict[str, str] = {}
    closing: dict[str, bytes] = {}
    try:
        with _piped_from(fill) as pipe, tarfile.open(fileobj=pipe, mode="r|") as tar:
            for member in tar:
                data = tar.extractfile(member)
                if data is None or member.name in found or member.name in closing:
                    raise BackupBroken(f"{path}: holds {member.name!r:.100} that it should not")
                if member.name in (MANIFEST, SEAL):
                    closing[member.name] = data.read(MAX_MANIFEST)
                else:
                    found[member.name] = _copy(data, sink(member.name))
    except pyrage.DecryptError as error:
        other = "No matching keys" in str(error)
        why = "was not made with this key" if other else f"damaged or cut short: {error}"
        raise BackupBroken(f"{path}: {why}") from error
    except tarfile.TarError as error:
        raise BackupBroken(f"{path}: damaged or cut short: {error}") from error
    except OSError as error:
        # age's own complaints come without a number, the disk's with one.
        if error.errno is not None:
            raise
        raise BackupBroken(f"{path}: damaged or cut short: {error}") from error
    said, seal = closing.get(MANIFEST), closing.get(SEAL, b"")
    if said is None or not hmac.compare_digest(_seal(identity, said), seal):
        raise BackupBroken(f"{path}: not sealed by this station")
    manifest = json.loads(said)
    if manifest["files"] != found:
        raise BackupBroken(f"{path}: does not hold what it lists")
    return Manifest(manifest["about"], found)


def _seal(identity: Identity, said: bytes) -> bytes:
    return hmac.digest(str(identity).encode(), said, "sha256").hex().encode()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    return entry


def _copy(data: IO[bytes], out: IO[bytes] | None) -> str:
    digest = hashlib.sha256()
    with out or contextlib.nullcontext():
        while piece := data.read(PIECE):
            digest.update(piece)
            if out is not None:
                out.write(piece)
    return digest.hexdigest()


@contextlib.contextmanager
def _piped_from(fill: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """The reading end of a pipe that `fill` writes in a thread; raises what `fill` raised."""
    reading, writing = os.pipe()
    problems: list[BaseException] = []

    def run() -> None:
        try:
            with os.fdopen(writing, "wb", PIECE) as pipe:
                fill(pipe)
        except BaseException as error:
            problems.append(error)

    thread = threading.Thread(target=run, name="backup")
    thread.start()
    gave_up = False
    try:
        with os.fdopen(reading, "rb", PIECE) as pipe:
            try:
                yield pipe
                while pipe.read(PIECE):  # the padding behind a tar's end
                    pass
            except BaseException:
                gave_up = True
                raise
    except BaseException as error:
        thread.join()
        cause = next((p for p in problems if not isinstance(p, BrokenPipeError)), None)
        raise cause or error from error
    thread.join()
    if problems and not gave_up:
        raise problems[0]
