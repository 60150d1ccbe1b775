"""`make fuzz`: every codec and reader against bytes that nobody would send."""
