"""Where the sun stands: the low-precision formulas of the Astronomical Almanac.

Good to about 0.01 degrees between 1950 and 2050 (Astronomical Almanac, section C, "Low precision
formulas for the Sun"), refraction left out.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

J2000_UNIX_S = 946_728_000.0
"""2000-01-01 12:00."""


def sun_enu(unix_s: ArrayLike, lat_deg: float, lon_deg: float) -> Array:
    """(..., 3) unit vectors east, north, up towards the sun."""
    days = (np.asarray(unix_s, float) - J2000_UNIX_S) / 86_400
    mean_longitude = 280.460 + 0.9856474 * days
    anomaly = np.radians(357.528 + 0.9856003 * days)
    longitude = np.radians(mean_longitude + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    obliquity = np.radians(23.439 - 0.0000004 * days)
    right_ascension = np.arctan2(np.cos(obliquity) * np.sin(longitude), np.cos(longitude))
    declination = np.arcsin(np.sin(obliquity) * np.sin(longitude))
    sidereal = np.radians(280.46062 + 360.98564737 * days + lon_deg)
    hour, lat = sidereal - right_ascension, np.radians(lat_deg)
    return np.stack(
        [
            -np.cos(declination) * np.sin(hour),
            np.sin(declination) * np.cos(lat) - np.cos(declination) * np.sin(lat) * np.cos(hour),
            np.sin(declination) * np.sin(lat) + np.cos(declination) * np.cos(lat) * np.cos(hour),
        ],
        axis=-1,
    )
