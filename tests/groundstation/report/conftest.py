"""Databases of the records' own tests, and a desk without terrain."""

import pytest

from groundstation.report.drawing import Desk
from tests.groundstation.records.conftest import books, both_books, empty_book

__all__ = ["books", "both_books", "empty_book"]


@pytest.fixture
def desk() -> Desk:
    """Russian, no terrain, no photographs."""
    return Desk("ru", None, lambda sha256: None)
