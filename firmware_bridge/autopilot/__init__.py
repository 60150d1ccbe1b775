"""MAVLink: codec, companion on the link, vehicle state, reports over the radio."""
