"""What the protocols of all families have in common: a conversation without I/O and clock.

The driver (`session.py`) writes `data_to_send()`, feeds what arrives to `receive()`, and calls
`poll()` after that and at the latest at `deadline_s`. It puts every byte on disk before
`receive()` sees it. A unit that waits for its ACK has it before `poll()` thinks about the packet.
"""

from dataclasses import dataclass
from typing import Protocol

from firmware_bridge.tracks import Contents, UnitIdentity


@dataclass(frozen=True, slots=True)
class Identified:
    """The unit said who it is."""

    unit: UnitIdentity


@dataclass(frozen=True, slots=True)
class Progress:
    """So much of one transfer is here."""

    kind: str
    """`track`, `waypoint`, `block`, ..."""
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class ChangeBaud:
    """The driver must now set the port to this rate, after everything queued has been written."""

    baud: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The conversation is over; nothing more will be sent.

    `complaint` is None when everything announced arrived; else it says in plain words what went
    wrong. What is whole is in `Conversation.contents()` either way.
    """

    complaint: str | None


Event = Identified | Progress | ChangeBaud | Finished


class Conversation(Protocol):
    """One exchange with a unit: identification, download, live, erase."""

    @property
    def deadline_s(self) -> float | None:
        """When `poll` must be called at the latest, monotonic; None after Finished."""
        ...

    def start(self, now_s: float) -> list[Event]:
        """Queue the first bytes."""
        ...

    def receive(self, data: bytes, now_s: float) -> None:
        """Bytes that arrived at `now_s`: queue the acknowledgement, no more."""
        ...

    def poll(self, now_s: float) -> list[Event]:
        """Go on with what arrived; without anything, when time has passed: repeat, give up."""
        ...

    def data_to_send(self) -> bytes:
        """Bytes to write now; forgotten here."""
        ...

    def cancel(self, now_s: float) -> list[Event]:
        """A person, or a pulled plug, ends it: say the unit's own goodbye where there is one."""
        ...

    def contents(self) -> Contents:
        """Everything whole so far; may be called at any time."""
        ...
