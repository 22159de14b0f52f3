"""Wiring: settings, URLs, Celery, checks, admin site; it knows every app and is imported by none."""

from smsapp.celery import app as celery_app

__all__ = ["celery_app"]
