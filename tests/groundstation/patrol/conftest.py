"""Empty databases to file into."""

from tests.groundstation.records.conftest import books, both_books, empty_book

__all__ = ["books", "both_books", "empty_book"]
