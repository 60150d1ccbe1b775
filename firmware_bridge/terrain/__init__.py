"""Elevation of the ground (.hgt tiles, GeoTIFF import) and where a ray meets it."""

from firmware_bridge.terrain.grid import Grid
from firmware_bridge.terrain.rays import RayHits, RayStatus, intersect
from firmware_bridge.terrain.tiles import Terrain

__all__ = ["Grid", "RayHits", "RayStatus", "Terrain", "intersect"]
