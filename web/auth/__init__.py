"""Who comes in, until when, and to what."""
