"""Photographs as files: kept under their hash, read for what they say, made small, stripped."""
