"""Passwords: what is good enough, and argon2id, at most a few at a time.

Source: RFC 9106; parameters are argon2-cffi's, the RFC's second choice (64 MiB, 3 passes).
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from groundstation.access.words import ACCESS
from groundstation.words import Refusal

T = TypeVar("T")
SHORTEST, LONGEST = 10, 500
AT_ONCE = 2
"""Each takes 64 MiB."""
WAITING = 16
"""More have to come back later."""
NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$/Z4IQg0vtdXH6Q4IKk7C2g"
    "$NiG1mIyEk9sxo7Rxx+D9hrjjFpbBK2mlnDVuYsmPvvQ"
)
"""Of a random text nobody kept: looked at for unknown logins, which must take as long as others."""


def check_password(password: str, login: str) -> None:
    """Refusal of one that is guessed too easily."""
    if len(password) < SHORTEST:
        raise Refusal(ACCESS, "password_short", shortest=SHORTEST)
    if len(password) > LONGEST:
        raise Refusal(ACCESS, "password_long", longest=LONGEST)
    if password.casefold() == login.casefold() or len(set(password)) < 4:
        raise Refusal(ACCESS, "password_easy")


class Passwords:
    """argon2id beside the server's loop."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """To be stored; Refusal when too many wait."""
        return await self._in_turn(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether it is the one; None takes as long as any other. Refusal when too many wait."""
        same = await self._in_turn(self._same, stored or NOBODY, password)
        return same and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether it was hashed with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _same(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_turn(self, work: Callable[..., T], *arguments: str) -> T:
        if self._waiting >= WAITING:
            raise Refusal(ACCESS, "busy", 503)
        self._waiting += 1
        try:
            async with self._gate:
                return await asyncio.to_thread(work, *arguments)
        finally:
            self._waiting -= 1
