"""Places that stay: camera traps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from firmware_bridge.messages import Latitude, Longitude
from groundstation.records.raid import AttributeKey, Key, Number, Reason, Text


class SiteKind(StrEnum):
    """What stands there."""

    CAMERA_TRAP = "camera_trap"


@dataclass(frozen=True, slots=True)
class Site:
    """As it is filed; its checks are observations with this `site_id`."""

    site_id: UUID
    revision: Annotated[int, Field(ge=1, lt=2**31)]
    kind: SiteKind
    name: Key
    lat_deg: Latitude
    lon_deg: Longitude
    attributes: Mapping[AttributeKey, Text | Number] = field(default_factory=dict)
    withdrawn: Reason | None = None
