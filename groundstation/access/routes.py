"""Who may knock at which door: one table of every route under /api.

A route that is missing here keeps the station from starting. What a record's scope, sensitivity
or personal data withhold beyond it, the rooms themselves see to (`access.redact`,
`store.raids.scope_clause`).
"""

from enum import StrEnum

from groundstation.access.roles import May


class Door(StrEnum):
    """Doors that ask for no particular right."""

    PUBLIC = "public"
    """Anybody."""
    SIGNED_IN = "signed_in"
    """Whoever is signed in; the answer differs by what they may."""
    MACHINE = "machine"
    """A machine's key; people do not report in its name."""


Needs = May | Door

ROUTES: dict[tuple[str, str], Needs] = {
    # The page itself, and getting in.
    ("GET", "/api/v1/settings"): Door.PUBLIC,
    ("POST", "/api/v1/session"): Door.PUBLIC,
    ("POST", "/api/v1/session/code"): Door.PUBLIC,
    ("DELETE", "/api/v1/session"): Door.SIGNED_IN,
    ("GET", "/api/v1/me"): Door.SIGNED_IN,
    ("POST", "/api/v1/me/password"): Door.SIGNED_IN,
    ("POST", "/api/v1/me/language"): Door.SIGNED_IN,
    ("GET", "/api/v1/live"): Door.SIGNED_IN,
    ("GET", "/api/v1/tiles/{z}/{x}/{y}.png"): Door.SIGNED_IN,
    # Accounts, keys, the log.
    ("GET", "/api/v1/accounts"): May.MANAGE,
    ("POST", "/api/v1/accounts"): May.MANAGE,
    ("POST", "/api/v1/accounts/{account}"): May.MANAGE,
    ("POST", "/api/v1/accounts/{account}/code"): May.MANAGE,
    ("GET", "/api/v1/keys"): May.MANAGE,
    ("POST", "/api/v1/keys"): May.MANAGE,
    ("DELETE", "/api/v1/keys/{key}"): May.MANAGE,
    ("GET", "/api/v1/audit"): May.AUDIT,
    # Fires and vehicles.
    ("POST", "/api/v1/hotspots"): Door.MACHINE,
    ("PUT", "/api/v1/hotspots/{hotspot_id}/thumbnail"): Door.MACHINE,
    ("POST", "/api/v1/vehicles/{system_id}/state"): Door.MACHINE,
    ("POST", "/api/v1/vehicles/{system_id}/health"): Door.MACHINE,
    ("GET", "/api/v1/hotspots"): May.HOTSPOTS,
    ("GET", "/api/v1/hotspots/{hotspot_id}"): May.HOTSPOTS,
    ("GET", "/api/v1/hotspots/{hotspot_id}/thumbnail"): May.HOTSPOTS,
    ("GET", "/api/v1/vehicles"): May.HOTSPOTS,
    ("GET", "/api/v1/vehicles/{system_id}/trail"): May.HOTSPOTS,
    ("POST", "/api/v1/hotspots/{hotspot_id}/acknowledge"): May.DECIDE,
    ("POST", "/api/v1/hotspots/{hotspot_id}/dismiss"): May.DECIDE,
    ("POST", "/api/v1/hotspots/{hotspot_id}/reopen"): May.DECIDE,
    # Handheld units.
    ("GET", "/api/v1/dock"): May.DOCK,
    ("POST", "/api/v1/dock/again"): May.DOCK,
    ("POST", "/api/v1/dock/units/{unit}/clear"): May.DOCK,
    ("GET", "/api/v1/units"): May.DOCK,
    ("GET", "/api/v1/units/{unit}"): May.DOCK,
    ("POST", "/api/v1/units/{unit}/label"): May.DOCK,
    ("POST", "/api/v1/units/{unit}/issue"): May.DOCK,
    ("GET", "/api/v1/tracks"): May.TRACKS,
    ("GET", "/api/v1/tracks/{track}"): May.TRACKS,
    ("GET", "/api/v1/waypoints"): May.DOCK,
    ("GET", "/api/v1/proposals"): May.DOCK,
    ("GET", "/api/v1/categories"): May.DOCK,
    ("GET", "/api/v1/drafts"): May.DOCK,
    # People and the words of the forms.
    ("GET", "/api/v1/people"): May.READ,
    ("POST", "/api/v1/people"): May.MANAGE,
    ("POST", "/api/v1/people/{person}"): May.MANAGE,
    ("GET", "/api/v1/terms"): May.READ,
    ("PUT", "/api/v1/terms/{kind}/{key}"): May.MANAGE,
    ("GET", "/api/v1/model"): May.READ,
    ("PUT", "/api/v1/model"): May.MODEL,
    ("GET", "/api/v1/model/history"): May.READ,
    ("GET", "/api/v1/model/model.xml"): May.READ,
    # Records.
    ("GET", "/api/v1/raids"): May.READ,
    ("GET", "/api/v1/raids/{raid_id}"): May.READ,
    ("PUT", "/api/v1/raids/{raid_id}"): May.FILE,
    ("POST", "/api/v1/raids/{raid_id}/withdraw"): May.WITHDRAW,
    ("POST", "/api/v1/raids/{raid_id}/restore"): May.WITHDRAW,
    ("GET", "/api/v1/raids/{raid_id}/history"): May.READ,
    ("GET", "/api/v1/raids/{raid_id}/way"): May.TRACKS,
    ("GET", "/api/v1/flaws"): May.READ,
    ("GET", "/api/v1/observations"): May.READ,
    ("GET", "/api/v1/observations/{observation_id}"): May.READ,
    ("PUT", "/api/v1/observations/{observation_id}"): May.FILE,
    ("POST", "/api/v1/observations/{observation_id}/withdraw"): May.WITHDRAW,
    ("POST", "/api/v1/observations/{observation_id}/restore"): May.WITHDRAW,
    ("GET", "/api/v1/observations/{observation_id}/history"): May.READ,
    ("GET", "/api/v1/sites"): May.READ,
    ("GET", "/api/v1/sites/{site_id}"): May.READ,
    ("PUT", "/api/v1/sites/{site_id}"): May.FILE,
    ("POST", "/api/v1/sites/{site_id}/withdraw"): May.WITHDRAW,
    ("GET", "/api/v1/photographs"): May.READ,
    ("GET", "/api/v1/photographs/{photograph_id}"): May.READ,
    ("PUT", "/api/v1/photographs/{photograph_id}"): May.FILE,
    ("POST", "/api/v1/photographs/{photograph_id}/withdraw"): May.WITHDRAW,
    # In and out.
    ("GET", "/api/v1/imports"): May.IMPORT,
    ("POST", "/api/v1/imports"): May.IMPORT,
    ("GET", "/api/v1/exports/{format}"): May.EXPORT,
    # What the records add up to.
    ("GET", "/api/v1/effort"): May.ANALYSE,
    ("GET", "/api/v1/suggestions"): May.ANALYSE,
    ("GET", "/api/v1/counts"): May.READ,
    ("GET", "/api/v1/counts/{count_id}"): May.READ,
    ("PUT", "/api/v1/counts/{count_id}"): May.COUNT,
    ("POST", "/api/v1/counts/{count_id}/withdraw"): May.COUNT,
    ("GET", "/api/v1/counts/{count_id}/board"): May.READ,
    ("GET", "/api/v1/counts/{count_id}/result"): May.ANALYSE,
    ("GET", "/api/v1/routes"): May.READ,
    ("POST", "/api/v1/routes"): May.COUNT,
    ("GET", "/api/v1/routes/{route_id}"): May.READ,
    ("PUT", "/api/v1/routes/{route_id}"): May.COUNT,
    ("GET", "/api/v1/reports/{report}"): May.READ,
}

KIB, MIB = 1024, 1024 * 1024
USUAL_BODY_BYTES = 64 * KIB
BODY_BYTES: dict[tuple[str, str], int] = {
    ("PUT", "/api/v1/hotspots/{hotspot_id}/thumbnail"): 256 * KIB,
    ("PUT", "/api/v1/raids/{raid_id}"): 4 * MIB,
    ("PUT", "/api/v1/observations/{observation_id}"): 256 * KIB,
    ("PUT", "/api/v1/counts/{count_id}"): MIB,
    ("PUT", "/api/v1/routes/{route_id}"): 4 * MIB,
    ("POST", "/api/v1/routes"): 16 * MIB,
    ("PUT", "/api/v1/model"): 16 * MIB,
    # Counts for itself, by the setting, to say more than "too large".
    ("PUT", "/api/v1/photographs/{photograph_id}"): 1024 * MIB,
    ("POST", "/api/v1/imports"): 1024 * MIB,
}
"""Bodies that may be larger than the usual ones."""
