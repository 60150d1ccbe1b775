"""How the world looks from one pose: a thermal picture, a visible one, and the truth about both.

A shot becomes an `Outlook` (the ground under every pixel), each target a `Stroke` (its few
pixels); the two pictures are painted from the same outlook and strokes, so they agree.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.camera import thermal, visible
from sim.camera.burning import fire
from sim.camera.outlook import Eye, Outlook
from sim.camera.projection import MAX_RANGE_M
from sim.camera.solid import solid
from sim.camera.stroke import Stroke
from sim.camera.texture import land
from sim.geodesy import enu_from_geodetic
from sim.scenario import Scenario
from sim.shot import Shot
from sim.world import World
from sim.world.target import Target

Picture = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sight:
    """One target as one frame shows it."""

    target: Target
    box_px: tuple[int, int, int, int] | None
    """x, y, width, height; None when it is out of the picture."""
    visible: float
    """Share of its area not hidden by canopy, terrain or the picture's edge."""
    peak_kelvin: float | None
    """Hottest pixel before noise and saturation."""


@dataclass(frozen=True, slots=True)
class View:
    """A frame before the detector: (H, W) float32 kelvin, and what is in it."""

    kelvin: Picture
    sights: tuple[Sight, ...]
    outlook: Outlook
    strokes: tuple[Stroke, ...]
    leaves: Picture
    """(H, W) share of each pixel that crowns cover."""

    @property
    def origin(self) -> tuple[float, float, float]:
        """Of the camera: latitude, longitude, height AMSL."""
        return self.outlook.origin


class Scene:
    """Renders shots; holds what never changes."""

    def __init__(self, scenario: Scenario, world: World) -> None:
        self._world = world
        self._eye = Eye(scenario, world)
        forest = scenario.forest
        self._land = land(scenario.seed, forest.crown_cover, forest.snow)
        self._canopy_m = forest.canopy_height_m

    def render(self, shot: Shot) -> View:
        """The thermal picture from this pose."""
        outlook = self._eye.look(shot)
        now = self._world.climate.at(shot.time_s)
        leaves = thermal.canopy(self._land, outlook)
        picture = thermal.ground(self._land, outlook, leaves, now)
        sights, strokes = [], []
        for target in self._world.targets_at(shot.time_s):
            stroke = self._draw(target, outlook, leaves)
            if stroke is None:
                sights.append(Sight(target, None, 0.0, None))
                continue
            peak = thermal.paint(stroke, picture)
            strokes.append(stroke)
            sights.append(Sight(target, stroke.box_px, stroke.visible, peak))
        return View(picture, tuple(sights), outlook, tuple(strokes), leaves)

    def _draw(self, target: Target, outlook: Outlook, leaves: Picture) -> Stroke | None:
        """The target as this shot sees it; None when it is not in the picture."""
        enu = enu_from_geodetic(target.lat_deg, target.lon_deg, target.alt_amsl_m, outlook.origin)
        if float(np.linalg.norm(enu)) > MAX_RANGE_M:
            return None
        hand = solid if target.shape in ("body", "box") else fire
        return hand(target, outlook, self._land, leaves, enu)

    def visible(self, view: View) -> NDArray[np.uint8]:
        """(H, W, 3) BGR of the same view, as a daylight camera with the same lens sees it."""
        now = self._world.climate.at(view.outlook.time_s)
        picture = visible.ground(self._land, view.outlook, view.leaves, now, self._canopy_m)
        targets = self._world.targets_at(view.outlook.time_s)
        for stroke in view.strokes:
            visible.paint(stroke, picture, now)
        visible.smoke(picture, view.outlook, targets, self._world.wind_towards_m_s, now)
        return picture
