"""What lies in a file, whatever its name: which format it is, and what it holds.

Nothing here asks the database; a file that is damaged or hostile costs the reader's thread time
and memory within bounds, and nobody else anything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from firmware_bridge.files import HEAD_BYTES, READERS
from firmware_bridge.files.text import document as in_ascii
from groundstation.dock.proposals import Table
from groundstation.exchange.came import Came, Making
from groundstation.exchange.csv_in import is_csv, observations_of
from groundstation.exchange.gps_in import raid_of
from groundstation.exchange.smart import model_xml, patrol_read
from groundstation.exchange.smart.archive import FOLDER, Archive, is_zip
from groundstation.exchange.smart.document import Document, parse
from groundstation.exchange.smart.to_records import records_of
from groundstation.exchange.words import REFUSALS
from groundstation.records.model import DataModel
from groundstation.words import Refusal


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file holds."""

    format: str
    raids: Sequence[Came] = ()
    model: DataModel | None = None
    attached: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    """By document and by the name it gives the file."""


def read(raw: bytes, name: str, path: Path, making: Making, proposals: Table) -> Brought:
    """Everything whole in it. Raises Refusal when nothing of it can be taken.

    `path` is where the bytes lie; readers of units' files want it.
    """
    head = raw[:HEAD_BYTES]
    if is_zip(head):
        return _archive(raw, name, making)
    if any(reader.recognises(head) for reader in READERS.values()):
        return Brought(*raid_of(path, name, making, proposals))
    if _is_xml(head):
        return _document(raw, name, making)
    if is_csv(head):
        return Brought("csv", [observations_of(raw, name, making)])
    raise Refusal(REFUSALS, "unknown_format", name=name)


def _is_xml(head: bytes) -> bool:
    return in_ascii(head)[0].lstrip().startswith(b"<")


def _document(raw: bytes, name: str, making: Making) -> Brought:
    found = parse(raw, name, making.remarks)
    read_it = DOCUMENTS.get(found.name)
    if read_it is None:
        raise Refusal(REFUSALS, "unknown_document", name=name, root=found.name[:100])
    return read_it(found, name, making)


def _patrol(found: Document, name: str, making: Making) -> Brought:
    patrol = patrol_read.patrol_of(found, name, making.remarks)
    return Brought("smart patrol", [records_of(patrol, name, making)])


def _model(found: Document, name: str, making: Making) -> Brought:
    return Brought("smart model", model=model_xml.model_of(found, name, making.remarks))


DOCUMENTS: dict[str, Callable[[Document, str, Making], Brought]] = {
    patrol_read.ROOT: _patrol,
    model_xml.ROOT: _model,
}
"""By the name of the root element."""


def _archive(raw: bytes, name: str, making: Making) -> Brought:
    """All its documents; one that is refused does not keep the others out."""
    archive = Archive(raw, name)
    attached: dict[tuple[str, str], bytes] = {}
    documents = list(archive.documents())
    used = set(documents)
    brought = [_inside(archive, document, making) for document in documents]
    raids = [came for one in brought for came in one.raids]
    model = next((one.model for one in reversed(brought) if one.model is not None), None)
    if not raids and model is None:
        raise Refusal(REFUSALS, "archive_empty", name=name)
    for came in raids:
        for file in came.files:
            place = archive.attachment(came.document, file.name)
            key = came.document, file.name
            if place is None:
                making.remarks.add("attachment_missing", came.document, file=file.name)
            elif key not in attached:
                used.add(place)
                try:
                    attached[key] = archive.read(place)
                except Refusal as refused:
                    making.remarks.refused(refused, place)
    for member in archive.members:
        if member.name not in used:
            code = "attachment_unclaimed" if FOLDER in member.name else "member_ignored"
            making.remarks.add(code, member.name)
    return Brought("smart archive", raids, model, attached)


def _inside(archive: Archive, document: str, making: Making) -> Brought:
    apart = Making(making.known, making.zone, making.new_id, making.names)
    brought = Brought("")
    try:
        brought = _document(archive.read(document), document, apart)
    except Refusal as refused:
        apart.remarks.refused(refused)
    making.remarks.take(apart.remarks.listed(), document)
    return brought
