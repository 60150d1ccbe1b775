"""The blocking part of clearing: is it still the unit that was verified, then empty its memory.

Between a cable's end and the station nothing tells one unit from another but what it says. So the
port is opened once, the unit is asked again who it is and for the beginning of its memory, and
only when that is what was read and stored does the same opening of the port carry the command.
"""

from firmware_bridge.errors import BridgeError
from firmware_bridge.handheld import session
from firmware_bridge.handheld.conversation import Event, Identified
from firmware_bridge.handheld.download import at_baud
from firmware_bridge.handheld.identify import open_named
from firmware_bridge.handheld.options import DownloadOptions
from firmware_bridge.handheld.protocols import PROTOCOLS, Family
from firmware_bridge.port import Port
from firmware_bridge.tracks import Contents, UnitIdentity
from groundstation.dock.line import CannotClear
from groundstation.dock.reading import SEARCH_BAUD
from groundstation.store.known import all_keys, is_new

RECORDS = ("track", "entry")
"""Announced kinds that count points; the others count memory."""


def erase(device: str, unit: UnitIdentity, verified: Contents) -> str | None:
    """Empty the memory; None when the unit itself confirmed, else the complaint.

    Raises CannotClear, PortBusy, PortDenied or LinkClosed before the unit is told anything.
    """
    family = PROTOCOLS[unit.family]
    if family.erase is None:
        raise CannotClear(f"{family.title}: units of this family cannot be erased")
    with open_named(at_baud(f"serial:{device}:{SEARCH_BAUD}", unit.baud)) as port:
        _check_name(port, family, unit)
        _check_memory(port, family, unit, verified)
        try:
            return session.run(port, family.erase(unit), None).complaint
        except (BridgeError, OSError) as error:
            return str(error)  # it has been told


def _check_name(port: Port, family: Family, unit: UnitIdentity) -> None:
    said: list[UnitIdentity] = []

    def heard(event: Event) -> None:
        if isinstance(event, Identified):
            said.append(event.unit)

    session.run(port, family.probe(), None, heard)
    if not said:
        raise CannotClear("the unit does not answer any more")
    if any(_differ(getattr(said[-1], fact), getattr(unit, fact)) for fact in ("unit_id", "model")):
        raise CannotClear("another unit hangs there now")


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _check_memory(port: Port, family: Family, unit: UnitIdentity, verified: Contents) -> None:
    """Compare the first records, and how many there are, with what was verified.

    Many units have no number: two of one model differ only in what they hold.
    """
    conversation = family.download(unit, DownloadOptions(sample=True))
    complaint = session.run(port, conversation, None).complaint
    if complaint is not None:
        raise CannotClear(complaint)
    here = conversation.contents()
    segments = [s for track in here.tracks for s in track.segments]
    before = [s for track in verified.tracks for s in track.segments]
    if is_new(all_keys(segments), all_keys(before)).any():
        raise CannotClear("another unit hangs there now, or it holds what has not been read")
    for kind in here.announced.keys() & verified.announced.keys():
        now, then = here.announced[kind], verified.announced[kind]
        if then and not now:
            raise CannotClear("another unit hangs there now: its memory is empty")
        if kind in RECORDS and now != then:
            raise CannotClear(f"it holds {now} records now, {then} were read: clear it once more")
