"""Who somebody is, what they may do and see, and the record of what they did."""
