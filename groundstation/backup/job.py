"""A backup from beginning to end: snapshot, encrypt, read it all back, and only then its name.

    backup.key          the station's secret key, made at the first backup, readable by it alone
    FOLDER/kedrovka-20261126T021500Z.age

Whoever has a backup and the key has everything; whoever has the backup alone has nothing. The
station keeps the key beside the database, so a copy of it belongs somewhere else.
"""

import contextlib
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from pyrage import IdentityError
from pyrage.x25519 import Identity
from sqlalchemy import Engine, make_url

from groundstation.access.account import Account
from groundstation.backup import archive, snapshot
from groundstation.backup.archive import BackupBroken, Manifest
from groundstation.store import audit
from groundstation.store.engine import open_engine

DATABASE = "database.sqlite"
NAME = "kedrovka-{:%Y%m%dT%H%M%SZ}.age"
PATTERN = "kedrovka-*.age"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was read back whole."""

    path: Path
    bytes: int
    files: int
    """Beside the database."""
    rows: int


def key(path: Path) -> Identity:
    """The station's key, made where there is none; raises BackupBroken, OSError."""
    with contextlib.suppress(FileExistsError):
        path.parent.mkdir(parents=True, exist_ok=True)
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w", encoding="ascii") as file:
            identity = Identity.generate()
            file.write(f"# Kedrovka: opens this station's backups\n{identity}\n")
            file.flush()
            os.fsync(file.fileno())
        log.warning("made %s: keep a copy of it elsewhere, backups cannot be read without it", path)
    return read_key(path)


def read_key(path: Path) -> Identity:
    """The key in a file; raises BackupBroken naming the file when there is none in it."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines()
        return Identity.from_str(next(line for line in lines if line and not line.startswith("#")))
    except (StopIteration, IdentityError) as error:
        raise BackupBroken(f"{path}: holds no age key (AGE-SECRET-KEY-...)") from error
    except OSError as error:
        raise BackupBroken(f"{path}: {error.strerror}") from error


def make(
    engine: Engine,
    folders: Mapping[str, Path],
    identity: Identity,
    out: Path,
    now_utc: datetime,
    about: Mapping[str, Any],
) -> Made:
    """Back up the database and the folders into the folder `out`.

    A file of the name is there only once it was decrypted, restored into a scratch database and
    compared. Raises BackupBroken, OSError.
    """
    out.mkdir(parents=True, exist_ok=True)
    path = out / NAME.format(now_utc.astimezone(UTC))
    if path.exists():
        raise BackupBroken(f"{path}: is there already")
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=out) as scratch:
            taken = Path(scratch) / DATABASE
            snapshot.take(engine, taken)
            counted = snapshot.check(taken)
            said = {**about, "time_utc": now_utc.isoformat(), "rows": counted}
            archive.write(part, identity, _members(taken, folders), said)
            taken.unlink()
            manifest = verify(part, identity)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(out)
    return Made(path, path.stat().st_size, len(manifest.files) - 1, sum(counted.values()))


def verify(path: Path, identity: Identity) -> Manifest:
    """Decrypt all of a backup and restore its database into a scratch one beside it.

    Raises BackupBroken, OSError.
    """
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=path.parent) as scratch:
        restored = Path(scratch) / DATABASE
        manifest = archive.read(
            path, identity, lambda name: restored.open("xb") if name == DATABASE else None
        )
        _compare(restored, manifest)
    return manifest


def restore(
    path: Path, identity: Identity, database_url: str, folders: Mapping[str, Path]
) -> Manifest:
    """Bring a backup back into a station that has nothing yet.

    Nothing that exists is written over; until all was verified it lies in a folder beside its
    place. Raises BackupBroken, StoreBroken, OSError.
    """
    engine = open_engine(database_url)
    database = make_url(database_url).database
    sqlite = Path(database) if engine.dialect.name == "sqlite" and database else None
    for name, there in {"database": sqlite, **folders}.items():
        if there is not None and there.exists() and (there.is_file() or any(there.iterdir())):
            raise BackupBroken(f"{there}: there is something; move the {name} away first")
    places = {name: there.parent for name, there in folders.items()}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        scratch = {
            name: Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".restore-", dir=at)))
            for name, at in places.items()
        }
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_home(sqlite, places))))

        def sink(name: str) -> IO[bytes] | None:
            folder, _, rest = name.partition("/")
            at = home / DATABASE if name == DATABASE else _inside(scratch.get(folder), rest)
            if at is None:
                raise BackupBroken(f"{path}: {name!r:.100} has no place in this station")
            at.parent.mkdir(parents=True, exist_ok=True)
            return at.open("xb")

        manifest = archive.read(path, identity, sink)
        _compare(home / DATABASE, manifest)
        if sqlite is not None:
            (home / DATABASE).replace(sqlite)
        else:
            snapshot.put_back(home / DATABASE, engine)
        for name, folder in folders.items():
            folder.mkdir(parents=True, exist_ok=True)
            for file in scratch[name].iterdir():
                file.replace(folder / file.name)
    engine.dispose()
    return manifest


def note(engine: Engine, account: Account, action: str, path: Path, now_utc: datetime) -> None:
    """Write into the audit log that a backup was made or brought back."""
    with engine.execution_options(writer=True).begin() as connection:
        audit.append(connection, account, action, "backup", path.name, {}, now_utc)


def thin_out(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest; those deleted."""
    old = sorted(folder.glob(PATTERN))[:-keep]
    for path in old:
        path.unlink()
    return old


def _members(database: Path, folders: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    yield DATABASE, database
    for name, folder in folders.items():
        for path in sorted(folder.rglob("*")):
            # A dot leads the names of what is still being written.
            if path.is_file() and not path.name.startswith("."):
                yield f"{name}/{path.relative_to(folder)}", path


def _compare(database: Path, manifest: Manifest) -> None:
    if not database.exists():
        raise BackupBroken("there is no database in it")
    counted, said = snapshot.check(database), manifest.about["rows"]
    different = {name for name in said if said[name] != counted.get(name)}
    if different:
        raise BackupBroken(f"rows were lost on the way: {', '.join(sorted(different))}")


def _inside(folder: Path | None, name: str) -> Path | None:
    if folder is None or not name or ".." in Path(name).parts or Path(name).is_absolute():
        return None
    return folder / name


def _home(sqlite: Path | None, places: Mapping[str, Path]) -> Path:
    home = sqlite.parent if sqlite is not None else next(iter(places.values()))
    home.mkdir(parents=True, exist_ok=True)
    return home


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
