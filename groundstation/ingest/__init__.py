"""Wires by which reports arrive besides HTTP."""
