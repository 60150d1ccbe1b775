"""Ways to the ground: HTTP where there is IP, TUNNEL over the autopilot's radio."""
