"""The autopilot's end of the wire: MAVLink as ArduCopter 4.x speaks it, without I/O or clock."""
