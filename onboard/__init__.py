"""The process on the quadcopter's companion computer."""
