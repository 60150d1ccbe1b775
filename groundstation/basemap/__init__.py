"""Map tiles rendered from the elevation model."""
