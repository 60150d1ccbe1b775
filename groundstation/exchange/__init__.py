"""Other systems' formats, in and out: what a ranger brings from elsewhere, and what leaves."""
