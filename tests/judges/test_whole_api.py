"""Many more examples of every operation of the API than `make test` has the time for."""

from typing import Any

import httpx

from tests.groundstation.conftest import run_station
from tests.groundstation.test_whole_api import Marked, fuzz, whole

__all__ = ["run_station", "whole"]
EXAMPLES = 30


def test_whatever_the_document_allows_is_answered_and_leaks_nothing(
    whole: tuple[Any, Marked, dict[str, httpx.Client]],  # a fixture
) -> None:
    fuzz(whole, EXAMPLES)
