"""What a file brought, into the database: one transaction, in which nothing is written twice.

The same bytes again are answered as taken. A raid that is here already, said the same way, is
left alone; one that came from a file under the same number and first day becomes its next
revision; another one under that number is filed beside it, and the check flags both.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from groundstation.access.account import Account
from groundstation.access.roles import May
from groundstation.exchange.came import DAY, DISTANCE, Came, settled
from groundstation.exchange.matching import matched, next_of, says_the_same
from groundstation.exchange.model_merge import merged
from groundstation.exchange.naming import Namer, settle_people, settle_terms
from groundstation.exchange.references import with_references
from groundstation.exchange.remarks import Remark, Remarks
from groundstation.exchange.smart.export import canonical, smart_of
from groundstation.exchange.smart.from_records import File, Told, patrol_of_records
from groundstation.exchange.smart.patrol_write import write_patrol
from groundstation.exchange.smart.to_records import with_tracks
from groundstation.exchange.smart.way import Way
from groundstation.exchange.taking import Ready, ReadyRaid, ids
from groundstation.exchange.words import FILING
from groundstation.records.check import asked
from groundstation.records.observation import Observation
from groundstation.records.raid import Raid
from groundstation.store import audit, imports, models, observations, photographs, raids, tables
from groundstation.store.imports import StoredImport
from groundstation.store.raids import RaidNews
from groundstation.words import Refusal, say

KINDS = ("raids", "observations", "tracks", "photographs", "models", "people", "terms", "known")
"""What is counted in a report; `known`: raids and observations that were here already."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file."""

    number: int
    """Of the import."""
    name: str
    format: str
    already: datetime | None
    """When these very bytes came before; this is what was told then."""
    taken: Mapping[str, int]
    remarks: Sequence[Remark]
    raids: Sequence[RaidNews] = ()
    """That were filed or changed by it."""


def file(
    connection: Connection,
    ready: Ready,
    account: Account,
    zone: tzinfo,
    now_utc: datetime,
    ours: bool = False,
) -> Outcome:
    """Write it, inside the caller's transaction; may be run again after a rollback.

    `ours`: its people and terms are the park's own, and active when they are new.
    """
    before = imports.taken(connection, ready.kept.sha256)
    if before is not None:
        return replace(outcome_of(before), already=before.time_utc)
    return _Filing(connection, ready, account, zone, now_utc, ours).outcome()


def refused(
    connection: Connection,
    kept: imports.KeptFile,
    name: str,
    why: Refusal,
    account: Account,
    now_utc: datetime,
) -> None:
    """Note that nothing was taken of a file; its bytes stay."""
    number = imports.add(connection, kept, name, imports.REFUSED, account.login, now_utc)
    remarks = Remarks()
    remarks.refused(why)
    imports.report(connection, number, _told(Counter(), remarks.listed()))


def outcome_of(stored: StoredImport) -> Outcome:
    """What was told about a stored import."""
    told = stored.report
    remarks = [Remark(**remark) for remark in told.get("remarks", [])]
    return Outcome(stored.number, stored.name, stored.format, None, told.get("taken", {}), remarks)


def _told(taken: Mapping[str, int], remarks: Sequence[Remark]) -> dict[str, Any]:
    lines = [
        {"where": r.where, "code": r.code, "values": dict(r.values), "times": r.times}
        for r in remarks
    ]
    return {"taken": {kind: n for kind in KINDS if (n := taken.get(kind, 0))}, "remarks": lines}


