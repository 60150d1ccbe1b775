"""Virtual handheld units on pseudo-terminals, with their real pace and their real faults."""
