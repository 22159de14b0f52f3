"""A stand-in for Twilio on loopback, with a wall of phones: its own process, speaking only HTTP."""
