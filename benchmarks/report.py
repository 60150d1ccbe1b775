"""How figures are printed: the machine once, then a line each."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """Name of the processor, its number of cores, and the Python that ran."""
    return f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def figure(name: str, value: str, wanted: str = "") -> None:
    """Print one measured figure, and what was wanted of it."""
    print(f"  {name:<56} {value}  {wanted}".rstrip(), flush=True)


def missing(what: str) -> None:
    """Say loudly that something was not measured."""
    print(f"  !! NOT MEASURED: {what}", flush=True)
