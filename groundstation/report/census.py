"""Figures of a winter track count, as its board and its result have them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from markupsafe import Markup
from sqlalchemy import Connection

from groundstation.access.redact import may_see_way
from groundstation.access.roles import May
from groundstation.patrol.animals import Animal
from groundstation.patrol.count import DailyTravel
from groundstation.records.count import Count, Route
from groundstation.report import links, maps, plots, writing
from groundstation.report.asked import Asked
from groundstation.report.drawing import Desk
from groundstation.report.naming import Naming, naming
from groundstation.report.words import WORDS
from groundstation.store import count_board, count_result, count_walks, counts, models
from groundstation.store.count_board import BoardLine
from groundstation.store.count_result import CountResult, Since, SpeciesResult
from groundstation.store.raid_lines import scope_clause
from groundstation.words import Language, Refusal, say

ANIMALS = (Animal.MALE, Animal.AMBIGUOUS, Animal.FEMALE_OR_YOUNG, Animal.CUB, Animal.UNMEASURED)


@dataclass(frozen=True, slots=True)
class SpeciesLine:
    """Density of one species."""

    name: str
    result: SpeciesResult
    travel: str
    remarks: Sequence[str]
    link: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One species in an earlier count."""

    name: str
    species: str
    then: SpeciesResult
    since: Since
    verdict: str
    link: str


