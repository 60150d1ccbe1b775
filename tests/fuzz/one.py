"""One target under atheris, in a process of its own: `python -m tests.fuzz.one NAME OPTION...`.

Options are libFuzzer's. A broken promise, more than its time or memory ends the process with the
bytes in a file.
"""

import sys

import atheris


def main() -> None:
    """Fuzz until the time is over."""
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["firmware_bridge", "groundstation.exchange"]):
        from tests.fuzz.targets import TARGETS
    atheris.Setup(sys.argv, TARGETS[name].run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
