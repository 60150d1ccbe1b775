"""What is odd about a raid or an observation. All of it is kept; a person is told.

Only the record itself, the data model and what the store found beside it are looked at: no
database and no clock here. A pattern that an attribute's text should match is not tried: those of
a foreign model are Java's, and some of them never end.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from groundstation.records.flaws import brought, flaw, united
from groundstation.records.hours import active_s, bounds_utc, past_midnight
from groundstation.records.model import AttributeDef, AttributeType, CategoryDef, DataModel, Node
from groundstation.records.observation import Observation
from groundstation.records.raid import Attribute, Leg, Raid, RaidKind
from groundstation.records.term import TOP_KM_H

FAR_KM = 20.0
KM_PER_DEG = 111.0
"""Good enough to tell 20 km from the other end of the country."""
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Beside:
    """What the store knows about a raid besides the raid."""

    today: date
    top_m_s: Mapping[str, float] = field(default_factory=dict)
    """Highest speed kept up for a minute, by leg."""
    way_days: Mapping[str, AbstractSet[date]] = field(default_factory=dict)
    """Days of the wall clock on which its tracks go on, by leg."""
    limits_m_s: Mapping[str, float] = field(default_factory=dict)
    """By means of transport."""
    overlaps: Sequence[str] = ()
    """Numbers of raids that share a member at the same time."""
    track_elsewhere: Sequence[str] = ()
    """Numbers of raids that share a track."""
    same_number: bool = False


def check_raid(raid: Raid, beside: Beside) -> Raid:
    """The raid with its flaws: those that came with it, and those that are found."""
    found = [*_of_kind(raid), *_of_times(raid, beside)]
    for leg in raid.legs:
        found += _of_leg(leg, raid, beside)
    found += [flaw("overlaps", number) for number in beside.overlaps]
    found += [flaw("track_elsewhere", number) for number in beside.track_elsewhere]
    if beside.same_number:
        found.append(flaw("same_number"))
    return replace(raid, flaws=united(brought(raid.flaws), found))


def _of_kind(raid: Raid) -> Iterator[str]:
    if raid.kind is RaidKind.AMBUSH and (raid.lat_deg is None or raid.lon_deg is None):
        yield flaw("no_ambush_place")
    if raid.kind is RaidKind.FLIGHT and raid.system_id is None:
        yield flaw("no_vehicle")
    if raid.kind is RaidKind.COUNT and (raid.count_id is None or raid.route_id is None):
        yield flaw("no_route")


def _of_times(raid: Raid, beside: Beside) -> Iterator[str]:
    if raid.end_date < raid.start_date:
        yield flaw("ends_before_start")
    if raid.start_date > beside.today + timedelta(days=1):
        yield flaw("in_future")
    if not raid.legs:
        yield flaw("no_legs")


def _of_leg(leg: Leg, raid: Raid, beside: Beside) -> Iterator[str]:
    if not raid.start_date <= leg.start_date <= leg.end_date <= raid.end_date:
        yield flaw("leg_outside_raid", leg.leg)
    yield from _of_members(leg)
    if not leg.days:
        yield flaw("no_days", leg.leg)
    for day in leg.days:
        if not leg.start_date <= day.date <= leg.end_date:
            yield flaw("day_outside_leg", day.date)
        if bounds_utc(day) is not None and active_s(day) < 0:
            yield flaw("rest_too_long", day.date)
        # A night in ambush is meant; a day's raid that ends before it begins is a slip of the pen.
        if past_midnight(day) and raid.kind is not RaidKind.AMBUSH:
            yield flaw("ends_before_start")
    own = {day.date + timedelta(days=n) for day in leg.days for n in range(1 + past_midnight(day))}
    for walked in sorted(beside.way_days.get(leg.leg, set()) - own) if own else ():
        yield flaw("way_outside_days", walked)
    usual_m_s = TOP_KM_H[raid.patrol_type] / 3.6
    top_m_s = beside.top_m_s.get(leg.leg, 0.0)
    if top_m_s > beside.limits_m_s.get(leg.transport or "", usual_m_s):
        yield flaw("too_fast", round(top_m_s * 3.6))


def _of_members(leg: Leg) -> Iterator[str]:
    leaders = sum(member.is_leader for member in leg.members)
    if not leg.members:
        yield flaw("no_members", leg.leg)
    elif not leaders and len(leg.members) > 1:
        yield flaw("no_leader", leg.leg)
    elif leaders > 1:
        yield flaw("many_leaders", leg.leg)


@dataclass(frozen=True, slots=True)
class Asked:
    """A data model, ready to be asked about many observations."""

    attributes: Mapping[str, AttributeDef]
    values: Mapping[str, AbstractSet[str]]
    """Of every list its keys, of every tree its hkeys."""
    categories: Mapping[str, AbstractSet[str]]
    """Of every category, by hkey, the attributes that may be given, inherited ones too."""
    required: Mapping[str, AbstractSet[str]]
    """Of every category those that must be."""


def asked(model: DataModel) -> Asked:
    """Of a data model."""
    attributes = {attribute.key: attribute for attribute in model.attributes}
    values = {
        key: frozenset(_keys(of.values, "." if of.type is AttributeType.TREE else None))
        for key, of in attributes.items()
    }
    categories: dict[str, frozenset[str]] = {}
    required: dict[str, frozenset[str]] = {}
    for hkey, uses in _uses(model.categories, "", {}):
        categories[hkey] = frozenset(uses)
        active = {key for key, is_active in uses.items() if is_active and key in attributes}
        required[hkey] = frozenset(key for key in active if attributes[key].is_required)
    return Asked(attributes, values, categories, required)


def _keys(nodes: Sequence[Node], dot: str | None, parent: str = "") -> Iterator[str]:
    for node in nodes:
        key = parent + node.key + (dot or "")
        yield key
        if dot:
            yield from _keys(node.children, dot, key)


def _uses(
    categories: Sequence[CategoryDef], parent: str, inherited: Mapping[str, bool]
) -> Iterator[tuple[str, dict[str, bool]]]:
    for category in categories:
        hkey = f"{parent}{category.key}."
        uses = {**inherited, **{use.key: use.is_active for use in category.attributes}}
        yield hkey, uses
        yield from _uses(category.children, hkey, uses)


def check_observation(
    observation: Observation,
    model: DataModel | Asked,
    today: date,
    days: tuple[date, date] | None = None,
    box: Box | None = None,
) -> Observation:
    """The observation with its flaws; `days` and `box` (degrees) are the extent of its raid."""
    rules = model if isinstance(model, Asked) else asked(model)
    found = [*_of_attributes(observation, rules), *_of_moment(observation, today, days)]
    if observation.lat_deg is None or observation.lon_deg is None:
        found.append(flaw("no_place"))
    elif box is not None and _away_km(observation.lat_deg, observation.lon_deg, box) > FAR_KM:
        found.append(flaw("far_from_way"))
    return replace(observation, flaws=united(brought(observation.flaws), found))


def _of_moment(
    observation: Observation, today: date, days: tuple[date, date] | None
) -> Iterator[str]:
    day = local_date(observation)
    if day is None:
        yield flaw("no_time")
        return
    if day > today + timedelta(days=1):
        yield flaw("in_future")
    if days is not None and not days[0] <= day <= days[1]:
        yield flaw("outside_raid")


def local_date(observation: Observation) -> date | None:
    """Of the wall clock there and then."""
    if observation.observed_utc is None:
        return None
    return (observation.observed_utc + timedelta(seconds=observation.utc_offset_s)).date()


def _of_attributes(observation: Observation, rules: Asked) -> Iterator[str]:
    category = observation.category
    known = rules.categories.get(category) if category is not None else None
    if category is not None and known is None:
        yield flaw("unknown_category", category)
    for key, value in observation.attributes.items():
        if key.startswith("@"):  # what a file said beside the model
            continue
        base = key.partition("#")[0]  # "key#2" is a second value
        if base not in rules.attributes:
            yield flaw("unknown_attribute", base)
            continue
        if known is not None and base not in known:
            yield flaw("not_asked", base)
        yield from _of_value(rules.attributes[base], rules.values[base], value)
    for key in sorted(rules.required.get(category or "", frozenset())):
        if key not in observation.attributes:
            yield flaw("missing", key)


def _of_value(of: AttributeDef, keys: AbstractSet[str], value: Attribute) -> Iterator[str]:
    """What is said names the attribute and never the value, which may be somebody's name."""
    if of.type in _LISTS:
        chosen = [value] if isinstance(value, str) else value
        if isinstance(chosen, bool | float | int):
            yield flaw("wrong_type", of.key)
        elif not set(chosen) <= keys:
            yield flaw("unknown_value", of.key)
        elif of.type is not AttributeType.MLIST and len(chosen) > 1:
            yield flaw("wrong_type", of.key)
        return
    if not _is_of(of.type, value):
        yield flaw("wrong_type", of.key)
    elif isinstance(value, float | int) and not isinstance(value, bool):
        low, high = of.minimum, of.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            yield flaw("out_of_range", of.key)


_LISTS = (AttributeType.LIST, AttributeType.MLIST, AttributeType.TREE)


def _is_of(kind: AttributeType, value: Attribute) -> bool:
    if kind is AttributeType.BOOLEAN:
        return isinstance(value, bool)
    if kind is AttributeType.NUMERIC:
        return isinstance(value, float | int) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if kind is AttributeType.DATE:
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
    return True


def _away_km(lat_deg: float, lon_deg: float, box: Box) -> float:
    """Roughly how far outside the box."""
    west, south, east, north = box
    north_km = max(south - lat_deg, 0.0, lat_deg - north) * KM_PER_DEG
    east_km = max(west - lon_deg, 0.0, lon_deg - east) * KM_PER_DEG
    return math.hypot(north_km, east_km * math.cos(math.radians(lat_deg)))
