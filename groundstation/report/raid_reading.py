"""A raid's sheet from the store, as much of it as whoever asks may see."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from groundstation.access import redact
from groundstation.access.account import Account
from groundstation.records.flaws import sentence
from groundstation.records.observation import Observation
from groundstation.records.photograph import Photograph
from groundstation.records.raid import Raid
from groundstation.report import drawing, links, plots, raid_sheet, raid_way, writing
from groundstation.report.asked import Asked
from groundstation.report.drawing import Desk
from groundstation.report.naming import Naming, naming
from groundstation.report.raid_sheet import DayLine, ObservationLine, RaidSheet
from groundstation.report.reading import term_names
from groundstation.report.words import WORDS
from groundstation.store import (
    models,
    observations,
    photograph_sight,
    photographs,
    raid_ways,
    raids,
)
from groundstation.store import tables as t
from groundstation.words import Language, Refusal, say

SHOWN_IDS = 5


def gather(connection: Connection, asked: Asked) -> RaidSheet:
    """Raises Refusal for no raid, several of that number, or one that is not theirs to see."""
    account, language = asked.account, asked.language
    raid_id = _named(connection, asked.raid, account)
    found = raids.get(connection, raid_id)
    assert found is not None
    raid, totals = redact.seen_raid(found[0], account), redact.seen_totals(found[1], account)
    model = models.current(connection)
    spoken, rules = naming(model, language), redact.sensitive(model)
    noted = observations.of_raid(connection, raid_id)
    seen = [(o, redact.seen_observation(o, rules, account)) for o in noted]
    names, employees = _people(connection, raid, noted)
    pictures = _photographs(connection, raid_id, account)
    lines = [
        _line(stored, shown, spoken, names, pictures[stored.observation_id])
        for stored, shown in seen
        if shown is not None
    ]
    way = raid_ways.way(connection, raid_id) if redact.may_see_way(account) else None
    return RaidSheet(
        raid=raid,
        title=say(WORDS, "raid_title", language, number=raid.number),
        subject=str(raid_id),
        link=links.raid(raid_id),
        kind=say(WORDS, f"kind_{raid.kind}", language),
        span=writing.days(raid.start_date, raid.end_date, language),
        facts=raid_sheet.facts(raid, term_names(connection, language), language),
        totals=totals,
        people=raid_sheet.person_lines(raid, names, employees, language),
        days=_days(connection, raid, language),
        observations=lines,
        photographs=pictures[None],
        flaws=[sentence(flaw, language) for flaw in raid.flaws],
        way=way,
        withheld=sum(shown is None for _, shown in seen),
        sensitive=way is not None
        or any(shown and redact.is_sensitive(stored, rules) for stored, shown in seen),
    )


def draw(sheet: RaidSheet, desk: Desk) -> Mapping[str, Any]:
    """What the template shows."""
    along = raid_way.profile_of(sheet.way) if sheet.way is not None else None
    own, unshown = drawing.pictures(sheet.photographs, desk)
    lines = []
    for line in sheet.observations:
        shown, more = drawing.pictures(line.photographs, desk)
        lines.append((line, shown))
        unshown += more
    return {
        "sheet": sheet,
        "lines": lines,
        "photographs": own,
        "unshown": unshown,
        "map": raid_way.drawn_map(sheet, desk.tile, desk.language),
        "profile": along
        and plots.profile(along.km, along.height_m, along.speed_kmh, desk.language),
        "stretch_m": raid_way.STRETCH_M,
    }


def _named(connection: Connection, wanted: str | None, account: Account) -> UUID:
    """By id or by number, among those the account sees."""
    if not wanted:
        raise Refusal(WORDS, "no_raid_named")
    r = t.raids.c
    own = raids.scope_clause(account)
    try:
        this = r.raid_id == UUID(wanted)
    except ValueError:
        this = r.number == wanted
    found = list(connection.scalars(select(r.raid_id).where(this, own).order_by(r.start_date)))
    if not found:
        raise Refusal(WORDS, "no_such_raid", 404, raid=wanted)
    if len(found) > 1:
        ids = ", ".join(map(str, found[-SHOWN_IDS:]))
        raise Refusal(WORDS, "several_raids", 409, raid=wanted, ids=ids)
    raid_id: UUID = found[0]
    return raid_id


def _line(
    stored: Observation,
    shown: Observation,
    spoken: Naming,
    names: Mapping[int, str],
    pictures: Sequence[Photograph],
) -> ObservationLine:
    exact = shown.lat_deg == stored.lat_deg and shown.lon_deg == stored.lon_deg
    return raid_sheet.observation_line(shown, exact, spoken, names, pictures)


def _photographs(
    connection: Connection, raid_id: UUID, account: Account
) -> dict[UUID | None, list[Photograph]]:
    """Those the account may see, by observation; under None those of the raid as a whole."""
    every = [p for p in photographs.of_raid(connection, raid_id) if p.withdrawn is None]
    found: dict[UUID | None, list[Photograph]] = defaultdict(list)
    for sight in photograph_sight.seen(connection, every, account):
        if sight is not None:
            found[sight.photograph.observation_id].append(sight.photograph)
    return found


def _people(
    connection: Connection, raid: Raid, noted: Sequence[Observation]
) -> tuple[dict[int, str], dict[int, str | None]]:
    """Names and employee numbers of everybody the sheet speaks of."""
    who = {member.person for leg in raid.legs for member in leg.members}
    who |= {o.observer for o in noted if o.observer is not None}
    p = t.people.c
    rows = connection.execute(select(p.person, p.name, p.employee_id).where(p.person.in_(who)))
    found = list(rows)
    return {row[0]: row[1] for row in found}, {row[0]: row[2] for row in found}


def _days(connection: Connection, raid: Raid, language: Language) -> list[DayLine]:
    """Each day of each leg, with the distance that was summed up when it was filed."""
    d = t.raid_days.c
    statement = select(d.leg, d.date, d.distance_m).where(d.raid_id == raid.raid_id)
    walked = {(leg, day): metres for leg, day, metres in connection.execute(statement)}
    words = term_names(connection, language)
    return [
        DayLine(
            leg.leg,
            raid_sheet.term(words, "transport", leg.transport) or "",
            raid_sheet.term(words, "mandate", leg.mandate) or "",
            day,
            walked.get((leg.leg, day.date), 0.0),
        )
        for leg in raid.legs
        for day in leg.days
    ]
