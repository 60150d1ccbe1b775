"""A backup opens with the station's key alone and comes back whole, or it is none."""

import os
import stat
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pyrage
import pytest
from pyrage.x25519 import Identity
from sqlalchemy import Engine, text

from groundstation import cli
from groundstation.access.account import console
from groundstation.backup import archive, job, snapshot
from groundstation.backup.archive import BackupBroken
from groundstation.backup.job import Made
from groundstation.backup.schedule import Backups
from groundstation.config import GroundSettings
from groundstation.store import people
from groundstation.store.engine import migrate, open_engine
from tests.groundstation.conftest import Cluster

NOW = datetime(2026, 11, 26, 2, 15, tzinfo=UTC)
PICTURE = bytes(range(256)) * 5000


def filled(url: str) -> Engine:
    engine = open_engine(url)
    migrate(engine)
    with engine.execution_options(writer=True).begin() as connection:
        for name in ("Тестов", "Примеров"):
            people.add(connection, name, NOW)
    return engine


def names(url: str) -> list[str]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = [person.name for person in people.find(connection)]
    engine.dispose()
    return found


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "photographs"
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / "abcdef").write_bytes(PICTURE)
    (folder / ".being-written").write_bytes(b"half")
    return folder


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    return job.key(tmp_path / "backup.key")


@pytest.fixture
def made(tmp_path: Path, photographs: Path, identity: Identity) -> Made:
    engine = filled(f"sqlite:///{tmp_path / 'here.sqlite'}")
    folders = {"photographs": photographs}
    return job.make(engine, folders, identity, tmp_path / "out", NOW, {"station": "Кедровая"})


def test_everything_comes_back_from_either_database_into_sqlite(
    database_url: str, tmp_path: Path, photographs: Path, identity: Identity
) -> None:
    engine = filled(database_url)
    folders = {"photographs": photographs}
    made = job.make(engine, folders, identity, tmp_path / "out", NOW, {})
    there = f"sqlite:///{tmp_path / 'there' / 'kedrovka.sqlite'}"
    restored = {"photographs": tmp_path / "there" / "photographs"}
    manifest = job.restore(made.path, identity, there, restored)
    assert manifest.about["rows"]["people"] == 2
    assert names(there) == ["Примеров", "Тестов"]
    assert (restored["photographs"] / "ab" / "abcdef").read_bytes() == PICTURE
    assert not (restored["photographs"] / ".being-written").exists()


def test_it_comes_back_into_postgresql_and_rows_go_on_being_counted(
    made: Made, tmp_path: Path, identity: Identity, cluster: Cluster
) -> None:
    url = cluster.empty_database()
    job.restore(made.path, identity, url, {"photographs": tmp_path / "there"})
    engine = open_engine(url)
    with engine.begin() as connection:
        added = people.add(connection, "Новиков", NOW)
        held = {p.person for p in people.find(connection)}
    engine.dispose()
    assert len(held) == 3
    assert added.person == max(held)


def test_the_key_is_for_the_station_alone_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "backup.key"
    assert str(job.key(path)) == str(job.key(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("nonsense\n")
    with pytest.raises(BackupBroken, match="holds no age key"):
        job.key(path)


def test_nothing_of_it_can_be_read_without_the_key(made: Made) -> None:
    data = made.path.read_bytes()
    assert data.startswith(b"age-encryption.org/v1\n")
    assert PICTURE[:64] not in data
    assert "Тестов".encode() not in data
    with pytest.raises(BackupBroken, match="not made with this key"):
        job.verify(made.path, Identity.generate())


@pytest.mark.parametrize("share", [0.001, 0.3, 0.6, 0.999999])
def test_a_changed_byte_is_found(made: Made, identity: Identity, share: float) -> None:
    data = bytearray(made.path.read_bytes())
    data[int(len(data) * share)] ^= 1
    made.path.write_bytes(data)
    with pytest.raises(BackupBroken, match="damaged"):
        job.verify(made.path, identity)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.9999])
def test_a_file_cut_short_is_found(made: Made, identity: Identity, share: float) -> None:
    os.truncate(made.path, int(made.bytes * share))
    with pytest.raises(BackupBroken, match="damaged"):
        job.verify(made.path, identity)


def test_the_public_half_of_the_key_is_not_enough_to_forge_one(
    made: Made, tmp_path: Path, identity: Identity
) -> None:
    plain = BytesIO()
    with made.path.open("rb") as file:
        pyrage.decrypt_io(file, plain, [identity])
    changed = plain.getvalue().replace("Тестов".encode(), "Честов".encode())
    forged = tmp_path / "forged.age"
    forged.write_bytes(pyrage.encrypt(changed, [identity.to_public()]))
    with pytest.raises(BackupBroken, match=r"does not hold what it lists|not sealed"):
        job.verify(forged, identity)

    def members() -> "list[tuple[str, Path]]":
        return [("database.sqlite", tmp_path / "here.sqlite")]

    stranger = tmp_path / "stranger.age"
    other = Identity.generate()

    class Disguised:
        """Another's seal on a file for our key."""

        def __str__(self) -> str:
            return str(other)

        to_public = staticmethod(identity.to_public)

    archive.write(stranger, Disguised(), iter(members()), {"rows": {}})  # type: ignore[arg-type]
    with pytest.raises(BackupBroken, match="not sealed by this station"):
        job.verify(stranger, identity)


