"""What the parts of the autopilot that talk give back: messages, and the link each is for."""

from typing import TypeAlias

from sim.autopilot.messages import Message

EVERYBODY = -1
"""In place of a link: every link there is."""
Outgoing: TypeAlias = list[tuple[int, Message]]
"""In the order in which they go out."""
