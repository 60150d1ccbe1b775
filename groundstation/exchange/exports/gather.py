"""Raids as they leave: one after the other, each as the account may see it.

Which raids, is the scope's business; what of them, `access.redact`'s. Two accounts may differ:
whoever prepares a file for the public chooses from what they see, and the file shows what a guest
would. Ways are those of docked units and files only: where a vehicle or a ranger is right now is
in no export. Withdrawn records stay here.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from uuid import UUID

from sqlalchemy import Connection, select

from groundstation.access.account import Account
from groundstation.access.redact import (
    Sensitive,
    is_sensitive,
    may_see_way,
    seen_observation,
    seen_raid,
    seen_totals,
    sensitive,
)
from groundstation.access.roles import May, Role, Scope
from groundstation.exchange.exports.names import Names, category_names, item_names
from groundstation.records.observation import Observation
from groundstation.records.raid import Raid, RaidTotals
from groundstation.records.site import Site
from groundstation.store import (
    models,
    observations,
    people,
    raid_ways,
    raids,
    sites,
    terms,
)
from groundstation.store.raid_lines import RaidFilter, find_ids
from groundstation.store.raid_ways import WayPart
from groundstation.store.tables import observations as observation_rows
from groundstation.store.tables import routes as route_rows
from groundstation.words import Language

AT_ONCE = 50
"""Raids whose legs are read together."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which raids."""

    first: date | None = None
    """Those that end on that day or later."""
    last: date | None = None
    """Those that begin on that day or before."""
    raid_id: UUID | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Leaving:
    """A raid with what hangs on it, or (without a raid) what was observed outside of any."""

    raid: Raid | None
    totals: RaidTotals | None
    observations: Sequence[Observation]
    parts: Sequence[WayPart] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A planned walk of the winter count."""

    number: str
    name: str
    team: str | None
    planned_m: float
    line: Sequence[tuple[float, float]]
    """Longitude and latitude, degrees."""


@dataclass(slots=True)
class Written:
    """What a file holds in the end."""

    raids: int = 0
    observations: int = 0
    points: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    """Code of `words.LINES`, or a ready sentence, -> how many."""

    def leave_out(self, code: str) -> None:
        """One more thing that is not in it."""
        self.left_out[code] += 1


@dataclass(slots=True)
class Gathering:
    """Reads from a snapshot; counts what is sensitive on the way."""

    connection: Connection
    account: Account
    """Whose scope."""
    seen_as: Account
    """Whose eyes."""
    wanted: Wanted
    zone: tzinfo
    """Of the station's wall clock."""
    sensitive: int = 0
    """Observations and ways given out that are written into the audit log."""
    withheld: int = 0
    rules: Sensitive = field(init=False)

    def __post_init__(self) -> None:
        self.rules = sensitive(models.current(self.connection))

    def __iter__(self) -> Iterator[Leaving]:
        """Raids by their first day, then what was observed outside."""
        chosen = self.chosen()
        for start in range(0, len(chosen), AT_ONCE):
            piece = chosen[start : start + AT_ONCE]
            for raid, totals in raids.get_many(self.connection, piece):
                yield self._leaving(raid, totals)
        outside = self.outside()
        if outside:
            yield Leaving(None, None, outside)

    def chosen(self) -> list[UUID]:
        """Raids by their first day."""
        wanted = self.wanted
        if wanted.raid_id is None:
            by = RaidFilter(self.account, wanted.first, wanted.last)
            return find_ids(self.connection, by)[::-1]
        if not raids.visible(self.connection, wanted.raid_id, self.account):
            return []
        found = raids.get_many(self.connection, [wanted.raid_id])
        return [raid.raid_id for raid, _ in found if raid.withdrawn is None]

    def seen(self, raid: Raid, found: Sequence[Observation]) -> tuple[Raid, list[Observation]]:
        """A raid and its observations as they may be seen."""
        raid = seen_raid(raid, self.seen_as)
        if not self.seen_as.may(May.READ):
            # Free text names people and places.
            legs = tuple(replace(leg, members=()) for leg in raid.legs)
            raid = replace(raid, legs=legs, objective=None, comment=None, attributes={})
        return raid, self._seen(found)

    @property
    def with_ways(self) -> bool:
        """Whether they may see where rangers went."""
        return may_see_way(self.seen_as)

    def _leaving(self, raid: Raid, totals: RaidTotals) -> Leaving:
        seen, found = self.seen(raid, observations.of_raid(self.connection, raid.raid_id))
        parts: Sequence[WayPart] = ()
        if self.with_ways:
            parts = raid_ways.way(self.connection, raid.raid_id).parts
            self.sensitive += bool(parts)
        return Leaving(seen, seen_totals(totals, self.seen_as), found, parts)

    def _seen(self, found: Sequence[Observation]) -> list[Observation]:
        kept = []
        for observation in found:
            if observation.withdrawn is not None:
                continue
            seen = seen_observation(observation, self.rules, self.seen_as)
            if seen is None:
                self.withheld += 1
                continue
            self.sensitive += is_sensitive(seen, self.rules)
            if not self.seen_as.may(May.READ):
                seen = replace(seen, observer=None, comment=None)
            kept.append(seen)
        return kept

    def outside(self) -> list[Observation]:
        """What was observed outside any raid; nobody's own, so only for who sees everything."""
        if self.wanted.raid_id is not None or self.account.scope is not Scope.ALL:
            return []
        o = observation_rows.c
        statement = select(o.observation_id).where(o.raid_id.is_(None), o.withdrawn.is_(None))
        if self.wanted.first is not None:
            statement = statement.where(o.date >= self.wanted.first)
        if self.wanted.last is not None:
            statement = statement.where(o.date <= self.wanted.last)
        found = []
        for key in self.connection.scalars(statement.order_by(o.date, o.observation_id)).all():
            stored = observations.get(self.connection, key)
            if stored is not None:
                found.append(stored)
        return self._seen(found)

    def sites(self) -> list[Site]:
        """Camera traps, without withdrawn ones; nobody learns of them who may not see tracks."""
        known = sites.find(self.connection) if self.seen_as.may(May.READ) else []
        return [site for site in known if site.withdrawn is None]

    def routes(self) -> list[Route]:
        """Of the winter count, as planned."""
        t = route_rows.c
        columns = t.number, t.name, t.team, t.planned_m, t.line
        if not self.seen_as.may(May.READ):
            return []
        found = self.connection.execute(select(*columns).where(t.active).order_by(t.number))
        return [Route(*row) for row in found]

    def span(self) -> str:
        """The days asked for, as a name: `2026-01-01_2026-03-31`, `all`."""
        days = [day.isoformat() for day in (self.wanted.first, self.wanted.last) if day]
        return "_".join(days) or "all"


def public(account: Account) -> Account:
    """Eyes of a guest."""
    return replace(account, role=Role.GUEST, account=0, person=None, team=None)


def names_of(connection: Connection, seen_as: Account, language: Language) -> Names:
    """What things are called, and people for who may know them."""
    model = models.current(connection)
    known = people.find(connection) if seen_as.may(May.READ) else []
    return Names(
        language,
        category_names(model),
        {attribute.key: attribute for attribute in model.attributes},
        item_names(model),
        {(term.kind, term.key): term.names for term in terms.find(connection)},
        {person.person: person.name for person in known},
    )
