"""What one confirmed hotspot costs on the telemetry radio: the bytes both ends really write."""

from datetime import UTC, datetime
from uuid import UUID

from benchmarks.report import figure
from firmware_bridge.autopilot import outgoing
from firmware_bridge.autopilot.codec import MavlinkCodec
from firmware_bridge.autopilot.report import TUNNEL_PAYLOAD_TYPE, Acknowledgement, encode
from firmware_bridge.messages import GroundFix, HeatKind, Hotspot
from onboard.uplink.radio import status_line

SEEN = datetime(2026, 8, 1, 3, 0, tzinfo=UTC)
HOTSPOT = Hotspot(
    hotspot_id=UUID("01980000-0000-7000-8000-0000000a0b0c"),
    revision=1,
    system_id=1,
    kind=HeatKind.FIRE,
    first_seen_utc=SEEN,
    last_seen_utc=SEEN,
    views=5,
    fix=GroundFix(43.1234567, 131.7654321, 412.0, 36.0, 9.0, 3.0, 12.3),
    unlocated_because=None,
    peak_kelvin=612.5,
    contrast_kelvin=320.4,
    saturated=True,
    area_m2=1.75,
)


def run() -> None:
    """Print the bytes of report and acknowledgement, and of the two standard messages."""
    onboard, ground = MavlinkCodec(1, 191), MavlinkCodec(254, 190)
    report = outgoing.tunnel(TUNNEL_PAYLOAD_TYPE, encode(HOTSPOT), 0, 0)
    answer = outgoing.tunnel(TUNNEL_PAYLOAD_TYPE, encode(Acknowledgement.of(HOTSPOT)), 1, 191)
    text = outgoing.statustext(4, status_line(HOTSPOT))
    fix = HOTSPOT.fix
    assert fix is not None
    place = outgoing.tracking_geo_status(fix.lat_deg, fix.lon_deg, fix.alt_amsl_m, fix.ce90_m)
    reliable = len(onboard.encode(report)) + len(ground.encode(answer))
    standard = len(onboard.encode(text)) + len(onboard.encode(place))
    figure("TUNNEL and acknowledgement, bytes", str(reliable), "<= 120")
    figure("with the two standard messages, bytes", str(reliable + standard), "<= 260")


if __name__ == "__main__":
    run()
