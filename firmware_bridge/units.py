"""Conversions at the wires, and nowhere else: MAVLink integers, kelvin scales, device epochs."""

from datetime import UTC, datetime

ZERO_CELSIUS_KELVIN = 273.15
KMH_M_S = 1 / 3.6


def degrees_from_1e7(value: int) -> float:
    """Degrees from MAVLink's degE7."""
    return value / 1e7


def degrees_to_1e7(degrees: float) -> int:
    """MAVLink's degE7 from degrees, rounded to the nearest (1.1 cm of latitude)."""
    return round(degrees * 1e7)


def celsius_from_kelvin(kelvin: float) -> float:
    """Degrees Celsius."""
    return kelvin - ZERO_CELSIUS_KELVIN


def kelvin_from_celsius(celsius: float) -> float:
    """Kelvin."""
    return celsius + ZERO_CELSIUS_KELVIN


def utc_from_unix_us(unix_us: int) -> datetime:
    """Aware UTC from microseconds since 1970, exact to the microsecond."""
    seconds, micros = divmod(unix_us, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


def unix_us_from_utc(time_utc: datetime) -> int:
    """Microseconds since 1970, exact; raises on a naive datetime."""
    if time_utc.tzinfo is None:
        raise ValueError(f"naive datetime {time_utc!r}: a stored time must carry its zone")
    delta = time_utc - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
