"""What the autopilot link reports: one frozen type an event, besides the samples of `messages`."""

from dataclasses import dataclass

from firmware_bridge.messages import AttitudeSample, GimbalSample, PositionSample


@dataclass(frozen=True, slots=True)
class LinkUp:
    """The chosen vehicle's autopilot was heard, for the first time or again."""

    system_id: int
    component_id: int


@dataclass(frozen=True, slots=True)
class LinkDown:
    """Nothing more is heard of the autopilot."""

    reason: str


@dataclass(frozen=True, slots=True)
class VehicleRebooted:
    """The autopilot's boot clock started again; times before and after do not compare."""

    reason: str


@dataclass(frozen=True, slots=True)
class ClockSynced:
    """The first answer to TIMESYNC after a start or a reboot gave the autopilot's clock."""

    offset_s: float
    """Boot time = host monotonic + this."""
    sigma_s: float


@dataclass(frozen=True, slots=True)
class VehicleStatus:
    """Mode and supply, at every heartbeat."""

    mode: str
    armed: bool
    battery_percent: float | None


@dataclass(frozen=True, slots=True)
class WindReport:
    """The autopilot's wind estimate."""

    from_deg: float
    """Where the wind comes from, 0 to 360 east of north."""
    speed_m_s: float


@dataclass(frozen=True, slots=True)
class StatusText:
    """A line the autopilot says to people."""

    severity: int
    """MAV_SEVERITY: 0 emergency to 7 debug."""
    text: str


@dataclass(frozen=True, slots=True)
class TunnelReceived:
    """A TUNNEL (385) addressed to us or to all."""

    source_system: int
    source_component: int
    payload_type: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended."""

    command: int
    """MAV_CMD."""
    param1: float
    """Tells requests for different messages apart."""
    result: int | None
    """MAV_RESULT; None when it was never acknowledged."""


Event = (
    LinkUp
    | LinkDown
    | VehicleRebooted
    | ClockSynced
    | AttitudeSample
    | GimbalSample
    | PositionSample
    | VehicleStatus
    | WindReport
    | StatusText
    | TunnelReceived
    | CommandResult
)
