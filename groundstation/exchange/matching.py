"""Observations of a newer file beside those that an older one brought."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from groundstation.records.observation import Observation


@dataclass(frozen=True, slots=True)
class Matched:
    """What is to be done."""

    to_file: Sequence[Observation]
    """New ones, and next revisions of stored ones; in the order of the file."""
    gone: Sequence[Observation]
    """Stored, and not in the file."""
    stored_as: dict[UUID, UUID]
    """Id in the file -> id of the stored one it is."""


def matched(came: Sequence[Observation], stored: Sequence[Observation]) -> Matched:
    """Those of one stop, group and category are the same: first of those that say the same."""
    free: dict[tuple[object, ...], list[Observation]] = {}
    for observation in stored:
        free.setdefault(_stop(observation), []).append(observation)
    stored_as: dict[UUID, UUID] = {}
    for observation in came:
        beside = free.get(_stop(observation), [])
        known = next((one for one in beside if says_the_same(observation, one)), None)
        if known is not None:
            beside.remove(known)
            stored_as[observation.observation_id] = known.observation_id
    to_file = []
    for observation in came:
        beside = free.get(_stop(observation), [])
        if observation.observation_id in stored_as:
            continue
        if beside:
            known = beside.pop(0)
            stored_as[observation.observation_id] = known.observation_id
            to_file.append(next_of(observation, known))
        else:
            to_file.append(observation)
    return Matched(to_file, [one for left in free.values() for one in left], stored_as)


def says_the_same(came: Observation, stored: Observation) -> bool:
    """Whether to file it would change nothing."""
    next_one = next_of(came, stored)
    return replace(next_one, revision=stored.revision, flaws=stored.flaws) == stored


def next_of(came: Observation, stored: Observation) -> Observation:
    """As the next revision of a stored one, with what no file says and only the station knows."""
    apart = came.raid_id is None
    return replace(
        came,
        observation_id=stored.observation_id,
        revision=stored.revision + 1,
        raid_id=stored.raid_id if apart else came.raid_id,
        leg=stored.leg if apart else came.leg,
        group=stored.group if apart else came.group,
        accuracy_m=stored.accuracy_m if came.accuracy_m is None else came.accuracy_m,
        docked=stored.docked,
        site_id=stored.site_id,
    )


def _stop(observation: Observation) -> tuple[object, ...]:
    o = observation
    return o.leg, o.waypoint, o.group, o.category
