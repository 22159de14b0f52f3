"""Healing: leases that ended without a word, and messages whose outcome only Twilio knows."""

import datetime as dt
import logging
from collections.abc import Sequence

from django.conf import settings
from django.db import connection, transaction

from consent.reasons import Reason
from contacts import clock, pausing
from contacts.models import Pause
from messaging import callbacks, journal, secrets
from messaging.models import Message, Sender, Status
from messaging.providers import twilio
from messaging.providers.twilio import Seen

log = logging.getLogger(__name__)

# Twilio's clock and ours may differ by this much when we ask whether it has a message of ours.
CLOCKS_DIFFER = dt.timedelta(seconds=5)
# It must be absent this many times before we conclude that Twilio never had it.
LOOKS_NEEDED = 2
# What waits while everything is paused is looked for so long after the end of that.
RESUMED_LATELY = dt.timedelta(minutes=10)
BATCH = 200


def settle_leases() -> int:
    """Messages whose worker never reported become unknown: it died, or hangs past the end of its lease."""
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE messaging_message SET status = 'unknown', settled_at = %s, looks = 0, due_at = %s
             WHERE id IN (SELECT id FROM messaging_message WHERE status = 'sending' AND lease_until < %s
                           LIMIT 5000 FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING id, brand_id
            """,
            [now, now + dt.timedelta(seconds=settings.LOOK_UP_AFTER_SECONDS), now],
        )
        changes: list[journal.Change] = [
            (message_id, brand_id, Status.SENDING.value, Status.UNKNOWN.value, {})
            for message_id, brand_id in cursor.fetchall()
        ]
        journal.note(changes, cause="lease_ended", at=now)
    return len(changes)


def reconcile_unknown() -> int:
    """Look at Twilio for each unknown message whose moment has come; returns how many were settled.

    Found: it moves on by Twilio's word. Absent, twice and apart, after its request could no longer be under
    way: Twilio never had it, so it goes back into the outbox, where the gate judges it anew. Whenever the
    look itself fails, or is ambiguous, the message stays unknown.
    """
    now = clock.now()
    # Of an erased person neither number nor words are left to look for; a callback may still settle it.
    due = Message.objects.filter(status=Status.UNKNOWN, due_at__lte=now, redacted_at=None).select_related(
        "sender__account", "point"
    )
    settled = 0
    for message in due.order_by("due_at")[:BATCH]:
        try:
            settled += _settle(message)
        except Exception:
            # One account's failure must not keep the others' messages unknown.
            log.exception("could not look at Twilio for message %s", message.id)
            _look_again(message, looks=message.looks)
    return settled


def _settle(message: Message) -> bool:
    sid, tokens = secrets.credentials(message.sender.account)
    seen = twilio.look_up(account_sid=sid, token=tokens[0], to=_address(message))
    candidates = _candidates(message, seen)
    same = [one for one in candidates if one.body == message.body]
    if same:
        word = callbacks.Word(status=same[-1].status, sid=same[-1].sid, code=same[-1].code, cause="looked_up")
        return callbacks.apply(message.id, word)
    if candidates and any(not one.body for one in candidates):
        # Its body is redacted there, so it may be ours: a person or a callback settles it.
        _look_again(message, looks=0)
        return False
    if message.looks + 1 < LOOKS_NEEDED:
        _look_again(message, looks=message.looks + 1)
        return False
    return _return_to_outbox(message)


def _address(message: Message) -> str:
    point = message.point
    return point.address if point.channel == "sms" else f"{point.channel}:{point.address}"


def _candidates(message: Message, seen: Sequence[Seen]) -> list[Seen]:
    """What Twilio made since our claim and we know of no other message for."""
    lease = message.lease_until or message.created_at
    claimed_at = lease - dt.timedelta(seconds=settings.LEASE_SECONDS)
    age = (clock.now() - claimed_at + CLOCKS_DIFFER).total_seconds()
    ours = set(
        Message.objects.filter(provider_sid__in=[one.sid for one in seen]).values_list(
            "provider_sid", flat=True
        )
    )
    return [one for one in seen if one.age_seconds <= age and one.sid not in ours]


def _look_again(message: Message, *, looks: int) -> None:
    again = clock.now() + dt.timedelta(seconds=settings.LOOK_UP_AFTER_SECONDS)
    Message.objects.filter(id=message.id, status=Status.UNKNOWN).update(looks=looks, due_at=again)


def _return_to_outbox(message: Message) -> bool:
    now = clock.now()
    with transaction.atomic():
        moved = Message.objects.filter(id=message.id, status=Status.UNKNOWN).update(
            status=Status.QUEUED, due_at=now, settled_at=now, claim_id=None, lease_until=None, looks=0
        )
        if moved:
            journal.note(
                [
                    (
                        message.id,
                        message.brand_id,
                        Status.UNKNOWN.value,
                        Status.QUEUED.value,
                        {"looks": LOOKS_NEEDED},
                    )
                ],
                cause="not_at_twilio",
                at=now,
            )
    return bool(moved)


def wake_held() -> int:
    """Make due what a switch held, once somebody has switched it back: everything, a brand, a program or a sender."""
    now = clock.now()
    return _wake_by_switch(now) + _wake_everything(now)


def _wake_everything(now: dt.datetime) -> int:
    """After everything was resumed; later there is nothing to look for, so that no list of all the held is read."""
    lately = Pause.objects.filter(brand=None, program_id=None, resumed_at__gt=now - RESUMED_LATELY)
    if pausing.is_everything_paused() or not lately.exists():
        return 0
    held = Message.objects.filter(status=Status.HELD, reason=Reason.EVERYTHING_PAUSED, due_at__gt=now)
    return held.update(due_at=now)


def _wake_by_switch(now: dt.datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE messaging_message SET due_at = %(now)s
             WHERE id IN (
                SELECT m.id FROM messaging_message m
                  JOIN contacts_brand b ON b.id = m.brand_id
                  JOIN messaging_sender s ON s.id = m.sender_id
                  LEFT JOIN messaging_account a ON a.id = s.account_id
                  LEFT JOIN consent_program p ON p.id = m.program_id
                 WHERE m.status = 'held' AND m.due_at > %(now)s
                   AND m.reason IN ('brand_paused', 'program_paused', 'program_not_ready', 'sender_not_ready')
                   AND CASE m.reason WHEN 'brand_paused' THEN b.paused_at IS NULL
                                     WHEN 'program_paused' THEN p.paused_at IS NULL
                                     WHEN 'program_not_ready' THEN p.ready_at IS NOT NULL
                                     ELSE s.halted_at IS NULL AND a.halted_at IS NULL END
                 LIMIT 5000 FOR NO KEY UPDATE OF m SKIP LOCKED)
            """,
            {"now": now},
        )
        return int(cursor.rowcount)


def senders_with_due() -> list[tuple[Sender, bool, bool]]:
    """(sender, has due replies, has other due messages) for every sender that may send now."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT s.id,
                   EXISTS (SELECT 1 FROM messaging_message WHERE sender_id = s.id AND lane IN (0, 1)
                            AND due_at <= %(now)s AND status IN ('queued', 'held')),
                   EXISTS (SELECT 1 FROM messaging_message WHERE sender_id = s.id AND lane IN (2, 3)
                            AND due_at <= %(now)s AND status IN ('queued', 'held'))
              FROM messaging_sender s WHERE s.halted_at IS NULL
            """,
            {"now": now},
        )
        found = {sender_id: (replies, others) for sender_id, replies, others in cursor.fetchall()}
    return [(sender, *found[sender.id]) for sender in Sender.objects.filter(id__in=found)]
