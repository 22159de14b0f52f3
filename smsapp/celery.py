"""The Celery application: `celery -A smsapp worker` and `celery -A smsapp beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsapp.settings")

app = Celery("smsapp")
# Web threads ask for "the current app" too, and that is per thread unless it is the default.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Workers leave their signs of life through it.
app.conf.include = ["smsapp.seen.signs"]
