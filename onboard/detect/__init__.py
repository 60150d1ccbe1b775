"""Heat in a frame: fires in kelvin, signatures by ring contrast."""
