"""UUIDv7 against RFC 9562's own test vector (appendix A.6)."""

from uuid import UUID

import pytest

from firmware_bridge.identity import unix_ms_of, uuid7


def test_the_vector_of_the_rfc() -> None:
    # Time 0x017F22E279B0, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
    bits = 0xCC3 << 62 | 0x18C4DC0C0C07398F
    identifier = uuid7(0x017F22E279B0, bits.to_bytes(10, "big"))
    assert identifier == UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")
    assert (identifier.version, unix_ms_of(identifier)) == (7, 0x017F22E279B0)


def test_ids_sort_by_birth() -> None:
    assert uuid7(1000, b"\xff" * 10) < uuid7(1001, b"\x00" * 10)


@pytest.mark.parametrize(("ms", "entropy"), [(-1, bytes(10)), (1 << 48, bytes(10)), (0, bytes(9))])
def test_what_does_not_fit_is_refused(ms: int, entropy: bytes) -> None:
    with pytest.raises(ValueError, match=r"48 bits|10 bytes"):
        uuid7(ms, entropy)
