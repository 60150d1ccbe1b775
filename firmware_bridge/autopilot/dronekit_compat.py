"""dronekit 2.9.2 on Python >= 3.10.

It derives its Parameters from `collections.MutableMapping`, which Python 3.10 removed (dronekit
issue #1132). Its other gap, `No module named 'past'`, is filled by the distribution `future`,
which the project depends on. The name is lent for the import only.
"""

import collections
import collections.abc
import importlib
import sys
from types import ModuleType

_LENT = "MutableMapping"


def import_dronekit() -> ModuleType:
    """The dronekit module; raises ImportError where it is not installed."""
    if "dronekit" in sys.modules or hasattr(collections, _LENT):
        return importlib.import_module("dronekit")
    setattr(collections, _LENT, collections.abc.MutableMapping)
    try:
        return importlib.import_module("dronekit")
    finally:
        delattr(collections, _LENT)
