"""Two bits a point, kept beside a raid's track."""

import numpy as np
import pytest

from groundstation.store.counted import pack_counted, unpack_counted


@pytest.mark.parametrize("points", [0, 1, 7, 8, 9, 1000])
def test_comes_back_point_for_point(points: int) -> None:
    rng = np.random.default_rng(points)
    on_way, counted = rng.random((2, points)) < 0.5
    back = unpack_counted(pack_counted(on_way, counted), points)
    assert back[0].tolist() == on_way.tolist()
    assert back[1].tolist() == counted.tolist()


def test_layout_is_highest_bit_first() -> None:
    on_way = np.array([True, True, True, False, True, True, True, True, True])
    counted = np.array([False, True, False, False, True, True, True, True, False])
    assert pack_counted(on_way, counted).hex() == "ef804f00"


def test_bits_of_another_track_are_refused() -> None:
    with pytest.raises(ValueError, match="4 bytes for 17 points, 6 expected"):
        unpack_counted(b"\0" * 4, 17)
