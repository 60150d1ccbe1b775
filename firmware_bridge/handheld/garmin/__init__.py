"""Garmin's serial protocol: yellow eTrex, GPS 12, GPSmap 60 and their like."""
