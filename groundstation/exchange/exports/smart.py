"""SMART patrol XML 1.3: a ZIP with a document a raid and what is attached to them, or one XML.

Attached pictures go without their metadata (`photographs.strip`): where and when they were taken
stands in the patrol. What cannot be stripped stays here and is told, and a file for the public
takes no pictures along: nobody has looked at whom and what they show.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from groundstation.access.roles import May
from groundstation.exchange.exports.gather import Gathering, Written
from groundstation.exchange.exports.words import REFUSALS
from groundstation.exchange.smart.archive import FOLDER, free_names
from groundstation.exchange.smart.export import Smart, smart_of
from groundstation.exchange.smart.patrol import Attachment, Observed, Patrol
from groundstation.exchange.smart.patrol_write import write_patrol
from groundstation.photographs.folder import path_of
from groundstation.photographs.strip import CannotStrip, stripped
from groundstation.records.check import asked
from groundstation.store import models
from groundstation.store.photographs import of_raid
from groundstation.words import Refusal


def write(path: Path, gathering: Gathering, photographs: Path) -> Written:
    """Write the ZIP; memory is that of one raid and one picture."""
    done = Written()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        taken: list[str] = []
        for raid_id, name, smart in _smarts(gathering, done):
            kept = _attach(archive, raid_id, smart, gathering, photographs, taken, done)
            document = write_patrol(_renamed(smart.patrol, kept))
            taken.append(f"{name}.xml")
            archive.writestr(free_names(taken)[-1], document)
    done.left_out["outside_raids"] += len(gathering.outside())
    return done


def write_one(path: Path, gathering: Gathering) -> Written:
    """Write a raid's XML. Raises Refusal unless it is exactly one."""
    done = Written()
    found = list(_smarts(gathering, done)) if len(gathering.chosen()) == 1 else []
    if len(found) != 1:
        raise Refusal(REFUSALS, "one_xml", n=len(gathering.chosen()))
    smart = found[0][2]
    for _ in smart.attachments:
        done.leave_out("not_in_xml")
    path.write_bytes(write_patrol(_renamed(smart.patrol, {})))
    return done


def _smarts(gathering: Gathering, done: Written) -> Iterator[tuple[UUID, str, Smart]]:
    """Each raid with the name of its document."""
    known = asked(models.current(gathering.connection))
    for raid_id in gathering.chosen():
        smart = smart_of(
            gathering.connection,
            raid_id,
            known,
            gathering.zone,
            gathering.seen,
            gathering.with_ways,
        )
        if smart is None:
            continue
        stops = [stop for leg in smart.patrol.legs for day in leg.days for stop in day.waypoints]
        done.raids += 1
        done.observations += sum(len(group) for stop in stops for group in stop.groups)
        days = (day for leg in smart.patrol.legs for day in leg.days)
        points = sum(len(line) for day in days for track in day.tracks for line in track.lines)
        done.points += points
        gathering.sensitive += points > 0
        yield raid_id, _file_name(smart.patrol.number or str(raid_id)), smart


def _attach(
    archive: zipfile.ZipFile,
    raid_id: UUID,
    smart: Smart,
    gathering: Gathering,
    photographs: Path,
    taken: list[str],
    done: Written,
) -> dict[str, str]:
    """Put a raid's files into the archive; the name in the patrol -> the one there."""
    kept: dict[str, str] = {}
    if not gathering.seen_as.may(May.READ):
        done.left_out["pictures"] += len(smart.attachments)
        return kept
    known = of_raid(gathering.connection, raid_id)
    upright = {p.sha256: int(p.extras.get("orientation", 1)) for p in known}
    for name, sha256 in smart.attachments.items():
        try:
            content = stripped(path_of(photographs, sha256).read_bytes(), upright[sha256])
        except CannotStrip:
            done.leave_out("unstrippable")
        except FileNotFoundError:
            done.leave_out("missing_file")
        else:
            taken.append(name)
            kept[name] = free_names(taken)[-1]
            archive.writestr(f"{FOLDER}{kept[name]}", content)
    return kept


def _renamed(patrol: Patrol, kept: Mapping[str, str]) -> Patrol:
    """With the names its attachments have in the archive, without those that are not there."""

    def named(attachments: Sequence[Attachment]) -> list[Attachment]:
        return [replace(a, name=kept[a.name]) for a in attachments if a.name in kept]

    def observed(one: Observed) -> Observed:
        return replace(one, attachments=named(one.attachments))

    legs = [
        replace(leg, days=[
            replace(day, waypoints=[
                replace(
                    stop,
                    attachments=named(stop.attachments),
                    groups=[[observed(one) for one in group] for group in stop.groups],
                )
                for stop in day.waypoints
            ])
            for day in leg.days
        ])
        for leg in patrol.legs
    ]  # fmt: skip
    return replace(patrol, legs=legs, attachments=named(patrol.attachments))


def _file_name(number: str) -> str:
    """A raid's number as a file may be called."""
    return re.sub(r"[^\w.-]+", "_", number).strip("._") or "patrol"
