"""Where the records behind a number are: on the page's own address, or on a full one in a PDF."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode
from uuid import UUID


def records(page: str, **query: object) -> str:
    """`#/page?from=..`; what is None is left out, and `from_` stands for `from`."""
    given: Mapping[str, str] = {
        key.rstrip("_"): str(value) for key, value in query.items() if value is not None
    }
    return f"#/{page}" + (f"?{urlencode(given, quote_via=quote)}" if given else "")


def raid(raid_id: UUID) -> str:
    """The raid's own page."""
    return f"#/raid/{raid_id}"


def count(count_id: UUID) -> str:
    """The board of a winter count."""
    return f"#/count/{count_id}"
