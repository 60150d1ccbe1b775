"""What raids add up to: pure functions on arrays, without database, clock or files.

merge       several navigators of one party: which steps count
effort      days, nights, kilometres, hours by SMART's definitions
raster      kilometres, minutes and raids per cell
rates       finds for the effort, with intervals and shrinkage
ranking     groups and inspectors against what was to be expected
trend       violations after more and after fewer raids
where_next  cells to go to
count       winter track count
animals     what heel pads say
coverage    how much of a planned route was walked
"""

from groundstation.patrol.count import track_count_density
from groundstation.patrol.raster import effort_raster

__all__ = ["effort_raster", "track_count_density"]
