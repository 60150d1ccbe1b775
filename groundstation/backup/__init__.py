"""Encrypted copies of the database and of everything filed beside it, and the way back."""
