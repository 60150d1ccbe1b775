"""The sheet of one raid: who, when, where, what was found, what is odd; to be signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundstation.records.flaws import sentence
from groundstation.records.observation import Observation
from groundstation.records.photograph import Photograph
from groundstation.records.raid import Day, Raid, RaidKind, RaidTotals
from groundstation.records.wall_clock import reading
from groundstation.report import links, writing
from groundstation.report.naming import Naming
from groundstation.report.words import WORDS
from groundstation.store.raid_ways import Way
from groundstation.words import Language, say


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody who took part."""

    name: str
    employee: str | None
    part: str


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day of a leg."""

    leg: str
    transport: str
    mandate: str
    day: Day
    distance_m: float


@dataclass(frozen=True, slots=True)
class ObservationLine:
    """Something noted, as whoever asks may see it."""

    link: str
    category: str
    shape: str
    when: str
    place: str
    lat_deg: float | None
    lon_deg: float | None
    """None as well where only the neighbourhood may be told: it is no point on a map."""
    observer: str
    attributes: Sequence[tuple[str, str]]
    comment: str | None
    flaws: Sequence[str]
    withdrawn: str | None
    photographs: Sequence[Photograph]


@dataclass(frozen=True, slots=True, eq=False)
class RaidSheet:
    """All of it."""

    raid: Raid
    title: str
    subject: str
    link: str
    kind: str
    span: str
    facts: Sequence[tuple[str, str]]
    totals: RaidTotals
    people: Sequence[PersonLine]
    days: Sequence[DayLine]
    observations: Sequence[ObservationLine]
    photographs: Sequence[Photograph]
    """Of the raid as a whole."""
    flaws: Sequence[str]
    way: Way | None
    """None: whoever asks may not see it."""
    withheld: int
    """Observations they may not see."""
    sensitive: bool
    """Whether it holds what is written into the audit log."""


SHAPES = {"violation": "triangle", "fire": "triangle", "tiger": "circle", "leopard": "circle",
          "camera_trap": "square"}  # fmt: skip
"""By first key of the category; anything else is a diamond."""


def shape_of(category: str | None) -> str:
    """How it is drawn on maps."""
    return SHAPES.get((category or "").partition(".")[0], "diamond")


def observation_line(
    seen: Observation,
    exact: bool,
    naming: Naming,
    names: Mapping[int, str],
    photographs: Sequence[Photograph],
) -> ObservationLine:
    """Of an observation as it may be seen; not `exact`: its place was generalised."""
    language = naming.language
    place = ""
    if seen.lat_deg is not None:
        place = writing.place(seen.lat_deg, seen.lon_deg, 5 if exact else 2, language)
        place = place if exact else f"{say(WORDS, 'about', language)}: {place}"
    flaws = [*seen.flaws, *(flaw for photograph in photographs for flaw in photograph.flaws)]
    return ObservationLine(
        link=f"{links.raid(seen.raid_id)}?observation={seen.observation_id}"
        if seen.raid_id
        else "",
        category=naming.category(seen.category),
        shape=shape_of(seen.category),
        when=_when(seen, language),
        place=place,
        lat_deg=seen.lat_deg if exact else None,
        lon_deg=seen.lon_deg if exact else None,
        observer=names.get(seen.observer, "") if seen.observer is not None else "",
        attributes=naming.told(seen.attributes),
        comment=seen.comment,
        flaws=[sentence(flaw, language) for flaw in dict.fromkeys(flaws)],
        withdrawn=seen.withdrawn,
        photographs=photographs,
    )


def _when(seen: Observation, language: Language) -> str:
    if seen.observed_utc is None:
        return writing.NOTHING
    local = reading(seen.observed_utc, seen.utc_offset_s)
    return f"{writing.short_day(local.date(), language)} {writing.clock(local)}"


def person_lines(
    raid: Raid, names: Mapping[int, str], employees: Mapping[int, str | None], language: Language
) -> list[PersonLine]:
    """Everybody once, with the most that they were on any leg; leaders first."""
    parts: dict[int, int] = {}
    for leg in raid.legs:
        for member in leg.members:
            own = 2 if member.is_leader else 1 if member.is_pilot else 0
            parts[member.person] = max(parts.get(member.person, 0), own)
    words = [say(WORDS, code, language) for code in ("member", "pilot", "leader")]
    order = sorted(parts, key=lambda person: (-parts[person], names.get(person, "")))
    return [
        PersonLine(names.get(person, str(person)), employees.get(person), words[parts[person]])
        for person in order
    ]


def facts(
    raid: Raid, terms: Mapping[tuple[str, str], str], language: Language
) -> list[tuple[str, str]]:
    """What stands at the head of the sheet."""

    def word(code: str) -> str:
        return say(WORDS, code, language)

    lines: list[tuple[str, str | None]] = [
        (word("team"), term(terms, "team", raid.team)),
        (word("station"), term(terms, "station", raid.station)),
        (word("way_type"), word(f"type_{raid.patrol_type}")),
        (word("armed"), word("yes" if raid.armed else "no")),
    ]
    if raid.kind is RaidKind.AMBUSH:
        where = writing.place(raid.lat_deg, raid.lon_deg, 5, language)
        lines += [(word("place"), where), (word("decoy"), raid.decoy or word("no_decoy"))]
    if raid.system_id is not None:
        lines.append((word("system"), str(raid.system_id)))
    return [(name, value) for name, value in lines if value]


def term(terms: Mapping[tuple[str, str], str], kind: str, key: str | None) -> str | None:
    """Its name, else its key."""
    return None if key is None else terms.get((kind, key), key)
