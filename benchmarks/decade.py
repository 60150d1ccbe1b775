"""Ten years of a synthetic park in a database, filed as its people file them; made once and kept.

Every raid goes through `store.raids.file` and every find through `store.observations.file`, so
sums, flaws, history and audit log are there as in a station. The result lies in the system's
temporary folder under the hash of the code that made it.
"""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine

from firmware_bridge.tracks import Segment, Track
from firmware_bridge.units import utc_from_unix_us
from groundstation.access.account import console
from groundstation.records.observation import Observation
from groundstation.records.raid import Day, Leg, Member, PatrolType, Raid, RaidKind, TrackPart
from groundstation.records.wall_clock import zone_of
from groundstation.store import imports, observations, people, raids, terms
from groundstation.store.engine import migrate, open_engine
from sim import patrols
from sim.patrols.park import STATIONS, TEAMS
from sim.patrols.records import UTC_OFFSET_S, Find, Recording, WorkDay

FIRST, LAST = date(2016, 10, 1), date(2026, 9, 30)
NOW = datetime(2026, 10, 1, tzinfo=UTC)
CLERK = console("bench")
ZONE = zone_of("Asia/Vladivostok")
SPACE = UUID("019b0000-0000-7000-8000-000000000000")
TRANSPORTS = {"vehicle": "car", "boat": "motorboat"}
"""The station's own keys, where they differ."""
FILING = ("store", "records", "patrol", "dock/cleanup")
"""Rooms whose code decides what is in the database."""
AT_ONCE = 50
"""Raids in one transaction."""


def sqlite() -> Path:
    """The decade's SQLite file, made where it is not there yet; minutes."""
    root = Path(__file__).parent.parent
    code = [Path(__file__)]
    for room in ("sim/patrols", *(f"groundstation/{name}" for name in FILING)):
        code += sorted(
            path for path in (root / room).rglob("*") if path.suffix in (".py", ".xml", ".toml")
        )
    key = hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"kedrovka-decade-{key}"
    path = folder / "kedrovka.sqlite"
    if not path.exists():
        folder.mkdir(exist_ok=True)
        part = folder / "part.sqlite"
        part.unlink(missing_ok=True)
        engine = open_engine(f"sqlite:///{part}")
        fill(engine)
        engine.dispose()
        part.rename(path)
    return path


def fill(engine: Engine) -> None:
    """File all of it into an empty database."""
    migrate(engine)
    park = patrols.make_park(1)
    with engine.execution_options(writer=True).begin() as connection:
        staff = _people_and_terms(connection, park)
        whole = imports.KeptFile(hashlib.sha256(b"decade").hexdigest(), Path("decade"), 0)
        assert imports.add(connection, whole, "decade", "decade", CLERK.login, NOW) == 1
    for together in _parts(patrols.raids(park, FIRST, LAST)):
        with engine.execution_options(writer=True).begin() as connection:
            for raid in together:
                _file(connection, raid, staff)


def _parts(found: Iterator[patrols.Raid]) -> Iterator[Sequence[patrols.Raid]]:
    part: list[patrols.Raid] = []
    for raid in found:
        part.append(raid)
        if len(part) == AT_ONCE:
            yield part
            part = []
    yield part


def _people_and_terms(connection: Connection, park: patrols.Park) -> dict[str, int]:
    for key, name in TEAMS.items():
        terms.put(connection, "team", key, {"ru": name}, None, True)
    for key, name in STATIONS.items():
        terms.put(connection, "station", key, {"ru": name}, None, True)
    return {
        one.employee_id: people.add(
            connection,
            f"{one.family_name} {one.given_name} {one.employee_id}",
            NOW,
            one.employee_id,
            one.given_name,
            one.family_name,
            one.team,
        ).person
        for one in park.inspectors
    }


def _file(connection: Connection, raid: patrols.Raid, staff: dict[str, int]) -> None:
    raid_id = uuid5(SPACE, raid.number)
    filed = Raid(
        raid_id, 1, RaidKind(raid.kind), raid.number, PatrolType(raid.patrol_type),
        raid.start_date, raid.end_date, raid.armed, raid.team, raid.station, raid.objective,
        legs=[_leg(connection, leg, staff) for leg in raid.legs],
        lat_deg=raid.lat_deg, lon_deg=raid.lon_deg, decoy=raid.decoy,
    )  # fmt: skip
    raids.file(connection, filed, CLERK, NOW)
    rules = observations.rules(connection) if any(leg.finds for leg in raid.legs) else None
    for leg in raid.legs:
        for find in leg.finds:
            seen = _observation(raid_id, leg.leg, find, staff)
            observations.file(connection, seen, CLERK, NOW, rules)


def _leg(connection: Connection, leg: patrols.Leg, staff: dict[str, int]) -> Leg:
    members = [Member(staff[one], number == 0) for number, one in enumerate(leg.members)]
    tracks = [TrackPart(_track(connection, recording)) for recording in leg.recordings]
    days = [_day(day) for day in leg.days]
    dates = [day.date for day in days]
    return Leg(
        leg.leg,
        min(dates),
        max(dates),
        TRANSPORTS.get(leg.transport, leg.transport),
        None,
        members,
        days,
        tracks,
    )


def _track(connection: Connection, recording: Recording) -> int:
    r = recording
    segment = Segment(r.time_us, r.lat_deg, r.lon_deg, r.alt_amsl_m)
    row = imports.track_row(Track(None, [segment]), ZONE, NOW)
    return imports.add_track(connection, row, 1)


def _day(day: WorkDay) -> Day:
    midnight = datetime.combine(day.date, time())
    start, end = (midnight + timedelta(seconds=s) for s in (day.start_s, day.end_s))
    return Day(day.date, start.time(), end.time(), day.rest_minutes, UTC_OFFSET_S)


def _observation(raid_id: UUID, leg: str, find: Find, staff: dict[str, int]) -> Observation:
    return Observation(
        uuid5(SPACE, f"{raid_id} {find.waypoint}"), 1, find.category, dict(find.attributes),
        raid_id, leg, utc_from_unix_us(find.time_us), UTC_OFFSET_S, find.lat_deg, find.lon_deg,
        waypoint=find.waypoint, observer=staff[find.observer],
    )  # fmt: skip