@pytest.mark.parametrize("name", ["photographs/../../etc/cron", "elsewhere/file", "loose"])
def test_a_file_without_a_place_in_the_station_is_refused(
    tmp_path: Path, identity: Identity, name: str
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    path = tmp_path / "odd.age"
    archive.write(path, identity, iter([(name, tmp_path / "file")]), {"rows": {}})
    there = f"sqlite:///{tmp_path / 'there.sqlite'}"
    with pytest.raises(BackupBroken, match="has no place"):
        job.restore(path, identity, there, {"photographs": tmp_path / "p"})
    assert not (tmp_path / "there.sqlite").exists()


@pytest.mark.parametrize("what", ["database", "photographs"])
def test_what_is_there_is_never_written_over(
    made: Made, tmp_path: Path, identity: Identity, what: str
) -> None:
    database, folder = tmp_path / "there.sqlite", tmp_path / "there"
    folder.mkdir()
    (database if what == "database" else folder / "mine").write_bytes(b"mine")
    with pytest.raises(BackupBroken, match=f"move the {what} away first"):
        job.restore(made.path, identity, f"sqlite:///{database}", {"photographs": folder})
    assert database.exists() == (what == "database")


def test_a_database_that_is_damaged_makes_no_backup(tmp_path: Path, identity: Identity) -> None:
    path = tmp_path / "here.sqlite"
    engine = filled(f"sqlite:///{path}")
    with engine.execution_options(writer=True).begin() as connection:
        for number in range(400):
            people.add(connection, f"{number:0100}", NOW)
    engine.dispose()
    snapshot._outside_transactions(open_engine(f"sqlite:///{path}"), "PRAGMA journal_mode=DELETE")
    data = bytearray(path.read_bytes())
    for at in range(20 * 4096, len(data) - 4096, 4096):
        data[at : at + 64] = b"\xff" * 64
    path.write_bytes(data)
    with pytest.raises(Exception, match=r"malformed|damaged"):
        job.make(open_engine(f"sqlite:///{path}"), {}, identity, tmp_path / "out", NOW, {})
    assert list((tmp_path / "out").glob("*")) == []


def test_a_database_whose_log_was_rewritten_makes_no_backup(
    tmp_path: Path, identity: Identity
) -> None:
    engine = filled(f"sqlite:///{tmp_path / 'here.sqlite'}")
    job.note(engine, console("тест"), "make", tmp_path / "first.age", NOW)
    with engine.execution_options(writer=True).begin() as connection:
        (trigger,) = connection.scalars(
            text("SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='audit_log' "
                 "AND sql LIKE '%UPDATE%'")
        )  # fmt: skip
        connection.execute(text(f"DROP TRIGGER {trigger}"))
        connection.execute(text("UPDATE audit_log SET who = 'console:other'"))
    with pytest.raises(BackupBroken, match="audit log is altered at 1"):
        job.make(engine, {}, identity, tmp_path / "out", NOW, {})


def test_old_ones_go_and_the_newest_stay(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"kedrovka-2026110{day}T000000Z.age").touch()
    (tmp_path / "notes.txt").touch()
    job.thin_out(tmp_path, 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "kedrovka-20261104T000000Z.age",
        "kedrovka-20261105T000000Z.age",
        "notes.txt",
    ]


def test_one_is_due_when_the_newest_is_a_day_old(tmp_path: Path) -> None:
    backups = Backups(GroundSettings(data=tmp_path), lambda: NOW, "1")
    assert backups.due(NOW)
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "kedrovka-20261125T021500Z.age").touch()
    assert backups.due(NOW)
    assert not backups.due(NOW - timedelta(seconds=1))


def test_the_command_backs_up_checks_and_restores(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(f"sqlite:///{tmp_path / 'data' / 'kedrovka.sqlite'}").dispose()
    here, there = tmp_path / "here.toml", tmp_path / "there.toml"
    here.write_text(f'[ground]\ndata = "{tmp_path / "data"}"\n')
    there.write_text(f'[ground]\ndata = "{tmp_path / "data2"}"\n')
    assert cli.main(["backup", "--config", str(here)]) == 0
    (path,) = (tmp_path / "data" / "backups").glob("*.age")
    assert "read back whole" in capsys.readouterr().out
    key = ["--key", str(tmp_path / "data" / "backup.key")]
    assert cli.main(["restore", str(path), "--check", "--config", str(here)]) == 0
    assert cli.main(["restore", str(path), *key, "--config", str(there)]) == 0
    assert names(f"sqlite:///{tmp_path / 'data2' / 'kedrovka.sqlite'}") == ["Примеров", "Тестов"]
    assert cli.main(["restore", str(path), *key, "--config", str(there)]) == 1
    assert "move the database away first" in capsys.readouterr().err
