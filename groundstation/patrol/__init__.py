"""What raids add up to: pure functions on arrays, without database, clock or files."""
