"""Docking of handheld units: what hangs on the port or the volume, decoded and kept."""
