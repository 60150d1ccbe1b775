"""Sentences of one epoch become one point; a log becomes one track.

An epoch is everything between two changes of the time of day. Its point is what `points` reads
from it, its date is RMC's, or ZDA's (some send that with the whole second before the fix). Every
other sentence stays with its point as text in `raw_extensions`. An epoch whose receiver says that
it has no fix, or that names no position, keeps its time and has NaN coordinates.

Sources: u-blox 8 "Receiver description including protocol specification" (NMEA standard
messages), gpsd.io/NMEA.html. Two-digit years from 80 on are of the last century: GPS began in
1980.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_bridge.handheld.nmea import columns
from firmware_bridge.handheld.nmea.points import Rows, epochs_of, field_of, read
from firmware_bridge.handheld.nmea.scan import MAX_FLAWS, Scan, flaws, scan
from firmware_bridge.handheld.rollover import repaired, weeks_lost
from firmware_bridge.tracks import NO_TIME_US, Contents, Flaw, Segment, Track, UnitIdentity

_TIME_FIELD = {b"RMC": 1, b"GGA": 1, b"GNS": 1}
_GLL_TIME_FIELD = {b"GLL": 5}
"""Only where nothing else has a time: a Garmin 48's GLL runs a second apart from its RMC."""
_ZDA_REACH_US = 2_000_000
_WIDTH = {b"RMC": 10, b"GGA": 12, b"GNS": 11, b"ZDA": 5, b"GLL": 7, b"GSA": 18, b"VTG": 8}
"""Fields a sentence must have to be read; a shorter one stays as text."""
MAX_EPOCH = 200_000
"""Sentences; what a longer epoch has more is left out."""
BLOCK_SENTENCES = 100_000
"""Held as text at a time; each costs ten times its length."""


