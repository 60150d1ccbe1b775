"""Waypoint symbols by number, in the words Garmin's own GPX files use.

Numbers: Garmin GPS Interface Specification 001-00063-00, section 7.4.9 (Symbol_Type), and the
sixteen of D103. Names: MapSource's GPX. A number without a sure name stays a number.
"""

from itertools import chain

_SEA = (
    "Anchor",
    "Bell",
    "Diamond, Green",
    "Diamond, Red",
    "Diver Down Flag 1",
    "Diver Down Flag 2",
    "Bank",
    "Fishing Area",
    "Gas Station",
    "Horn",
    "Residence",
    "Restaurant",
    "Light",
    "Bar",
    "Skull and Crossbones",
    "Square, Green",
    "Square, Red",
    "Buoy, White",
    "Waypoint",
    "Shipwreck",
    "None",
    "Man Overboard",
    "Navaid, Amber",
    "Navaid, Black",
    "Navaid, Blue",
    "Navaid, Green",
    "Navaid, Green/Red",
    "Navaid, Green/White",
    "Navaid, Orange",
    "Navaid, Red",
    "Navaid, Red/Green",
    "Navaid, Red/White",
    "Navaid, Violet",
    "Navaid, White",
    "Navaid, White/Green",
    "Navaid, White/Red",
)
_OUTDOORS = (
    "Boat Ramp",
    "Campground",
    "Restroom",
    "Shower",
    "Drinking Water",
    "Telephone",
    "Medical Facility",
    "Information",
    "Parking Area",
    "Park",
    "Picnic Area",
    "Scenic Area",
    "Skiing Area",
    "Swimming Area",
    "Dam",
    "Controlled Area",
    "Danger Area",
    "Restricted Area",
    "None",
    "Ball Park",
    "Car",
    "Hunting Area",
    "Shopping Center",
    "Lodging",
    "Mine",
    "Trail Head",
    "Truck Stop",
    "Exit",
    "Flag",
    "Circle with X",
)
_LAND = {
    8195: "Mile Marker",
    8196: "TracBack Point",
    8197: "Golf Course",
    8198: "City (Small)",
    8199: "City (Medium)",
    8200: "City (Large)",
    8203: "City (Capitol)",
    8204: "Amusement Park",
    8205: "Bowling",
    8206: "Car Rental",
    8207: "Car Repair",
    8208: "Fast Food",
    8209: "Fitness Center",
    8210: "Movie Theater",
    8211: "Museum",
    8212: "Pharmacy",
    8213: "Pizza",
    8214: "Post Office",
    8215: "RV Park",
    8216: "School",
    8217: "Stadium",
    8218: "Department Store",
    8219: "Zoo",
    8220: "Convenience Store",
    8221: "Live Theater",
    8226: "Scales",
    8227: "Toll Booth",
    8228: "Summit",
}
_AIR = {
    16384: "Airport",
    16388: "Heliport",
    16389: "Private Field",
    16390: "Soft Field",
    16391: "Tall Tower",
    16392: "Short Tower",
    16393: "Glider Area",
    16394: "Ultralight Area",
    16395: "Parachute Area",
    16402: "Seaplane Base",
}
SYMBOLS: dict[int, str] = dict(
    chain(enumerate(_SEA), enumerate(_OUTDOORS, 150), _LAND.items(), _AIR.items())
)
D103_SYMBOLS = (
    "Waypoint",
    "Residence",
    "Gas Station",
    "Car",
    "Fishing Area",
    "Boat Ramp",
    "Anchor",
    "Shipwreck",
    "Exit",
    "Skull and Crossbones",
    "Flag",
    "Campground",
    "Circle with X",
    "Hunting Area",
    "Medical Facility",
    "TracBack Point",
)


def symbol_name(number: int) -> str:
    """The GPX name of a Symbol_Type, or its number as text."""
    return SYMBOLS.get(number, str(number))


def d103_symbol_name(number: int) -> str:
    """The GPX name of a D103 or D107 symbol, or its number as text."""
    return D103_SYMBOLS[number] if number < len(D103_SYMBOLS) else str(number)
