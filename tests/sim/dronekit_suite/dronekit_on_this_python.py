"""A pytest plugin: dronekit imported as it must be on Python >= 3.10, before its tests are."""

from firmware_bridge.autopilot.dronekit_compat import import_dronekit

import_dronekit()
