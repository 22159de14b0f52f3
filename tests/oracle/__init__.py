"""An independent answer to "may this arrive now, and if not, when?", found by looking at every minute."""
