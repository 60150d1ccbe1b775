"""What makes a fence one, in the vehicle's words.

Source: ArduPilot's AC_PolyFence_loader.cpp (4.5).
"""

from sim.flight.plan import Item

POLYGONS = {5001, 5002}
CIRCLES = {5003, 5004}
RETURN_POINT = 5000
STORED_AS = {5001: 98, 5002: 97, 5000: 95, 5004: 93, 5003: 92}
"""By command, the types in the vehicle's storage, which its texts name."""
FENCE_BYTES = 560
FLOAT_GRAIN = 1.2e-7


def flaws(items: list[Item]) -> list[str]:
    """What is wrong with a fence, in the vehicle's words; empty when it is sound."""
    fault = _fault(items)
    if fault:
        return [fault, "Fence validation failed"]
    return ["Fence exceeds storage size"] if _size(items) > FENCE_BYTES else []


def _fault(items: list[Item]) -> str:
    """The first thing that is wrong."""
    missing = corners = kind = return_points = 0
    for item in items:
        if item.command in POLYGONS:
            if item.p1 < 3:
                return f"Invalid vertex count ({int(item.p1)})"
            if not missing:
                missing = corners = int(item.p1)
                kind = item.command
            elif item.command != kind:
                return f"Received incorrect vertex type ({_want(kind, item)})"
            elif item.p1 != corners:
                return f"Unexpected vertex count want={corners} got={int(item.p1)}\n"
            missing -= 1
        elif missing:
            return f"Received incorrect type ({_want(kind, item)})"
        elif item.command in CIRCLES and not item.p1 > FLOAT_GRAIN:
            return "Non-positive circle radius"
        return_points += item.command == RETURN_POINT
        if return_points > 1:
            return "Multiple return points"
        if abs(item.x) > 90 * 10**7 or abs(item.y) > 180 * 10**7:
            return "Bad lat or lon"
    return "Incorrect item count" if missing else ""


def _want(kind: int, item: Item) -> str:
    return f"want={STORED_AS[kind]} got={STORED_AS[item.command]}"


def _size(items: list[Item]) -> int:
    """Bytes in the vehicle's storage: a type each, and a count for each polygon."""
    polygons = sum(1 / item.p1 for item in items if item.command in POLYGONS)
    circles = sum(item.command in CIRCLES for item in items)
    return (
        4
        + 8 * len(items)
        + 2 * round(polygons)
        + 5 * circles
        + sum(item.command == RETURN_POINT for item in items)
    )
