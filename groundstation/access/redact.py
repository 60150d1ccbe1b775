"""What somebody sees of a record: one place for the pages, the exports and the reports.

Sensitive places follow Chapman (2020), "Current Best Practices for Generalizing Sensitive Species
Occurrence Data", GBIF: category 1 is withheld, 2 to 4 are told as the centre of a grid cell of
0.1, 0.01 and 0.001 degrees. The cell is a function of the place alone and never random: the mean
of many random displacements is the place.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from groundstation.access.account import Account
from groundstation.access.roles import May
from groundstation.records.model import CategoryDef, DataModel
from groundstation.records.observation import Observation
from groundstation.records.raid import Raid, RaidTotals

WITHHELD = 1
CELL_DEG = {2: 0.1, 3: 0.01, 4: 0.001}
UNKNOWN = 2
"""Of a category the model does not have: it may be anything."""
NEEDS = {1: May.DENS, 2: May.SIGHTINGS, 3: May.SIGHTINGS, 4: May.SIGHTINGS}
PLACE_FIELDS = ("lat_deg", "lon_deg", "accuracy_m", "direction_deg", "distance_m", "waypoint",
                "docked", "site_id", "comment")  # fmt: skip
"""Whatever leads to the place; words of a comment do too."""


@dataclass(frozen=True, slots=True)
class Sensitive:
    """What a data model says about sensitivity, ready to be asked for many observations."""

    categories: Mapping[str, int | None]
    """Every category's own or inherited sensitivity by hkey."""
    open_attributes: frozenset[str]
    """Known ones that say nothing about who an offender is."""

    def of(self, category: str | None) -> int | None:
        """1 to 4, None for what may be told as it is."""
        return None if category is None else self.categories.get(category, UNKNOWN)

    def is_open(self, attribute: str) -> bool:
        """Whether everybody may see it; what the model does not know may be a name."""
        # "key#2" is a second value; "@..." is what a file said beside the model.
        return attribute.startswith("@") or attribute.partition("#")[0] in self.open_attributes


def sensitive(model: DataModel) -> Sensitive:
    """Of a data model."""
    categories = dict(_inherited(model.categories, "", None))
    known = frozenset(a.key for a in model.attributes if not a.personal)
    return Sensitive(categories, known)


def seen_observation(
    observation: Observation, model: DataModel | Sensitive, account: Account
) -> Observation | None:
    """The observation as the account may see it; None: withheld altogether.

    For a whole list turn the model into `sensitive(model)` once.
    """
    rules = model if isinstance(model, Sensitive) else sensitive(model)
    level = rules.of(observation.category)
    seen = observation
    if level is not None and not account.may(NEEDS[level]):
        if level == WITHHELD:
            return None
        seen = _generalised(seen, CELL_DEG[level])
    if not account.may(May.OFFENDERS):
        kept = {k: v for k, v in seen.attributes.items() if rules.is_open(k)}
        if len(kept) < len(seen.attributes):
            seen = replace(seen, attributes=kept)
    return seen


def unseen_kept(
    change: Observation, stored: Observation, model: DataModel | Sensitive, account: Account
) -> Observation:
    """A change as it is to be filed: what its author does not see stays as it is stored."""
    rules = model if isinstance(model, Sensitive) else sensitive(model)
    kept = change
    level = rules.of(stored.category)
    if level is not None and not account.may(NEEDS[level]):
        hidden: dict[str, Any] = {name: getattr(stored, name) for name in PLACE_FIELDS}
        # Their change of category must not lay the place open.
        kept = replace(kept, category=stored.category, **hidden)
    if not account.may(May.OFFENDERS):
        unseen = {k: v for k, v in stored.attributes.items() if not rules.is_open(k)}
        kept = replace(kept, attributes={**kept.attributes, **unseen})
    return kept


def seen_raid(raid: Raid, account: Account) -> Raid:
    """The raid as the account may see it: without TRACKS nobody learns where rangers were."""
    if may_see_way(account):
        return raid
    legs = tuple(replace(leg, tracks=()) for leg in raid.legs)
    return replace(raid, legs=legs, lat_deg=None, lon_deg=None)


def seen_totals(totals: RaidTotals, account: Account) -> RaidTotals:
    """What a raid adds up to, without its extent for those who may not see the way."""
    return totals if may_see_way(account) else replace(totals, bbox=None)


def may_see_way(account: Account) -> bool:
    """Whether the account may see where rangers went; whose raids, is the scope's business."""
    return account.may(May.TRACKS)


def is_sensitive(observation: Observation, model: DataModel | Sensitive) -> bool:
    """Whether somebody who reads or exports it whole is written into the audit log."""
    rules = model if isinstance(model, Sensitive) else sensitive(model)
    personal = not all(map(rules.is_open, observation.attributes))
    return personal or rules.of(observation.category) is not None


def cell_centre_deg(value_deg: float, cell_deg: float) -> float:
    """Centre of the grid cell that holds the coordinate, degrees."""
    per_degree = round(1 / cell_deg)
    # A value on a cell's edge belongs to the cell above; 1e-9 degrees are a tenth of a millimetre.
    return (math.floor(value_deg * per_degree + 1e-9) + 0.5) / per_degree


def _generalised(observation: Observation, cell_deg: float) -> Observation:
    hidden: dict[str, Any] = dict.fromkeys(PLACE_FIELDS)
    if observation.lat_deg is not None and observation.lon_deg is not None:
        hidden["lat_deg"] = cell_centre_deg(observation.lat_deg, cell_deg)
        hidden["lon_deg"] = cell_centre_deg(observation.lon_deg, cell_deg)
        hidden["accuracy_m"] = _half_diagonal_m(cell_deg)
    return replace(observation, **hidden)


def _half_diagonal_m(cell_deg: float) -> float:
    """From a cell's centre to its corner at the equator, where it is largest."""
    return round(cell_deg * 111_320 * math.sqrt(2) / 2, 1)


def _inherited(
    categories: Sequence[CategoryDef], parent: str, level: int | None
) -> Iterator[tuple[str, int | None]]:
    for category in categories:
        key = f"{parent}{category.key}."
        own = category.sensitivity if category.sensitivity is not None else level
        yield key, own
        yield from _inherited(category.children, key, own)
