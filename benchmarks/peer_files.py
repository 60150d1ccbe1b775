"""Files of GPS units by their usual Python libraries, run by the peers' own interpreter.

    .venv-peers/bin/python benchmarks/peer_files.py gpxpy|pynmeagps|fitdecode FILE

Prints the records read and the seconds of CPU they took, every field parsed as the library does.
"""

import sys
import time
from pathlib import Path


def gpxpy_points(path: Path) -> int:
    """Track points."""
    import gpxpy

    with path.open(encoding="utf-8") as file:
        return sum(1 for _ in gpxpy.parse(file).walk())


def pynmeagps_messages(path: Path) -> int:
    """Sentences, checksums checked."""
    from pynmeagps import NMEAReader

    with path.open("rb") as file:
        return sum(1 for _ in NMEAReader(file, validate=1))


def fitdecode_records(path: Path) -> int:
    """Records of a track, every field looked at."""
    import fitdecode

    count = 0
    with fitdecode.FitReader(str(path)) as frames:
        for frame in frames:
            if frame.frame_type == fitdecode.FIT_FRAME_DATA and frame.name == "record":
                count += 1 if {field.name: field.value for field in frame.fields} else 0
    return count


PEERS = {
    "gpxpy": gpxpy_points,
    "pynmeagps": pynmeagps_messages,
    "fitdecode": fitdecode_records,
}

if __name__ == "__main__":
    started = time.process_time()
    records = PEERS[sys.argv[1]](Path(sys.argv[2]))
    print(records, time.process_time() - started)
