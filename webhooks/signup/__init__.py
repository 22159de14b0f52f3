"""The hosted sign-up page: people ask to join a program, and their own phone confirms it."""
