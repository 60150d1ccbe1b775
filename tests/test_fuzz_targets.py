"""The fuzzer's targets: their seeds pass, and so does what once broke one of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_whole_and_cut(name: str) -> None:
    target = TARGETS[name]
    for seed in target.seeds:
        for end in (0, 1, len(seed) // 2, len(seed) - 1, len(seed)):
            target.run(seed[:end])


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_with_any_bytes_between(name: str) -> None:
    target = TARGETS[name]

    @settings(max_examples=15, deadline=None)
    @given(st.sampled_from(target.seeds), st.binary(max_size=300), st.sampled_from(target.seeds))
    def survives(head: bytes, middle: bytes, tail: bytes) -> None:
        target.run(head + middle + tail)

    survives()