class _Filing:
    """One file's way into the database."""

    def __init__(
        self,
        connection: Connection,
        ready: Ready,
        account: Account,
        zone: tzinfo,
        now_utc: datetime,
        ours: bool,
    ) -> None:
        self._connection, self._ready, self._account = connection, ready, account
        self._zone, self._now_utc, self._ours = zone, now_utc, ours
        self._new_id: Callable[[], UUID] = ids(now_utc)
        self._taken: Counter[str] = Counter()
        self._news: list[RaidNews] = []
        self._remarks = Remarks()
        self._remarks.take(ready.remarks)

    def outcome(self) -> Outcome:
        ready, account, now_utc = self._ready, self._account, self._now_utc
        self._number = imports.add(
            self._connection, ready.kept, ready.name, ready.format, account.login, now_utc
        )
        if ready.model is not None:
            self._model()
        self._rules = observations.rules(self._connection)
        remarks, ours = self._remarks, self._ours
        people = settle_people(self._connection, ready.names, remarks, now_utc, ours)
        terms = settle_terms(self._connection, ready.names, remarks, ours)
        self._namer = Namer(self._connection)
        for one in ready.raids:
            self._apart(replace(one, came=settled(one.came, people, terms)))
        listed = self._remarks.listed()
        added = [r.code.startswith("person_") for r in listed if r.code.endswith("_added")]
        self._taken["people"] = sum(added)
        self._taken["terms"] = len(added) - sum(added)
        told = _told(self._taken, listed)
        imports.report(self._connection, self._number, told)
        detail = {"name": ready.name, "sha256": ready.kept.sha256, **told["taken"]}
        audit.append(
            self._connection, account, "imported", "import", str(self._number), detail, now_utc
        )
        return Outcome(
            self._number, ready.name, ready.format, None, told["taken"], listed, self._news
        )

    def _model(self) -> None:
        assert self._ready.model is not None
        if not self._account.may(May.MODEL):
            self._remarks.add("model_not_allowed")
            return
        before = models.stored(self._connection)
        model = merged(before.document, self._ready.model)
        try:
            after = models.put(self._connection, model, self._account, self._now_utc, before.model)
        except Refusal as why:
            self._remarks.because("model_refused", why)
            return
        if after.model == before.model:
            self._remarks.add("model_same")
            return
        came, now = asked(self._ready.model), asked(model)
        self._remarks.add(
            "model_taken",
            categories=len(came.categories),
            attributes=len(came.attributes),
            more=len(now.categories) - len(came.categories),
        )
        self._taken["models"] += 1

    def _apart(self, one: ReadyRaid) -> None:
        """A raid that is refused does not keep the others out, and leaves no count behind."""
        before = self._taken.copy(), self._remarks, list(self._news)
        self._remarks = Remarks()
        try:
            with self._connection.begin_nested():
                if one.came.raid is not None:
                    self._raid(one, with_references(self._connection, one.came.raid, self._remarks))
                else:
                    self._observations(one.came.observations, [])
        except Refusal as why:
            self._taken, self._remarks, self._news = before
            number = one.came.raid.number if one.came.raid else one.came.document
            self._remarks.because("raid_refused", why, one.came.document, number=number)
            return
        told, self._remarks = self._remarks.listed(), before[1]
        self._remarks.take(told)

    def _raid(self, one: ReadyRaid, raid: Raid) -> None:
        r = tables.raids.c
        columns = r.raid_id, r.start_date, r["import"], r.withdrawn
        same = self._connection.execute(select(*columns).where(r.number == raid.number)).all()
        on_that_day = [row for row in same if row.start_date == raid.start_date]
        said = self._said(one, raid)
        if any(self._said_here(row.raid_id) == said for row in on_that_day):
            self._remarks.add("raid_known", number=raid.number)
            self._taken["known"] += 1
            return
        source = [r for r in on_that_day if r._mapping["import"] is not None and not r.withdrawn]
        if len(source) == 1:
            self._change(one, raid, source[0].raid_id)
            return
        if same:
            self._remarks.add("same_number", one.came.document, number=raid.number)
        raid = with_tracks(raid, self._tracks(one, {}))
        filed = raids.file(self._connection, raid, self._account, self._now_utc, self._number)
        self._taken["raids"] += 1
        self._news.append(raids.news(filed.raid))
        self._observations(one.came.observations, [])
        self._photographs(one.came, raid.raid_id, {})

    def _said(self, one: ReadyRaid, raid: Raid) -> bytes:
        """What the file says of the raid, in a form that compares with `_said_here`."""
        attached = self._ready.attached
        here = [f for f in one.came.files if (one.came.document, f.name) in attached]
        ways = []
        for track in one.came.tracks:
            extras = track.track.extras
            day = date.fromisoformat(extras[DAY]) if DAY in extras else None
            km = float(extras[DISTANCE]) if DISTANCE in extras else None
            ways.append(Way(track.leg, track.track.segments, day, km))
        files = [File(f.name, f.level, f.observation_id) for f in here]
        told = Told(raid, one.came.observations, ways, files)
        patrol = patrol_of_records(told, self._namer, self._rules.asked, self._zone)
        return write_patrol(canonical(patrol))

    def _said_here(self, raid_id: UUID) -> bytes | None:
        found = smart_of(self._connection, raid_id, self._rules.asked, self._zone)
        return None if found is None else write_patrol(canonical(found.patrol))

    def _change(self, one: ReadyRaid, raid: Raid, raid_id: UUID) -> None:
        stored = raids.get(self._connection, raid_id)
        assert stored is not None
        before = stored[0]
        tracks = {part.track for leg in before.legs for part in leg.tracks}
        raid = with_tracks(raid, self._tracks(one, self._stored_tracks(tracks)))
        raid = replace(raid, raid_id=raid_id, revision=before.revision + 1)
        # Filed even where only its observations changed: its totals are those of both.
        filed = raids.file(self._connection, raid, self._account, self._now_utc, self._number)
        self._taken["raids"] += 1
        self._news.append(raids.news(filed.raid))
        revision = filed.raid.revision
        self._remarks.add("raid_changed", number=raid.number, revision=revision)
        here = [o if o.raid_id is None else replace(o, raid_id=raid_id)
                for o in one.came.observations]  # fmt: skip
        known = list(observations.of_raid(self._connection, raid_id))
        self._photographs(one.came, raid_id, self._observations(here, known))

    def _stored_tracks(self, numbers: set[int]) -> dict[bytes, int]:
        t = tables.tracks.c
        statement = select(t.track, t.content).where(t.track.in_(numbers))
        return {row.content: row.track for row in self._connection.execute(statement)}

    def _tracks(self, one: ReadyRaid, known: Mapping[bytes, int]) -> list[tuple[str, int]]:
        """Leg and number of each; those of the same points are stored already."""
        found = []
        for leg, row in one.tracks:
            number = known.get(row["content"])
            if number is None:
                number = imports.add_track(self._connection, row, self._number)
                self._taken["tracks"] += 1
            found.append((leg, number))
        return found

    def _observations(
        self, came: Sequence[Observation], stored: Sequence[Observation]
    ) -> Mapping[UUID, UUID]:
        """File what is new or changed, withdraw what the file has no more.

        Answers the stored id of each observation that was known.
        """
        found = matched(came, [o for o in stored if o.withdrawn is None])
        for observation in found.to_file:
            self._observation(observation)
        for gone in found.gone:
            reason = say(FILING, "gone", self._account.language, name=self._ready.name)
            observations.withdraw(
                self._connection, gone.observation_id, gone.revision, reason, self._account,
                self._now_utc,
            )  # fmt: skip
            self._remarks.add("observation_gone", waypoint=gone.waypoint or "-")
        return found.stored_as

    def _observation(self, observation: Observation) -> None:
        stored = observations.get(self._connection, observation.observation_id)
        if stored is not None and observation.revision == 1:
            if says_the_same(observation, stored):
                self._remarks.add("observation_known")
                self._taken["known"] += 1
                return
            observation = next_of(observation, stored)
        try:
            with self._connection.begin_nested():
                observations.file(
                    self._connection, observation, self._account, self._now_utc, self._rules,
                    self._number,
                )  # fmt: skip
            self._taken["observations"] += 1
        except Refusal as why:
            self._remarks.because("observation_refused", why, observation.waypoint or "")

    def _photographs(self, came: Came, raid_id: UUID, stored_as: Mapping[UUID, UUID]) -> None:
        there = {
            (p.sha256, p.name, p.observation_id)
            for p in photographs.of_raid(self._connection, raid_id)
        }
        for attached in came.files:
            kept = self._ready.attached.get((came.document, attached.name))
            if kept is None:
                continue
            to = attached.observation_id
            to = stored_as.get(to, to) if to is not None else None
            if (kept.sha256, attached.name, to) in there:
                continue
            of_raid = raid_id if to is None else None
            try:
                photographs.put(
                    self._connection, kept, self._new_id(), attached.name[:255], of_raid, to,
                    attached.level, self._account, self._now_utc,
                )  # fmt: skip
            except Refusal as why:
                self._remarks.because("attachment_refused", why, attached.name)
                continue
            self._taken["photographs"] += 1
