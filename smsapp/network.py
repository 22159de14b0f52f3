"""How soon the two ends of a database connection notice that the network between them is gone."""

# The system's own answer is two hours. Meanwhile PostgreSQL would keep the locks of a transaction whose host is cut
# off, and a STOP for one of its numbers could not be taken; so both ends ask after two seconds of silence, and give
# up on the other after four. That is less than a STOP waits for a lock (webhooks.handle).
ASKS_AFTER_SECONDS = 2
ASKS_EVERY_SECONDS = 1
GIVES_UP_AFTER_MS = 4_000
CONNECTS_WITHIN_SECONDS = 5


def patience(*, is_pooled: bool) -> dict[str, int | str]:
    """Options for the driver. A pooler takes no settings for PostgreSQL's end: there it is the one to ask."""
    ours: dict[str, int | str] = {
        "connect_timeout": CONNECTS_WITHIN_SECONDS,
        "keepalives_idle": ASKS_AFTER_SECONDS,
        "keepalives_interval": ASKS_EVERY_SECONDS,
        "tcp_user_timeout": GIVES_UP_AFTER_MS,
    }
    theirs = {
        "tcp_keepalives_idle": ASKS_AFTER_SECONDS,
        "tcp_keepalives_interval": ASKS_EVERY_SECONDS,
        "tcp_user_timeout": GIVES_UP_AFTER_MS,
    }
    settings = " ".join(f"-c {name}={value}" for name, value in theirs.items())
    return ours if is_pooled else ours | {"options": settings}