def decode_log(data: bytes, *, earliest_us: int | None = None) -> Contents:
    """Everything in an NMEA log; `earliest_us`: no point of it can be older than this."""
    found = scan(data)
    crowded: list[Flaw] = []
    parts = list(_parts(data, found, crowded))
    segment, marked = _segment(parts, earliest_us)
    tracks = [Track(None, [segment])] if len(segment) else []
    model = next((part.model for part in parts if part.model), None)
    unit = UnitIdentity("nmea", None, model, None)
    return Contents(
        "nmea",
        unit,
        tracks,
        [],
        flaws(found, data) + crowded + marked,
        announced={"sentence": len(found.starts) + found.rejected_count},
        received={"sentence": len(found.starts), "track": len(segment)},
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """Whole epochs, as columns; of a long log the sentences of a few minutes are held as text."""

    floats: Mapping[str, columns.Floats]
    no_fix: NDArray[np.bool_]
    tod_us: NDArray[np.int64]
    texts: Mapping[int, bytes]
    """Sentences without a column, by epoch, a line each."""
    dated: tuple[NDArray[np.int64], NDArray[np.int64]]
    """RMC's: epochs and days."""
    announced: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
    """ZDA's: epochs, days, times of day."""
    model: str | None


def _parts(data: bytes, found: Scan, crowded: list[Flaw]) -> Iterator[_Part]:
    """Block by block; an epoch that ends in none of them is carried on to MAX_EPOCH."""
    starts, ends = found.starts, found.ends
    blocks = range(0, len(starts), BLOCK_SENTENCES)

    def bodies_of(at: int) -> list[bytes]:
        here = slice(at, at + BLOCK_SENTENCES)
        spans = zip(starts[here].tolist(), ends[here].tolist(), strict=True)
        return [data[start:end] for start, end in spans]

    others = any(body[2:5] in _TIME_FIELD for at in blocks for body in bodies_of(at))
    carried: list[bytes] = []
    stamp: bytes | None = None
    for at in blocks:
        bodies = carried + bodies_of(at)
        if at + BLOCK_SENTENCES >= len(starts):
            cut = len(bodies)
        else:
            cut, stamp = _last_epoch(bodies, len(carried), stamp, others)
        carried = bodies[cut : cut + MAX_EPOCH]
        if (more := len(bodies) - cut - MAX_EPOCH) > 0 and len(crowded) < MAX_FLAWS:
            what = f"{more} sentences of an epoch of more than {MAX_EPOCH} left out"
            crowded.append(Flaw(int(starts[at]), what))
        if cut:
            yield _part(*_collect(bodies[:cut], others))


def _stamp(body: bytes, others: bool) -> bytes | None:
    """The time of day a sentence gives, None where it gives none."""
    kind = body.partition(b",")[0][-3:]
    at = (_TIME_FIELD if others else _GLL_TIME_FIELD).get(kind)
    if at is None or body[:1] == b"P":
        return None
    fields = body.split(b",")
    return _same_if_equal(fields[at]) if len(fields) >= _WIDTH[kind] else None


def _same_if_equal(stamp: bytes) -> bytes:
    """A time of day without the zeros some sentences have and others of the epoch have not."""
    return stamp.rstrip(b"0").rstrip(b".") if b"." in stamp else stamp


def _last_epoch(
    bodies: Sequence[bytes], carried: int, stamp: bytes | None, others: bool
) -> tuple[int, bytes | None]:
    """Where the last epoch begins, which may go on behind the bodies, and its time of day.

    0 where all are of one. The first `carried` are known to be of one, of the time `stamp`.
    """
    begins, current = 0, None
    for index in range(len(bodies) - 1, carried - 1, -1):
        found = _stamp(bodies[index], others)
        if found is None:
            continue
        if current is not None and found != current:
            return begins, current
        begins, current = index, found
    if current is None or stamp is None or current == stamp:
        return 0, stamp if current is None else current
    return begins, current


def _part(times: list[bytes], rows: Rows, texts: dict[int, list[bytes]]) -> _Part:
    floats, no_fix = read(rows, len(times))
    _stay_as_text(rows, no_fix, texts)
    rmc, zda = rows[b"RMC"], rows[b"ZDA"]
    zda_days = columns.days([b"".join(fields[2:5]) for _, fields in zda])
    return _Part(
        floats,
        no_fix,
        columns.time_of_day_us(times),
        {epoch: b"\n".join(bodies) for epoch, bodies in texts.items()},
        (epochs_of(rmc), columns.days(field_of(rmc, 9))),
        (epochs_of(zda), zda_days, columns.time_of_day_us(field_of(zda, 1))),
        _model(rows),
    )


def _collect(
    bodies: Sequence[bytes], others: bool
) -> tuple[list[bytes], Rows, dict[int, list[bytes]]]:
    """The times of the epochs, the sentences we know by kind, the others by epoch."""
    rows: Rows = {kind: [] for kind in _WIDTH}
    rows[b"RMT"] = []
    texts: dict[int, list[bytes]] = {}
    times: list[bytes] = []
    time_field = (_TIME_FIELD if others else _GLL_TIME_FIELD).get
    current, width = None, _WIDTH.get
    for body in bodies:
        fields = body.split(b",")
        kind = fields[0][-3:]
        if len(fields) < width(kind, 99) or body[:1] == b"P" or (others and kind == b"GLL"):
            if kind == b"RMT":
                rows[kind].append((len(times) - 1, fields))
            texts.setdefault(max(len(times) - 1, 0), []).append(body)
            continue
        at = time_field(kind)
        if at is not None:
            stamp = _same_if_equal(fields[at])
            if stamp != current or not times:
                times.append(stamp)
                current = stamp
        elif not times and kind != b"ZDA":
            texts.setdefault(0, []).append(body)
            continue
        rows[kind].append((max(len(times) - 1, 0), fields))
    return times, rows, texts if times else {}


def _segment(parts: Sequence[_Part], earliest_us: int | None) -> tuple[Segment, list[Flaw]]:
    """All epochs as one segment, and what was repaired in them."""
    sizes = [len(part.no_fix) for part in parts]
    offsets = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).tolist()
    count = offsets[-1]

    def column(name: str) -> columns.Floats:
        whole = np.full(count, np.nan)
        for part, at, size in zip(parts, offsets, sizes, strict=False):
            if name in part.floats:
                whole[at : at + size] = part.floats[name]
        return whole

    no_fix = np.concatenate([np.zeros(0, bool), *(part.no_fix for part in parts)])
    tod_us = np.concatenate([np.zeros(0, np.int64), *(part.tod_us for part in parts)])
    day = _days(parts, offsets, tod_us)
    time_us = columns.utc_us(day, tod_us)
    weeks = weeks_lost(time_us, earliest_us)
    marked: list[Flaw] = []
    lat_deg, lon_deg = column("lat_deg"), column("lon_deg")
    alone = no_fix | np.isnan(lat_deg) | np.isnan(lon_deg)
    extras: dict[str, NDArray[np.generic]] = {
        name: column(name)
        for name in dict.fromkeys(name for part in parts for name in part.floats)
        if name not in ("lat_deg", "lon_deg", "alt_amsl_m")
    }
    if weeks.any():
        extras["week_rollover"] = weeks
        text = f"dates of {np.count_nonzero(weeks)} points were 1024 weeks off"
        marked.append(Flaw(-1, text, loss=False))
    if any(part.texts for part in parts):
        extras["raw_extensions"] = _texts(parts, offsets, count)
    undated = np.count_nonzero(time_us == NO_TIME_US)
    if undated:
        marked.append(Flaw(-1, f"no date or time for {undated} points", loss=False))
    segment = Segment(
        repaired(time_us, weeks),
        np.where(alone, np.nan, lat_deg),
        np.where(alone, np.nan, lon_deg),
        np.where(no_fix, np.nan, column("alt_amsl_m")),
        extras,
    )
    return segment, marked


