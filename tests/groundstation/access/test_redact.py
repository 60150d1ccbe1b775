"""What of a record whom is shown: sensitive places, offenders, where rangers went."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundstation.access.account import Account, console
from groundstation.access.redact import (
    cell_centre_deg,
    is_sensitive,
    seen_observation,
    seen_raid,
    seen_totals,
    sensitive,
    unseen_kept,
)
from groundstation.access.roles import Role
from groundstation.records.model import AttributeDef, AttributeType, CategoryDef, DataModel
from groundstation.records.observation import Observation
from groundstation.records.raid import (
    Leg,
    Member,
    PatrolType,
    Raid,
    RaidKind,
    RaidTotals,
    TrackPart,
)

MODEL = DataModel(
    attributes=(
        AttributeDef("count", AttributeType.NUMERIC, {"ru": "число"}),
        AttributeDef("offender", AttributeType.TEXT, {"ru": "имя"}, personal=True),
    ),
    categories=(
        CategoryDef(
            "leopard", {"ru": "леопард"}, sensitivity=2,
            children=(
                CategoryDef("den", {"ru": "логово"}, sensitivity=1),
                CategoryDef("track", {"ru": "след"}),
                CategoryDef("scat", {"ru": "экскременты"}, sensitivity=4),
            ),
        ),
        CategoryDef("violation", {"ru": "нарушение"}),
    ),
)  # fmt: skip
RULES = sensitive(MODEL)
PLACE = {
    "lat_deg": 43.12345, "lon_deg": 131.56789, "accuracy_m": 5.0, "comment": "у ключа Грязный",
    "waypoint": "W1", "docked": 7, "site_id": UUID(int=3), "direction_deg": 90.0,
    "distance_m": 12.0,
}  # fmt: skip
PART = st.floats(0, 0.999)
HIDDEN = dict.fromkeys(PLACE)


def account(role: Role) -> Account:
    return Account("x", "X", role, account=1)


def observation(category: str | None, **of: Any) -> Observation:
    attributes = {"count": 2.0, "offender": "Тестов", "offender#2": "Другой", "@date": "x"}
    return Observation(UUID(int=1), 1, category, attributes, **(PLACE | of))


OPEN = {"count": 2.0, "@date": "x"}


@pytest.mark.parametrize(
    ("category", "place"),
    [
        ("violation.", PLACE),
        (None, PLACE),
        ("leopard.", HIDDEN | {"lat_deg": 43.15, "lon_deg": 131.55, "accuracy_m": 7871.5}),
        ("leopard.track.", HIDDEN | {"lat_deg": 43.15, "lon_deg": 131.55, "accuracy_m": 7871.5}),
        ("leopard.scat.", HIDDEN | {"lat_deg": 43.1235, "lon_deg": 131.5675, "accuracy_m": 78.7}),
        ("other.park.", HIDDEN | {"lat_deg": 43.15, "lon_deg": 131.55, "accuracy_m": 7871.5}),
    ],
)
def test_a_place_is_told_as_exactly_as_its_category_allows(
    category: str | None, place: dict[str, Any]
) -> None:
    seen = seen_observation(observation(category), RULES, account(Role.UAV_OPERATOR))
    assert seen is not None
    assert {name: getattr(seen, name) for name in PLACE} == pytest.approx(place)
    assert seen.attributes == OPEN


@pytest.mark.parametrize(
    ("role", "den", "offender"),
    [
        (Role.ADMINISTRATOR, True, False),
        (Role.HEAD_OF_SECURITY, True, True),
        (Role.ANALYST, False, False),
        (Role.GROUP_LEADER, False, True),
        (Role.INSPECTOR, False, True),
        (Role.UAV_OPERATOR, False, False),
        (Role.GUEST, False, False),
    ],
)
def test_dens_and_offenders_are_for_those_who_need_them(
    role: Role, den: bool, offender: bool
) -> None:
    who = account(role)
    assert (seen_observation(observation("leopard.den."), RULES, who) is not None) == den
    violation = seen_observation(observation("violation."), MODEL, who)
    assert violation is not None
    assert ("offender" in violation.attributes) == offender
    assert ("offender#2" in violation.attributes) == offender


def test_the_console_sees_everything() -> None:
    den = observation("leopard.den.")
    assert seen_observation(den, RULES, console("root")) == den


def test_a_place_that_is_unknown_stays_unknown() -> None:
    nowhere = observation("leopard.track.", lat_deg=None, lon_deg=None, accuracy_m=None)
    seen = seen_observation(nowhere, RULES, account(Role.UAV_OPERATOR))
    assert seen is not None
    assert (seen.lat_deg, seen.lon_deg, seen.accuracy_m) == (None, None, None)


@given(
    st.floats(-90, 90),
    st.floats(0, 0.999),
    st.floats(0, 0.999),
    st.sampled_from([0.1, 0.01, 0.001]),
)
def test_a_cell_tells_of_all_its_places_the_same(
    value: float, one: float, other: float, cell: float
) -> None:
    centre = cell_centre_deg(value, cell)
    assert abs(centre - value) <= cell / 2 + 1e-9
    edge = centre - cell / 2
    inside = [cell_centre_deg(edge + part * cell, cell) for part in (one, other)]
    assert inside == pytest.approx([centre, centre], abs=1e-9)


def test_what_somebody_does_not_see_they_cannot_wipe() -> None:
    stored = observation("leopard.track.")
    operator = account(Role.UAV_OPERATOR)
    seen = seen_observation(stored, RULES, operator)
    assert seen is not None
    change = replace(seen, revision=2, category="violation.", attributes={"count": 3.0})
    kept = unseen_kept(change, stored, RULES, operator)
    assert {name: getattr(kept, name) for name in PLACE} == PLACE
    assert (kept.category, kept.revision) == ("leopard.track.", 2)
    assert kept.attributes == {"count": 3.0, "offender": "Тестов", "offender#2": "Другой"}
    leader = account(Role.GROUP_LEADER)
    assert unseen_kept(change, stored, RULES, leader) == change


def test_reading_is_noted_where_it_matters() -> None:
    plain = replace(observation("violation."), attributes={"count": 1.0})
    assert not is_sensitive(plain, RULES)
    assert is_sensitive(observation("violation."), RULES)
    assert is_sensitive(replace(plain, category="leopard.scat."), RULES)


def test_where_rangers_went_is_for_those_who_may_see_tracks() -> None:
    day = date(2026, 5, 1)
    leg = Leg("1", day, day, members=(Member(4),), tracks=(TrackPart(9),))
    raid = Raid(
        UUID(int=1), 1, RaidKind.AMBUSH, "A-1", PatrolType.GROUND, day, day, legs=(leg,),
        lat_deg=43.0, lon_deg=131.0,
    )  # fmt: skip
    totals = RaidTotals(1000.0, 60.0, 60.0, 1, 0, (131.0, 43.0, 131.1, 43.1))
    assert seen_raid(raid, account(Role.ANALYST)) == raid
    seen = seen_raid(raid, account(Role.UAV_OPERATOR))
    assert (seen.lat_deg, seen.lon_deg, seen.legs[0].tracks) == (None, None, ())
    assert seen.legs[0].members == leg.members
    assert seen_totals(totals, account(Role.UAV_OPERATOR)).bbox is None
    assert seen_totals(totals, account(Role.INSPECTOR)) == totals
