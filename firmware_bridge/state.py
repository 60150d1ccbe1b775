"""Where what must outlive a process is kept unless told: the service's own folder, or the user's.

Source: systemd.exec(5), StateDirectory=; XDG Base Directory Specification, XDG_STATE_HOME.
"""

import os
from pathlib import Path


def state_folder() -> Path:
    """The folder, which may not exist yet."""
    if service := os.environ.get("STATE_DIRECTORY"):
        return Path(service.partition(":")[0])
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "kedrovka"
