"""Imports that nobody works on any more: those whose worker died, and those that no worker was told of."""

import contextlib
import datetime as dt

from django.db import connection, transaction

from consent import admin_upload
from consent.intake_progress import lock_key
from contacts import clock
from contacts.models import ContactImport

Status = ContactImport.Status
# Between the word "running" and the lock that proves it lies a moment.
_BEGINS_WITHIN = dt.timedelta(seconds=10)
_TELL_AGAIN_AFTER = dt.timedelta(seconds=60)
DIED = "The worker was stopped in the middle. Nothing was imported; start it again."


def settle() -> tuple[int, int]:
    """Note dead imports as failed, and tell workers again of those that wait.

    The process that runs an import holds its advisory lock, and PostgreSQL frees it when the process is gone: a
    lock that can be had means that nobody works on it. Returns how many were dead, and how many told again.
    """
    now = clock.now()
    running = ContactImport.objects.filter(status=Status.RUNNING, started_at__lt=now - _BEGINS_WITHIN)
    dead = sum(_note_if_dead(row) for row in running)
    told = 0
    waiting = ContactImport.objects.filter(status=Status.WAITING, started_at__lt=now - _TELL_AGAIN_AFTER)
    for import_id in waiting.values_list("id", flat=True):
        still = ContactImport.objects.filter(id=import_id, status=Status.WAITING)
        if still.filter(started_at__lt=now - _TELL_AGAIN_AFTER).update(started_at=now):
            with contextlib.suppress(admin_upload.NoWorker):
                admin_upload.hand_over(import_id)
                told += 1
    return dead, told


def _note_if_dead(row: ContactImport) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock_key(row.id)])
        answer = cursor.fetchone()
        if not (answer and answer[0]):
            return 0
        return ContactImport.objects.filter(id=row.id, status=Status.RUNNING).update(
            status=Status.FAILED, problem=DIED, finished_at=clock.now()
        )