@dataclass(frozen=True, slots=True)
class AnimalLine:
    """Tracks of one species whose heel pads say the same."""

    species: str
    name: str
    tracks: int


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One route."""

    line: BoardLine
    who: str
    day: date | None
    crossings: float | None
    """None for who may not know of sightings."""
    link: str


@dataclass(frozen=True, slots=True, eq=False)
class Census:
    """All of it."""

    title: str
    subject: str
    sensitive: bool
    span: str
    link: str
    result: CountResult
    walked_km: float
    """All that was gone, there and back."""
    densities: Sequence[SpeciesLine]
    comparisons: Sequence[Comparison]
    animals: Sequence[AnimalLine]
    least: Sequence[tuple[str, int]]
    """Species, and no fewer animals than this."""
    routes: Sequence[RouteLine]
    planned: Sequence[Route]
    ways: Sequence[maps.Way]
    """Empty for those who may not see them."""
    signs: Sequence[maps.Sign]


def gather(connection: Connection, asked: Asked) -> Census:
    """Raises Refusal for no count, or none of that name."""
    count, account, language = _named(connection, asked.count), asked.account, asked.language
    spoken = naming(models.current(connection), language)
    result = count_result.result(connection, count, account)
    board = count_board.board(connection, count, account)
    walks = count_walks.walks(connection, count, scope_clause(account))
    ways = [maps.Way(walk.lat_deg, walk.lon_deg) for walk in walks if may_see_way(account)]
    roots = tuple(species.category for species in count.settings.species)
    signs = [
        maps.Sign(c.lat_deg, c.lon_deg, "circle")
        for walk in walks
        for c in walk.crossings
        if c.lat_deg is not None and c.lon_deg is not None
        if account.may(May.SIGHTINGS) and c.category.startswith(roots)
    ]
    return Census(
        title=f"{say(WORDS, 'census_title', language)}: {count.name}",
        subject=str(count.count_id),
        sensitive=bool(ways or signs),
        span=writing.days(count.start_date, count.end_date, language),
        link=links.count(count.count_id),
        result=result,
        walked_km=board.walked_m / 1000,
        densities=[_density(species, count, spoken) for species in result.species],
        comparisons=list(_comparisons(connection, result, asked, spoken)),
        animals=list(_animals(result, spoken)),
        least=[
            (spoken.category(species.category), species.least_animals)
            for species in result.species
            if species.least_animals is not None
        ],
        routes=[_route(line) for line in board.lines],
        planned=count_walks.routes_of(connection, count),
        ways=ways,
        signs=signs,
    )


def draw(census: Census, desk: Desk) -> Mapping[str, Any]:
    """What the template shows."""
    return {
        "census": census,
        "map": _map(census, desk),
        "comparison_plot": _plot(census, desk.language),
    }


def _named(connection: Connection, wanted: str | None) -> Count:
    if not wanted:
        raise Refusal(WORDS, "no_count_named")
    found = counts.by_name(connection, wanted)
    if found is None:
        raise Refusal(WORDS, "no_such_count", 404, count=wanted)
    return found


def _density(species: SpeciesResult, count: Count, spoken: Naming) -> SpeciesLine:
    left_out = {
        "old_left_out": species.old_crossings,
        "unmeasured_left_out": species.unmeasured_crossings,
        "unknown_age": species.unknown_age,
    }
    remarks = [
        say(WORDS, code, spoken.language, n=writing.number(times, 0, spoken.language))
        for code, times in left_out.items()
        if times
    ]
    if species.travel_source:
        told = say(WORDS, "travel_source", spoken.language, source=species.travel_source)
        remarks.append(told)
    if species.travel is None:
        remarks.append(say(WORDS, "no_travel", spoken.language))
    link = links.records(
        "observations", from_=count.start_date, to=count.end_date, category=species.category
    )
    name, travel = spoken.category(species.category), _travel(species.travel, spoken.language)
    return SpeciesLine(name, species, travel, remarks, link)


def _travel(travel: DailyTravel | None, language: Language) -> str:
    if travel is None:
        return writing.NOTHING
    mean = writing.number(travel.mean_km, 1, language)
    spread = writing.number(travel.mean_km * travel.cv, 1, language)
    return f"{mean} ± {spread}" if travel.cv else mean


def _comparisons(
    connection: Connection, result: CountResult, asked: Asked, spoken: Naming
) -> Iterator[Comparison]:
    """By species, the last count first."""
    then: dict[Any, CountResult] = {}
    for species in result.species:
        for since in species.since:
            if since.count_id not in then:
                count = counts.get(connection, since.count_id)
                assert count is not None
                then[since.count_id] = count_result.result(connection, count, asked.account)
            its = next(s for s in then[since.count_id].species if s.category == species.category)
            yield Comparison(
                since.name,
                spoken.category(species.category),
                its,
                since,
                say(WORDS, _verdict(since), spoken.language),
                links.count(since.count_id),
            )


def _verdict(since: Since) -> str:
    if not since.is_certain or since.ratio is None:
        return "no_telling"
    return "more_now" if since.ratio > 1 else "fewer_now"


def _animals(result: CountResult, spoken: Naming) -> Iterator[AnimalLine]:
    for species in result.species:
        for animal in ANIMALS:
            if species.animals and species.animals.get(animal):
                yield AnimalLine(
                    spoken.category(species.category),
                    say(WORDS, f"animal_{animal}", spoken.language),
                    species.animals[animal],
                )


def _route(line: BoardLine) -> RouteLine:
    first = line.walks[0] if line.walks else None
    who = list(dict.fromkeys(name for walk in line.walks for name in walk.people))
    return RouteLine(
        line=line,
        who=", ".join(who),
        day=first.date if first else None,
        crossings=None if line.crossings is None else sum(line.crossings.values()),
        link=links.raid(first.raid_id) if first else "",
    )


def _map(census: Census, desk: Desk) -> Markup | None:
    planned = [
        maps.Way(np.array([lat for _, lat in route.line]), np.array([lon for lon, _ in route.line]),
                 dashed=True)
        for route in census.planned
    ]  # fmt: skip
    ways = [*planned, *census.ways]
    box = maps.around([maps.box_of(way.lat_deg, way.lon_deg) for way in ways])
    if box is None:
        return None
    title = say(WORDS, "routes", desk.language)
    frame = maps.frame_of(box)
    return maps.drawn(frame, desk.tile, desk.language, title, ways=ways, signs=census.signs)


def _plot(census: Census, language: Language) -> Markup | None:
    """Densities of this count and of earlier ones, where there is an interval."""
    lines = [(f"{line.name}, {census.result.count.name}", line.result) for line in census.densities]
    lines += [(f"{line.species}, {line.name}", line.then) for line in census.comparisons]
    told = [
        (name, d.per_100_km2, d.low_per_100_km2, d.high_per_100_km2)
        for name, result in lines
        if (d := result.density) is not None and d.low_per_100_km2 is not None
    ]
    if len(told) < 2:
        return None
    names = [line[0] for line in told]
    rate, low, high = np.array([line[1:] for line in told], np.float64).T
    label = say(WORDS, "per_100_km2", language)
    return plots.intervals(names, rate, low, high, None, None, label, "counts", language)
