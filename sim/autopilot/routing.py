"""Who hears what when several links meet at one autopilot, as ArduPilot routes.

Rules from ArduPilot's MAVLink_routing.cpp, confirmed by recordings: every (system, component) is
learnt on the link it was heard on; a broadcast goes to every other link on which somebody is
known; an addressed message goes where its target was learnt; what is meant for a component of
this vehicle that nobody knows is taken by the autopilot. RADIO, RADIO_STATUS and ADSB_VEHICLE are
never passed on, nor is a message id the firmware does not know.
"""

from dataclasses import dataclass

from sim.autopilot.messages import Message

HEARTBEAT = 0
ROUTES_AT_MOST = 20
"""MAVLINK_MAX_ROUTES: later senders are not learnt."""
NEVER_FORWARDED = frozenset({109, 166, 246})
"""RADIO_STATUS, RADIO, ADSB_VEHICLE."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Where one message goes."""

    for_us: bool
    links: tuple[int, ...]


class Router:
    """Learns where everybody is."""

    def __init__(self, system_id: int, component_id: int = 1) -> None:
        self._own = (system_id, component_id)
        self._routes: dict[tuple[int, int], set[int]] = {}

    @property
    def size(self) -> int:
        """Routes that are known: a sender on two links counts twice."""
        return sum(map(len, self._routes.values()))

    def forget_link(self, link: int) -> None:
        """The client is gone."""
        for links in self._routes.values():
            links.discard(link)
        self._routes = {sender: links for sender, links in self._routes.items() if links}

    def decide(self, message: Message, link: int) -> Decision:
        """Learns the sender and says who gets the message."""
        sender = (message.get_srcSystem(), message.get_srcComponent())
        if sender == self._own:
            return Decision(for_us=False, links=())
        if sender[0] != 0 and (link in self._routes.get(sender, ()) or self.size < ROUTES_AT_MOST):
            self._routes.setdefault(sender, set()).add(link)
        number = message.get_msgId()
        if number in NEVER_FORWARDED or message.get_type().startswith("UNKNOWN_"):
            return Decision(for_us=True, links=())
        if number == HEARTBEAT:
            others = self._links_of_all() - self._routes.get(sender, set())
            return Decision(for_us=True, links=tuple(sorted(others)))
        return self._route(getattr(message, "target_system", 0), _component(message), link)

    def _route(self, system: int, component: int, link: int) -> Decision:
        match_system = system in (0, self._own[0])
        for_us = match_system and component in (0, self._own[1])
        if for_us and system != 0 and component != 0:
            return Decision(for_us=True, links=())
        links = {
            where
            for (known_system, known_component), known in self._routes.items()
            for where in known
            if where != link
            and (
                system == 0
                or (
                    system == known_system
                    and (component in (0, known_component) or not match_system)
                )
            )
        }
        if not links and match_system:
            for_us = True
        return Decision(for_us=for_us, links=tuple(sorted(links)))

    def _links_of_all(self) -> set[int]:
        return set().union(*self._routes.values())


def _component(message: Message) -> int:
    return int(getattr(message, "target_component", 0))
