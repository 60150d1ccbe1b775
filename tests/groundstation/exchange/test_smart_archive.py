"""Archives from strangers: what is harmless is read, everything else refused by name."""

import io
import zipfile
from collections.abc import Callable

import pytest

from groundstation.exchange.smart import archive
from groundstation.exchange.smart.archive import Archive, free_names, is_zip
from groundstation.words import Refusal
from tests.groundstation.exchange.smart_files import archive_of


def zipped(**members: bytes) -> bytes:
    return made(lambda out: [out.writestr(name, body) for name, body in members.items()])


def made(fill: Callable[[zipfile.ZipFile], object]) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as out:
        fill(out)
    return into.getvalue()


def test_documents_and_attachments_are_found() -> None:
    raw = archive_of({"a.xml": b"<a/>"}, {"снимок.jpg": b"jpeg"})
    assert is_zip(raw)
    opened = Archive(raw, "a.zip")
    assert list(opened.documents()) == ["a.xml"]
    member = opened.attachment("a.xml", "снимок.jpg")
    assert member == "attachments/снимок.jpg"
    assert opened.read(member) == b"jpeg"
    assert opened.attachment("a.xml", "other.jpg") is None


def test_attachment_beside_its_document_stands_first() -> None:
    members = {
        "one/p.xml": b"<a/>", "one/attachments/1.jpg": b"1", "attachments/1.jpg": b"other",
    }  # fmt: skip
    opened = Archive(zipped(**members), "a.zip")
    assert opened.attachment("one/p.xml", "1.jpg") == "one/attachments/1.jpg"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../../etc/passwd", "archive_path"),
        ("attachments/../../x.jpg", "archive_path"),
        ("/etc/passwd", "archive_path"),
        ("..\\windows.ini", "archive_path"),
        ("C:/windows.ini", "archive_path"),
    ],
)
def test_name_that_leads_out_is_refused(name: str, code: str) -> None:
    refuses(zipped(**{name: b"x"}), code)


def unpacked(raw: bytes) -> list[bytes]:
    opened = Archive(raw, "a.zip")
    return [opened.read(member.name) for member in opened.members]


def refuses(raw: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        unpacked(raw)
    assert refused.value.code == code
    assert refused.value.text("ru") != refused.value.text("en")


def test_bombs_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    refuses(zipped(bomb=bytes(8 << 20)), "archive_ratio")
    monkeypatch.setattr(archive, "MAX_MEMBER_BYTES", 1000)
    refuses(zipped(bomb=bytes(1001)), "archive_bomb")
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 1500)
    refuses(zipped(a=bytes(800), b=bytes(800)), "archive_bomb")
    monkeypatch.setattr(archive, "MAX_MEMBERS", 2)
    refuses(zipped(a=b"", b=b"", c=b""), "archive_too_many")


def test_member_that_lies_about_its_size_is_refused() -> None:
    raw = bytearray(zipped(a=bytes(range(256)) * 40))
    honest = (10_240).to_bytes(4, "little")
    assert raw.count(honest) == 2
    refuses(bytes(raw).replace(honest, (100).to_bytes(4, "little")), "bad_member")


def test_names_that_are_the_same_twice_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        raw = made(lambda out: [out.writestr("a.xml", b"1"), out.writestr("a.xml", b"2")])
    refuses(raw, "archive_twice")
    refuses(zipped(**{"A.xml": b"1", "a.XML": b"2"}), "archive_twice")


def test_encrypted_and_linked_members_are_refused() -> None:
    raw = bytearray(zipped(a=b"secret"))
    directory = raw.index(b"PK\x01\x02")
    raw[6] |= 1
    raw[directory + 8] |= 1
    refuses(bytes(raw), "archive_encrypted")

    def link(out: zipfile.ZipFile) -> None:
        info = zipfile.ZipInfo("a.xml")
        info.external_attr = 0o120777 << 16
        out.writestr(info, "/etc/passwd")

    refuses(made(link), "archive_link")


@pytest.mark.parametrize("keep", [4, 30, 60])
def test_cut_archive_is_refused(keep: int) -> None:
    refuses(zipped(a=b"some text")[:keep], "bad_archive")


def test_damaged_member_is_refused_by_its_name() -> None:
    raw = bytearray(zipped(a=bytes(range(200))))
    raw[40] ^= 0xFF
    refuses(bytes(raw), "bad_member")


def test_names_are_made_different_and_plain() -> None:
    assert free_names(["a.jpg", "A.JPG", "x/a.jpg", "..", ""]) == [
        "a.jpg", "A-2.JPG", "a-3.jpg", "..", "file",
    ]  # fmt: skip
