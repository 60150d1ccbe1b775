"""Identifiers made where a record is born: UUID version 7 (RFC 9562, section 5.7).

Python 3.11's uuid module has no version 7. Time and entropy are arguments, so that a replayed
flight gives its hotspots the ids they had.
"""

from uuid import UUID


def uuid7(unix_ms: int, entropy: bytes) -> UUID:
    """UUIDv7 from milliseconds since 1970 and ten bytes, of which 74 bits are used."""
    if not 0 <= unix_ms < 1 << 48:
        raise ValueError(f"time {unix_ms} ms does not fit the 48 bits of a UUIDv7")
    if len(entropy) != 10:
        raise ValueError(f"a UUIDv7 takes 10 bytes of entropy, not {len(entropy)}")
    bits = int.from_bytes(entropy, "big")
    rand_a, rand_b = (bits >> 62) & 0xFFF, bits & ((1 << 62) - 1)
    return UUID(int=unix_ms << 80 | 7 << 76 | rand_a << 64 | 2 << 62 | rand_b)


def unix_ms_of(identifier: UUID) -> int:
    """The milliseconds since 1970 that a UUIDv7 carries."""
    return identifier.int >> 80
