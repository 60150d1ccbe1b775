"""Which photographs an account sees, and whether with what they say of themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from groundstation.access.account import Account
from groundstation.access.redact import Sensitive, may_see_way, seen_observation
from groundstation.records.observation import Observation
from groundstation.records.photograph import Photograph
from groundstation.store import observation_lists, observations, raids


@dataclass(frozen=True, slots=True)
class Sight:
    """A photograph as somebody may see it."""

    photograph: Photograph
    """Without its place where that is not theirs to know."""
    whole: bool
    """False: its bytes are given out stripped of metadata."""


def seen(
    connection: Connection, found: Sequence[Photograph], account: Account
) -> list[Sight | None]:
    """As the account may see each of them; None: not at all."""
    rules = observations.rules(connection).sensitive
    of = {p.observation_id for p in found if p.observation_id is not None}
    told = {one: observations.get(connection, one) for one in of}
    in_scope = {one: observation_lists.visible(connection, one, account) for one in of}
    whose = {p.raid_id for p in found if p.raid_id is not None}
    in_scope |= {one: raids.visible(connection, one, account) for one in whose}
    return [_sight(p, told, in_scope, rules, account) for p in found]


def _sight(
    photograph: Photograph,
    told: Mapping[UUID, Observation | None],
    in_scope: Mapping[UUID, bool],
    rules: Sensitive,
    account: Account,
) -> Sight | None:
    belongs = photograph.observation_id, photograph.raid_id
    if not all(in_scope[one] for one in belongs if one is not None):
        return None
    whole = may_see_way(account)
    of = photograph.observation_id
    observation = told[of] if of is not None else None
    if observation is not None:
        view = seen_observation(observation, rules, account)
        if view is None or view.attributes != observation.attributes:
            return None  # what is withheld in words is withheld in pictures
        whole = view == observation
    if whole:
        return Sight(photograph, True)
    extras = {k: v for k, v in photograph.extras.items() if k != "camera"}
    return Sight(replace(photograph, lat_deg=None, lon_deg=None, extras=extras), False)
