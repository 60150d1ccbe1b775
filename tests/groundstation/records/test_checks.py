"""What is odd is kept and told; what a check finds goes away when it is mended."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundstation.records.check import Beside, asked, check_observation, check_raid
from groundstation.records.flaws import BROUGHT, CHECKED, flaw, sentence
from groundstation.records.primorye import primorye
from groundstation.records.raid import Day, Leg, Member, RaidKind
from tests.groundstation.records.books import DAY, observation, raid

RULES = asked(primorye())
TODAY = date(2026, 5, 10)


@pytest.mark.parametrize(
    ("attributes", "flaws"),
    [
        ({"heel_pad_cm": 9.5, "track_age_h": 12, "substrate": "snow"}, []),
        ({"heel_pad_cm": "9,5"}, ["wrong_type:heel_pad_cm"]),
        ({"heel_pad_cm": True}, ["wrong_type:heel_pad_cm"]),
        ({"heel_pad_cm": 95.0}, ["out_of_range:heel_pad_cm"]),
        ({"substrate": "lava"}, ["unknown_value:substrate"]),
        ({"substrate": ["lava"]}, ["unknown_value:substrate"]),
        ({"substrate": ["snow", "mud"]}, ["wrong_type:substrate"]),
        ({"substrate": 1.0}, ["wrong_type:substrate"]),
        ({"colour": "striped"}, ["unknown_attribute:colour"]),
        ({"net_m": 30.0}, ["not_asked:net_m"]),
        ({"count#2": 3.0, "@attachments": "a.jpg"}, []),
    ],
)
def test_attributes_against_the_data_model(attributes: dict[str, Any], flaws: list[str]) -> None:
    checked = check_observation(observation(attributes=attributes), RULES, TODAY)
    assert list(checked.flaws) == flaws
    assert checked.attributes == attributes


@pytest.mark.parametrize(
    ("of", "flaws"),
    [
        ({"category": "whale."}, ["unknown_category:whale."]),
        ({"category": None, "attributes": {}}, []),
        ({"lat_deg": None}, ["no_place"]),
        ({"observed_utc": None}, ["no_time"]),
        ({"lat_deg": 44.0}, ["far_from_way"]),
        ({"lat_deg": 43.6}, []),
    ],
)
def test_time_place_and_category(of: dict[str, Any], flaws: list[str]) -> None:
    around = (131.4, 43.4, 131.6, 43.6)
    given = observation(**{"attributes": {}, **of})
    assert list(check_observation(given, RULES, TODAY, (DAY, DAY), around).flaws) == flaws


@pytest.mark.parametrize(("days", "flaws"), [(-1, ["outside_raid"]), (0, []), (12, ["in_future"])])
def test_an_observation_of_another_day_than_its_raid(days: int, flaws: list[str]) -> None:
    made = observation()
    assert made.observed_utc is not None
    other = replace(made, observed_utc=made.observed_utc + timedelta(days=days))
    span = (DAY, DAY + timedelta(days=20)) if days > 0 else (DAY, DAY)
    assert list(check_observation(other, RULES, TODAY, span).flaws) == flaws


def test_what_a_file_said_stays_and_what_was_mended_goes() -> None:
    flawed = observation(lat_deg=None, flaws=["ambiguous_time", "no_place", "bad_value:x"])
    checked = check_observation(flawed, RULES, TODAY)
    assert list(checked.flaws) == ["ambiguous_time", "bad_value:x", "no_place"]
    mended = check_observation(replace(checked, lat_deg=43.5), RULES, TODAY)
    assert list(mended.flaws) == ["ambiguous_time", "bad_value:x"]


def _leg(*members: Member, days: tuple[Day, ...] = (Day(DAY),)) -> Leg:
    return Leg("1", DAY, DAY, members=members, days=days)


@pytest.mark.parametrize(
    ("of", "flaws"),
    [
        ({"legs": []}, ["no_legs"]),
        ({"legs": [_leg()]}, ["no_members:1"]),
        ({"legs": [_leg(Member(1), Member(2))]}, ["no_leader:1"]),
        ({"legs": [_leg(Member(1, True), Member(2, True))]}, ["many_leaders:1"]),
        ({"legs": [_leg(Member(1), days=())]}, ["no_days:1"]),
        (
            {"legs": [_leg(Member(1), days=(Day(date(2026, 5, 3)),))]},
            ["day_outside_leg:2026-05-03"],
        ),
        ({"rest": 601.0}, ["rest_too_long:2026-05-01"]),
        ({"end_date": date(2026, 4, 1)}, ["ends_before_start", "leg_outside_raid:1"]),
        ({"kind": RaidKind.AMBUSH}, ["no_ambush_place"]),
        ({"kind": RaidKind.FLIGHT}, ["no_vehicle"]),
        ({"kind": RaidKind.COUNT}, ["no_route"]),
        ({"day": date(2027, 1, 1)}, ["in_future"]),
    ],
)
def test_a_raid_that_is_odd_in_itself(of: dict[str, Any], flaws: list[str]) -> None:
    assert list(check_raid(raid(1, **of), Beside(TODAY)).flaws) == flaws


@pytest.mark.parametrize("code", [*CHECKED, *BROUGHT])
def test_every_flaw_has_its_sentence_in_both_languages(code: str) -> None:
    for entry in (code, flaw(code, "что-то")):
        russian, english = sentence(entry, "ru"), sentence(entry, "en")
        assert russian != english
        assert "{" not in russian + english


_VALUE = st.one_of(st.text(max_size=20), st.floats(), st.booleans(), st.lists(st.text(max_size=5)))
_KEYS = st.sampled_from([*RULES.attributes, "nonsense", "@file", "count#2"])


@given(st.dictionaries(_KEYS, _VALUE, max_size=6), st.sampled_from([*RULES.categories, "x.", None]))
def test_whatever_is_given_is_kept_and_every_flaw_can_be_said(
    attributes: dict[str, Any], category: str | None
) -> None:
    given = observation(attributes=attributes, category=category)
    checked = check_observation(given, RULES, TODAY)
    assert checked.attributes is attributes
    for entry in checked.flaws:
        assert sentence(entry, "ru") != entry
    assert check_observation(checked, RULES, TODAY).flaws == checked.flaws
