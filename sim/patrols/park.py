"""The synthetic park: its people, its places and its true rates; all of it follows from a seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.patrols.ground import Ground, Places, make_ground
from sim.patrols.records import Inspector, PatrolType

TransportKey = Literal["foot", "vehicle", "boat", "snowmobile"]


@dataclass(frozen=True, slots=True)
class Transport:
    """A way to get about."""

    ru: str
    en: str
    patrol_type: PatrolType
    speed_m_s: float
    months: frozenset[int]
    share: float
    """Of the raids in a month in which all of them go."""


ALWAYS, ICE_FREE, SNOW = frozenset(range(1, 13)), frozenset(range(5, 11)), frozenset({12, 1, 2, 3})
TRANSPORTS: dict[str, Transport] = {
    "foot": Transport("Пешком", "On foot", "GROUND", 0.9, ALWAYS, 0.62),
    "vehicle": Transport("На автомобиле", "By car", "GROUND", 6.0, ALWAYS, 0.24),
    "boat": Transport("На моторной лодке", "By motorboat", "WATER", 4.0, ICE_FREE, 0.06),
    "snowmobile": Transport("На снегоходе", "On a snowmobile", "GROUND", 4.5, SNOW, 0.08),
}  # fmt: skip

MANDATES: dict[str, str] = {
    "protection": "Охрана территории",
    "cameras": "Проверка фотоловушек",
    "ambush": "Оперативное мероприятие",
    "count": "Учёт по следам",
}
TEAMS: dict[str, str] = {f"team{n}": f"Опергруппа {n}" for n in (1, 2, 3)}
STATIONS: dict[str, str] = {f"station{n}": f"Кордон {n}" for n in (1, 2, 3)}
GIVEN = ("Иван", "Пётр", "Семён", "Олег")
FAMILY = ("Тестов", "Примеров", "Образцов", "Макетов", "Пробников", "Учебнов")

TEAM_FINDS = {"team1": 0.8, "team2": 1.0, "team3": 1.3}
"""By which a team's rates of violations differ from the park's: what an analysis should find."""

RATES_PER_KM: dict[str, tuple[float, float, float, float]] = {
    # category: foot, vehicle, boat, snowmobile; where the risk of a place is 1
    "violation.snare.": (0.020, 0.0, 0.0, 0.002),
    "violation.trap.": (0.005, 0.0, 0.0, 0.001),
    "violation.ammunition.": (0.008, 0.001, 0.0, 0.001),
    "violation.poachers_camp.": (0.004, 0.0005, 0.001, 0.001),
    "violation.people.": (0.005, 0.006, 0.004, 0.004),
    "violation.hunting.": (0.003, 0.0005, 0.0, 0.001),
    "violation.fishing.": (0.002, 0.0005, 0.030, 0.0),
    "violation.logging.": (0.006, 0.003, 0.0, 0.001),
    "violation.ginseng.": (0.002, 0.0, 0.0, 0.0),
    "violation.vehicle.": (0.004, 0.006, 0.0, 0.004),
    "fire.campfire.": (0.010, 0.002, 0.002, 0.001),
}
"""Violations: scaled by the risk of the place and by the team."""
SIGNS_PER_KM: dict[str, tuple[float, float]] = {
    # category: by foot with snow on the ground, without
    "tiger.track.": (0.030, 0.008),
    "tiger.scat.": (0.004, 0.004),
    "tiger.scrape.": (0.010, 0.012),
    "tiger.prey.": (0.002, 0.001),
    "leopard.track.": (0.045, 0.006),
    "leopard.scat.": (0.006, 0.006),
    "leopard.scrape.": (0.012, 0.012),
    "animal.bear.": (0.002, 0.015),
    "animal.prey.": (0.220, 0.120),
    "animal.dead.": (0.003, 0.003),
}
"""Animals do not care which team comes; other means of transport meet a tenth of it."""
GINSENG_MONTHS = frozenset({7, 8, 9})
AMBUSH_FINDS_PER_H = 0.02
"""Violators met, at a place of risk 1."""


@dataclass(frozen=True, slots=True)
class HotPlace:
    """Where violators come more often: the risk around it falls off like a bell."""

    east_m: float
    north_m: float
    risk: float
    sigma_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Park:
    """Everything that stays from year to year."""

    seed: int
    ground: Ground
    inspectors: Sequence[Inspector]
    stations: Mapping[str, complex]
    """Station key -> place; team N sits at station N."""
    trailheads: Places
    """Where ways begin, low in the valleys."""
    harbour: complex
    at_sea: Places
    """Where boats go: the water around the harbour."""
    camera_traps: Mapping[str, complex]
    leopards: Mapping[str, complex]
    """Those known by their spots: name -> middle of the range."""
    hot_places: Sequence[HotPlace]
    base_risk: float = 0.4

    def team(self, key: str) -> list[Inspector]:
        """Its members."""
        return [one for one in self.inspectors if one.team == key]

    def risk(self, places: Places) -> NDArray[np.float64]:
        """(N,) by which the rates of violations are multiplied there."""
        risk = np.full(places.shape, self.base_risk)
        for hot in self.hot_places:
            away = np.abs(places - complex(hot.east_m, hot.north_m))
            risk += hot.risk * np.exp(-((away / hot.sigma_m) ** 2) / 2)
        return risk


BORDER_M = 27_000.0
"""The park is what lies within, north, south, east and west of the centre."""
LEOPARDS = 32
BOAT_REACH_M = 9_000.0
TRAILHEADS, CAMERA_TRAPS, HOT_PLACES = 40, 42, 9


def make_park(seed: int = 1) -> Park:
    """The park of that seed; about a second."""
    ground = make_ground(seed)
    rng = np.random.default_rng([seed, 0])
    low = _valleys(ground)
    trailheads = _spread(low, TRAILHEADS, rng)
    stations = dict(zip(STATIONS, _spread(trailheads, len(STATIONS), rng).tolist(), strict=True))
    cameras = _spread(low, CAMERA_TRAPS, rng)
    harbour = _harbour(ground)
    ranges = rng.choice(_land(ground), LEOPARDS, replace=False)
    people = [(given, family) for family in FAMILY for given in GIVEN]
    teams = list(TEAMS)
    return Park(
        seed=seed,
        ground=ground,
        inspectors=[
            Inspector(f"T{n + 1:03d}", given, family, teams[n % len(teams)])
            for n, (given, family) in enumerate(people)
        ],
        stations=stations,
        trailheads=trailheads,
        harbour=harbour,
        at_sea=_water(ground, harbour),
        camera_traps={f"ФЛ-{n + 1:02d}": complex(place) for n, place in enumerate(cameras)},
        leopards={f"Л{n + 1:02d}": complex(p) for n, p in enumerate(ranges)},
        hot_places=[
            HotPlace(place.real, place.imag, float(risk), float(sigma))
            for place, risk, sigma in zip(
                _spread(trailheads, HOT_PLACES, rng).tolist(),
                rng.uniform(1.0, 5.0, HOT_PLACES),
                rng.uniform(1500, 4000, HOT_PLACES),
                strict=True,
            )
        ],
    )


def within_border(places: Places) -> NDArray[np.bool_]:
    """Which of them lie in the park's square."""
    return np.asarray((np.abs(places.real) < BORDER_M) & (np.abs(places.imag) < BORDER_M))


def _valleys(ground: Ground) -> Places:
    """Dry posts lower than most around them."""
    places = ground.places()
    heights = ground.heights_m
    wanted = within_border(places) & (ground.from_sea_m > 800) & (heights < 220)
    return places[wanted]


def _land(ground: Ground) -> Places:
    places = ground.places()
    return places[within_border(places) & (ground.heights_m > 0)]


def _spread(places: Places, count: int, rng: np.random.Generator) -> Places:
    """`count` of the places, each the farthest from those taken before it out of a few hundred."""
    offered = rng.choice(places, min(len(places), 20 * count), replace=False)
    taken = [offered[0]]
    away = np.abs(offered - taken[0])
    while len(taken) < count:
        taken.append(offered[int(away.argmax())])
        away = np.minimum(away, np.abs(offered - taken[-1]))
    return np.array(taken)


def _harbour(ground: Ground) -> complex:
    """The water nearest to the centre with a kilometre and a half of water around it."""
    places = ground.places()[ground.from_land_m > 1500]
    return complex(places[int(np.abs(places).argmin())])


def _water(ground: Ground, harbour: complex) -> Places:
    places = ground.places()[ground.from_land_m > 700]
    return places[np.abs(places - harbour) < BOAT_REACH_M]
