"""Readers for what GPS units leave on disk; each salvages what is whole."""
