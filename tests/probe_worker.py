"""The product's Celery application with one more task, which tells what it runs on."""

from celery import shared_task
from django.db import connection

from messaging import throttle
from smsapp.celery import app

__all__ = ["app"]


@shared_task(name="tests.tell_connection")
def tell_connection(key: str) -> None:
    """Leave the id of this process's connection to PostgreSQL in a list in Redis."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    throttle.connection().rpush(key, pid)
