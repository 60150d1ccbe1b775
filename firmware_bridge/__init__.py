"""Everything that speaks to a device, and the words all packages share."""
