"""Who was let in lately: while the database is away the dock and the live map go on for them."""

import time
from collections import OrderedDict
from collections.abc import Callable

from groundstation.store.sessions import Session

MOST = 1000
LONGEST_S = 3600.0
PATIENCE_S = 3.0
"""How long somebody who was let in lately waits for a database that does not answer."""


class Remembered:
    """Sessions by their token's hash, with the time they were last found in the database."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._found: OrderedDict[str, tuple[float, Session]] = OrderedDict()

    def put(self, token_hash: str, session: Session) -> None:
        """The database knows it."""
        self._found[token_hash] = self._clock(), session
        self._found.move_to_end(token_hash)
        if len(self._found) > MOST:
            self._found.popitem(last=False)

    def get(self, token_hash: str) -> Session | None:
        """A session that was good within the last hour."""
        found_s, session = self._found.get(token_hash, (-LONGEST_S, None))
        return session if self._clock() - found_s < LONGEST_S else None

    def forget(self, token_hash: str) -> None:
        """The database does not know it, or it is over."""
        self._found.pop(token_hash, None)

    def clear(self) -> None:
        """Somebody signed out, or may not what they might."""
        self._found.clear()
