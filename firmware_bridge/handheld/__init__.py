"""Handheld GPS units on a wire: who hangs on the port, and everything it holds."""
