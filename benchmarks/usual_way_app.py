"""The Celery application of the usual way: the product's, with one more task."""

from benchmarks import usual_way
from smsapp.celery import app

__all__ = ["app", "usual_way"]
