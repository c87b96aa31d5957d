"""Who comes in, to what, and how much of it they may use."""
