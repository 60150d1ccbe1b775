"""The thermal picture of an outlook: kelvin per pixel, sub-pixel things mixed by radiance."""

import cv2
import numpy as np
from numpy.typing import NDArray

from sim.camera.outlook import Outlook
from sim.camera.radiance import kelvin as kelvin_of
from sim.camera.radiance import radiance
from sim.camera.stroke import Stroke
from sim.camera.texture import Land
from sim.world.climate import Conditions

Field = NDArray[np.float32]

SKY_UNDER_AIR_KELVIN = 45.0
BLUR_PX = 0.55
"""Optics and detector: sigma of the point spread."""


def canopy(land: Land, outlook: Outlook) -> Field:
    """(H, W) share of each pixel that crowns cover."""
    cover = outlook.sample(land.cover, outlook.crowns)
    if outlook.trees is not None:
        cover *= outlook.trees
    return cover


def ground(land: Land, outlook: Outlook, leaves: Field, now: Conditions) -> Field:
    """(H, W) kelvin without any target: floor, sunshine on the slopes, crowns over it, sky."""
    picture = outlook.sample(land.floor_kelvin, outlook.floor)
    picture *= np.float32(now.contrast)
    shine = np.maximum(outlook.normals @ now.litter_sun.astype(np.float32), 0)
    picture += outlook.widen(shine + np.float32(now.litter_kelvin))
    picture += leaves * (np.float32(now.crown_kelvin) - picture)
    warmth = outlook.sample(land.crown_kelvin, outlook.crowns)
    picture += warmth if outlook.trees is None else warmth * outlook.trees
    if outlook.sky is not None:
        picture[outlook.sky] = now.air_kelvin - SKY_UNDER_AIR_KELVIN
    return picture


def paint(stroke: Stroke, picture: Field) -> float:
    """Put a target into its pixels; the hottest of them, kelvin."""
    fine, patch = stroke.fine, picture[stroke.window]
    backdrop = patch if fine == 1 else np.repeat(np.repeat(patch, fine, 0), fine, 1)
    hot = backdrop + (stroke.kelvin - backdrop) * stroke.share
    glow = radiance(backdrop)
    glow += (radiance(hot) - glow) * stroke.open_sky
    mixed = cv2.GaussianBlur(glow, (0, 0), BLUR_PX * fine, borderType=cv2.BORDER_REPLICATE)
    patch[:] = kelvin_of(coarse(np.asarray(mixed, np.float32), fine))
    core = coarse(stroke.inside.astype(np.float32), fine) > 0
    around = np.asarray(cv2.dilate(core.astype(np.uint8), np.ones((3, 3), np.uint8)), bool)
    return float(patch[around].max())


def coarse(fine_grid: Field, fine: int) -> Field:
    """Means of the sub-pixels of every pixel."""
    if fine == 1:
        return fine_grid
    rows, columns = fine_grid.shape[0] // fine, fine_grid.shape[1] // fine
    return np.asarray(fine_grid.reshape(rows, fine, columns, fine).mean(axis=(1, 3)), np.float32)
