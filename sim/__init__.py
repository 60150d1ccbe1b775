"""The device ends of the wires: quadcopter, cameras, handheld units."""
