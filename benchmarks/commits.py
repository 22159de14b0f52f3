"""How long PostgreSQL takes for the smallest of commits: no STOP can be answered sooner."""

import time

from benchmarks import measure


def bare_commits(name: str, count: int) -> dict[str, measure.Figure]:
    """Milliseconds until one small row is committed, so many times one after the other, under such names."""
    from django.db import connection

    took = []
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bare (content text NOT NULL)")
        for _ in range(count):
            began = time.perf_counter()
            cursor.execute("INSERT INTO bare VALUES ('a small row')")
            took.append(time.perf_counter() - began)
    return measure.latencies(name, took)
