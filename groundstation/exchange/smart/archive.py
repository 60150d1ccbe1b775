"""A ZIP of patrols with what is attached to them: NAME.xml and attachments/FILE.

Everything a stranger's archive may try is refused by name before a byte of it is unpacked, and
no member is ever written under the name it gives itself: its bytes go to whoever keeps them.
"""

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from groundstation.exchange.words import REFUSALS
from groundstation.words import Refusal

MAX_MEMBERS = 10_000
MAX_TOTAL_BYTES = 1 << 30
MAX_MEMBER_BYTES = 64 << 20
MAX_RATIO = 200
"""Of a member above a MiB; XML with tracks in hexadecimal packs to a third, blanks to a
hundredth."""
_RATIO_FROM_BYTES = 1 << 20
_CHUNK = 1 << 20
_ENCRYPTED = 1
FOLDER = "attachments/"


def is_zip(head: bytes) -> bool:
    """Whether a file that begins so is an archive, an empty one included."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside."""

    name: str
    size: int


class Archive:
    """An opened archive whose table of contents has been found harmless."""

    def __init__(self, raw: bytes, name: str) -> None:
        """Raises Refusal for what is no archive, or a hostile one."""
        self._name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(raw))
        except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError) as error:
            raise Refusal(REFUSALS, "bad_archive", name=name, why=error) from error
        self._infos = [info for info in self._zip.infolist() if not info.is_dir()]
        self._check()
        self.members = [Member(info.filename, info.file_size) for info in self._infos]

    def _check(self) -> None:
        if len(self._infos) > MAX_MEMBERS:
            self._refuse("archive_too_many", limit=MAX_MEMBERS)
        if sum(info.file_size for info in self._infos) > MAX_TOTAL_BYTES:
            self._refuse("archive_bomb", member="*", limit_mb=MAX_TOTAL_BYTES >> 20)
        seen: set[str] = set()
        for info in self._infos:
            self._check_one(info)
            folded = info.filename.casefold()
            if folded in seen:
                self._refuse("archive_twice", member=info.filename)
            seen.add(folded)

    def _check_one(self, info: zipfile.ZipInfo) -> None:
        member = info.filename[:200]
        parts = member.replace("\\", "/").split("/")
        if member.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in member:
            self._refuse("archive_path", member=member)
        if stat.S_ISLNK(info.external_attr >> 16):
            self._refuse("archive_link", member=member)
        if info.flag_bits & _ENCRYPTED:
            self._refuse("archive_encrypted", member=member)
        if info.file_size > MAX_MEMBER_BYTES:
            self._refuse("archive_bomb", member=member, limit_mb=MAX_MEMBER_BYTES >> 20)
        ratio = info.file_size / max(1, info.compress_size)
        if info.file_size > _RATIO_FROM_BYTES and ratio > MAX_RATIO:
            self._refuse("archive_ratio", member=member, limit=MAX_RATIO)

    def _refuse(self, code: str, **values: Any) -> None:
        raise Refusal(REFUSALS, code, name=self._name, **values)

    def read(self, name: str) -> bytes:
        """A member's bytes, never more than it announced. Raises Refusal when it is damaged."""
        info = next(info for info in self._infos if info.filename == name)
        parts: list[bytes] = []
        have = 0
        try:
            with self._zip.open(info) as file:
                while chunk := file.read(_CHUNK):
                    have += len(chunk)
                    if have > info.file_size:
                        self._refuse("archive_bomb", member=name, limit_mb=info.file_size >> 20)
                    parts.append(chunk)
        except (
            zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError,
            NotImplementedError, RuntimeError,
        ) as error:  # fmt: skip
            raise Refusal(
                REFUSALS, "bad_member", name=self._name, member=name, why=error
            ) from error
        return b"".join(parts)

    def documents(self) -> Iterator[str]:
        """Names of the XML files outside `attachments/`."""
        for member in self.members:
            if member.name.lower().endswith(".xml") and FOLDER not in member.name:
                yield member.name

    def attachment(self, document: str, name: str) -> str | None:
        """The member that a document of this archive calls so; None: it is not here.

        Beside the document first: archives of several patrols keep a folder for each.
        """
        wanted = name.replace("\\", "/").rpartition("/")[2]
        folder = document.rpartition("/")[0]
        places = [f"{folder}/{FOLDER}{wanted}".lstrip("/"), f"{FOLDER}{wanted}"]
        names = {member.name for member in self.members}
        return next((place for place in places if place in names), None)


def free_names(names: Sequence[str]) -> list[str]:
    """The names, later ones of the same made different: `a.jpg`, `a-2.jpg`."""
    taken: set[str] = set()
    free: list[str] = []
    for name in names:
        plain = name.replace("\\", "/").rpartition("/")[2] or "file"
        stem, dot, suffix = plain.rpartition(".")
        stem, tail = (stem, dot + suffix) if stem else (plain, "")
        number, chosen = 1, plain
        while chosen.casefold() in taken:
            number += 1
            chosen = f"{stem}-{number}{tail}"
        taken.add(chosen.casefold())
        free.append(chosen)
    return free
