"""A synthetic park with a few years of raids, of which everything is known beforehand.

What a station makes of raids can only be judged where the truth is known: how often a team really
finds a snare on a kilometre, how many leopards really walk there. Nothing here is about a real
park, its people or its animals.

    park.py     people, places, rates; all of it follows from the seed
    plan.py     which raids there are in a quarter, who goes, when and where to
    walk.py     all of them step by step over the ground, together
    finds.py    what they meet on the way; photographed.py what camera traps took
    gone.py     a raid as a record; navigator.py its points
    census.py   the winter count: routes, animals, crossings of tracks; counted.py its walks
    raids.py    the whole as an iterator of plain records (`records.py`)
    smart.py    SMART patrol XML; routes.py GeoJSON and GPX; truth.py what is known
"""

from sim.patrols.park import Park, make_park
from sim.patrols.raids import raids
from sim.patrols.records import Find, Inspector, Leg, Raid, Recording, WorkDay

__all__ = [
    "Find",
    "Inspector",
    "Leg",
    "Park",
    "Raid",
    "Recording",
    "WorkDay",
    "make_park",
    "raids",
]
