"""A flight's finds are the hotspots its vehicle told while it was in the air."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from firmware_bridge.messages import HeatKind, Hotspot
from groundstation.records.raid import RaidKind
from groundstation.store import decisions, hotspots, people, raids
from groundstation.store.decisions import Action, Decision
from groundstation.store.flights import flight_hotspots
from groundstation.store.hotspots import Source
from groundstation.store.raids import RaidFilter
from tests.groundstation.records.books import BOSS, NOW, Books, raid

NOON_UTC = datetime(2026, 5, 1, 2, tzinfo=UTC)
UNLOCATED = Hotspot(
    hotspot_id=UUID(int=1),
    revision=1,
    system_id=3,
    kind=HeatKind.FIRE,
    first_seen_utc=NOON_UTC,
    last_seen_utc=NOON_UTC,
    views=5,
    fix=None,
    unlocated_because="no_pose",
    peak_kelvin=600.0,
    contrast_kelvin=300.0,
    saturated=False,
    area_m2=None,
)


def test_hotspots_count_by_vehicle_and_time_and_not_when_dismissed(books: Books) -> None:
    with books() as c:
        flight = raid(
            people.add(c, "Тестов", NOW).person,
            kind=RaidKind.FLIGHT,
            patrol_type="AIR",
            transport="quadcopter",
            system_id=3,
            start=time(11, 30),
            end=time(12, 30),
            rest=0.0,
        )
        raids.file(c, flight, BOSS, NOW)
        for number, vehicle, hours in ((1, 3, 0), (2, 3, 0.4), (3, 3, 2), (4, 7, 0)):
            at = NOON_UTC + timedelta(hours=hours)
            told = replace(
                UNLOCATED,
                hotspot_id=UUID(int=number),
                system_id=vehicle,
                first_seen_utc=at,
                last_seen_utc=at,
            )
            hotspots.receive(c, told, Source.IP, NOW)  # after the flight was filed
        assert flight_hotspots(c, flight) == [UUID(int=1), UUID(int=2)]
        (line,) = raids.find(c, RaidFilter(BOSS, kinds=[RaidKind.FLIGHT]), 10)
        assert line.totals.finds == 2
        decisions.decide(c, UUID(int=1), Decision(NOW, Action.DISMISS, "Тестов", None))
        found = raids.get(c, flight.raid_id)
    assert found is not None
    assert found[1].finds == 1
    assert list(found[0].flaws) == []
