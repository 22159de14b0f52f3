"""The Celery application: `celery -A smsapp worker` and `celery -A smsapp beat`."""

import os
import sys
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsapp.settings")

app = Celery("smsapp")
# Web threads ask for "the current app" too, and that is per thread unless it is the default.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Celery's own care for Django would close the whole pool before and after every task: a new connection, and the
# pool's threads, for each. `_give_back` below does what a web request does instead.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize
# Workers leave their signs of life through it.
app.conf.include = ["smsapp.seen.signs"]


@signals.task_prerun.connect
@signals.task_postrun.connect
def _give_back(**_: Any) -> None:
    """A task's connection goes back to the process's pool, which hands out working ones only."""
    from django.db import close_old_connections  # Django reads its settings first

    close_old_connections()
