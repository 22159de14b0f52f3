"""Celery tasks of messaging: each takes an id or nothing and makes one call."""

import uuid

from celery import shared_task

from messaging import dispatch, fail_over, kick, partitions, reconcile


@shared_task(name="messaging.drain")
def drain(sender_id: str) -> int:
    return dispatch.drain(uuid.UUID(sender_id))


@shared_task(name="messaging.drain_replies")
def drain_replies(sender_id: str) -> int:
    return dispatch.drain(uuid.UUID(sender_id), lanes=dispatch.REPLY_LANES)


@shared_task(name="messaging.sweep_due")
def sweep_due() -> None:
    """The heartbeat of sending: whatever is due is drained, whoever forgot to say so."""
    for sender, has_replies, has_others in reconcile.senders_with_due():
        if has_replies:
            kick.now(sender.id, is_reply=True)
        if has_others:
            kick.now(sender.id, is_reply=False)


@shared_task(name="messaging.fail_over")
def move_on() -> int:
    return fail_over.move()


@shared_task(name="messaging.wake_held")
def wake_held() -> int:
    return reconcile.wake_held()


@shared_task(name="messaging.settle_leases")
def settle_leases() -> int:
    return reconcile.settle_leases()


@shared_task(name="messaging.reconcile_unknown")
def reconcile_unknown() -> int:
    return reconcile.reconcile_unknown()


@shared_task(name="messaging.make_partitions")
def make_partitions() -> None:
    """Make the partitions of the coming months; what could not be made stands in the log."""
    partitions.make_ahead()
