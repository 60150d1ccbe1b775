"""Speed and accuracy against the peers, printed by `make bench`."""
