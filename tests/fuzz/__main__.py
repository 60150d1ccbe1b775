"""The fuzzer: `make fuzz`, or `python -m tests.fuzz [--seconds N] [WORD...]`.

Runs every target whose name contains one of the words for N seconds each: under atheris where it
is installed, else with hypothesis. Bytes that broke something lie in `.fuzz/crashes/`.
"""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, Target

FOLDER = Path(".fuzz")
CRASHES, CORPUS, ATHERIS = FOLDER / "crashes", FOLDER / "corpus", FOLDER / "atheris"
MAX_BYTES = 8192
ONE_INPUT_S = 10
MEMORY_MB = 1024
EXAMPLES = 200
"""Of hypothesis in one round; rounds follow until the time is over."""


def main() -> int:
    """Every target in turn; 1 when any broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("words", nargs="*", help="only targets with one of these in their name")
    parser.add_argument("--seconds", type=int, default=60, help="for each (default %(default)s)")
    options = parser.parse_args()
    CRASHES.mkdir(parents=True, exist_ok=True)
    sys.path.append(str(ATHERIS))
    installed = importlib.util.find_spec("atheris") is not None
    if not installed:
        print("atheris is not installed here: hypothesis fuzzes in its place", file=sys.stderr)
    fuzz = with_atheris if installed else with_hypothesis
    broken = []
    for name, target in TARGETS.items():
        if not options.words or any(word in name for word in options.words):
            told = fuzz(name, target, options.seconds)
            print(f"{name:32} {told or 'nothing found'}", flush=True)
            broken += [name] if told else []
    return 1 if broken else 0


def file_name(name: str) -> str:
    """The target's name as part of a file's."""
    return re.sub(r"\W+", "-", name)


def with_atheris(name: str, target: Target, seconds: int) -> str | None:
    """What broke, None for nothing."""
    corpus = CORPUS / file_name(name)
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed{number}").write_bytes(seed)
    crashes = CRASHES / f"{file_name(name)}-"
    command = [
        *(sys.executable, "-m", "tests.fuzz.one", name, f"-artifact_prefix={crashes}"),
        *(f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}", f"-timeout={ONE_INPUT_S}"),
        *(f"-rss_limit_mb={MEMORY_MB}", "-print_final_stats=1", str(corpus)),
    ]
    log = FOLDER / f"{file_name(name)}.log"
    with log.open("wb") as file:
        ended = subprocess.run(
            command,
            check=False,
            stdout=file,
            stderr=subprocess.STDOUT,
            timeout=seconds + 120,
            env=os.environ | {"PYTHONPATH": str(ATHERIS)},
        )
    return None if ended.returncode == 0 else f"BROKEN: see {log} and {crashes}*"


def with_hypothesis(name: str, target: Target, seconds: int) -> str | None:
    """What broke, None for nothing."""
    ends_s = time.monotonic() + seconds
    seeds = st.sampled_from([b"", *target.seeds])
    start = st.builds(lambda seed, end: seed[:end], seeds, st.integers(0, 600))
    failing = b""

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(start, st.binary(max_size=MAX_BYTES // 8), seeds)
    def broken_by(head: bytes, middle: bytes, tail: bytes) -> None:
        nonlocal failing
        failing = head + middle + tail
        target.run(failing)

    try:
        while time.monotonic() < ends_s:
            broken_by()
    except Exception as error:
        path = CRASHES / f"{file_name(name)}-hypothesis"
        path.write_bytes(failing)
        return f"BROKEN: {type(error).__name__}: {error} (see {path})"
    return None


if __name__ == "__main__":
    sys.exit(main())