def _texts(parts: Sequence[_Part], offsets: Sequence[int], count: int) -> NDArray[np.object_]:
    """(count,) str, the sentences without a column; "" where an epoch has none."""
    said = np.full(count, "", dtype=object)
    for part, at in zip(parts, offsets, strict=False):
        for epoch, lines in part.texts.items():
            said[at + epoch] = lines.decode("ascii", "backslashreplace")
    return said


def _days(
    parts: Sequence[_Part], offsets: Sequence[int], tod_us: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(N,) the days RMC names, and ZDA's for an epoch without, if it is next to that one."""
    day = np.full(len(tod_us), columns.NO_US, np.int64)
    for part, at in zip(parts, offsets, strict=False):
        epochs, found = part.dated
        known = found != columns.NO_US
        day[at + epochs[known]] = found[known]
    for part, at in zip(parts, offsets, strict=False):
        epochs, found, stamp_us = part.announced
        if not len(epochs) or not len(day):
            continue
        here = at + epochs
        for epoch in (here, np.minimum(here + 1, len(day) - 1)):
            near = np.abs(tod_us[epoch] - stamp_us) < _ZDA_REACH_US
            near &= (found != columns.NO_US) & (day[epoch] == columns.NO_US)
            near &= (stamp_us != columns.NO_US) & (tod_us[epoch] != columns.NO_US)
            day[epoch[near]] = found[near]
    return day


def _stay_as_text(rows: Rows, no_fix: NDArray[np.bool_], texts: dict[int, list[bytes]]) -> None:
    """Keep what a receiver without a fix said as text, its last position perhaps among it."""
    for kind in (b"RMC", b"GGA", b"GNS", b"GLL"):
        for epoch, fields in rows[kind] if no_fix.any() else ():
            if no_fix[epoch]:
                texts.setdefault(epoch, []).append(b",".join(fields))


def _model(rows: Rows) -> str | None:
    """Garmin's PGRMT names the product."""
    for _, fields in rows[b"RMT"]:
        if fields[0] == b"PGRMT" and len(fields) > 1 and fields[1]:
            return fields[1].decode("ascii", "backslashreplace")
    return None
