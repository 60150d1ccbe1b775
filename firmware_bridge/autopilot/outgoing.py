"""The messages a companion says, built from our units. Source: mavlink.io common.xml."""

import math

from pymavlink.dialects.v20 import ardupilotmega as dialect

from firmware_bridge.autopilot.codec import Message
from firmware_bridge.errors import ProtocolError
from firmware_bridge.units import degrees_to_1e7

TUNNEL_BYTES = 128
STATUSTEXT_BYTES = 50


def heartbeat() -> Message:
    """An onboard computer at work."""
    return dialect.MAVLink_heartbeat_message(
        dialect.MAV_TYPE_ONBOARD_CONTROLLER,
        dialect.MAV_AUTOPILOT_INVALID,
        base_mode=0,
        custom_mode=0,
        system_status=dialect.MAV_STATE_ACTIVE,
        mavlink_version=3,
    )


def tunnel(payload_type: int, payload: bytes, system_id: int, component_id: int) -> Message:
    """TUNNEL (385); raises ProtocolError for more than 128 bytes."""
    if len(payload) > TUNNEL_BYTES:
        raise ProtocolError(f"TUNNEL carries {TUNNEL_BYTES} bytes, not {len(payload)}")
    padded = payload.ljust(TUNNEL_BYTES, b"\0")
    return dialect.MAVLink_tunnel_message(
        system_id, component_id, payload_type, len(payload), padded
    )


def statustext(severity: int, text: str) -> Message:
    """STATUSTEXT (253), cut to 50 bytes between characters."""
    data = text.encode()[:STATUSTEXT_BYTES].decode(errors="ignore").encode()
    return dialect.MAVLink_statustext_message(severity, data)


def tracking_geo_status(
    lat_deg: float, lon_deg: float, alt_amsl_m: float, h_acc_m: float
) -> Message:
    """CAMERA_TRACKING_GEO_STATUS (276) of a target at rest; NaN is the message's unknown."""
    unknown = math.nan
    return dialect.MAVLink_camera_tracking_geo_status_message(
        tracking_status=dialect.CAMERA_TRACKING_STATUS_FLAGS_ACTIVE,
        lat=degrees_to_1e7(lat_deg),
        lon=degrees_to_1e7(lon_deg),
        alt=alt_amsl_m,
        h_acc=h_acc_m,
        v_acc=unknown,
        vel_n=unknown,
        vel_e=unknown,
        vel_d=unknown,
        vel_acc=unknown,
        dist=unknown,
        hdg=unknown,
        hdg_acc=unknown,
    )
