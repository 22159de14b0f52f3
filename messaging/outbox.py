"""The way into the outbox: drafts become messages that wait for their moment, each with a decision receipt."""

import dataclasses
import datetime as dt
import logging
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import orjson
from django.db import connection, transaction

from consent.asking import Verdict
from consent.models import CONSENTED, Purpose
from consent.reasons import Reason
from contacts import clock, reading
from contacts.ids import as_array, new_id
from messaging import content_checks, kick, likeness, segments
from messaging.judging import judge
from messaging.models import Lane, Message, Stage, Status
from messaging.states import WAITING

log = logging.getLogger(__name__)

# Not worth sending later than this after its moment; a STOP's confirmation must come within five minutes.
WORTH: dict[str, dt.timedelta] = {
    Purpose.CONSENT: dt.timedelta(minutes=5),
    Purpose.CONVERSATIONAL: dt.timedelta(hours=24),
}
WORTH_OTHERWISE = dt.timedelta(days=3)
# A hold without a moment ends when something changes; this is how often we look whether it has.
LOOK_AGAIN = dt.timedelta(minutes=30)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text somebody wants to send. `body` is what the person will read, variables filled in.

    `template` is the same before they are filled in, as all its readers get it; "": nothing is.
    `origin_id` makes it unique for the contact within `origin`: queueing the same again adds nothing.
    `due_at` (aware UTC): not before; None: now.
    """

    brand_id: uuid.UUID
    contact_id: uuid.UUID
    point_id: uuid.UUID
    sender_id: uuid.UUID
    program_id: uuid.UUID | None
    purpose: str
    value: str
    body: str
    origin: str
    origin_id: uuid.UUID | None = None
    due_at: dt.datetime | None = None
    sent_by: str = ""
    template: str = ""
    message_id: uuid.UUID = dataclasses.field(default_factory=new_id)

    @property
    def likeness(self) -> int | None:
        """What a marketing text says, as 64 bits; of other texts nobody asks."""
        return likeness.of(self.template or self.body) if self.purpose == Purpose.MARKETING else None


@dataclasses.dataclass(frozen=True, slots=True)
class Judged:
    """Drafts, and what the gate said of each at one moment (aware UTC)."""

    drafts: Sequence[Draft]
    verdicts: Sequence[Verdict]
    at: dt.datetime


def queue(drafts: Sequence[Draft]) -> list[uuid.UUID]:
    """Put drafts into the outbox; returns the ids of the messages that are new, whatever became of them.

    1. Ask the gate, for the counts and the receipt; the answer that rules is the one at the claim.
    2. Lock the points against being closed meanwhile, and insert messages (queued, held or refused), skipping
       what is there already for the same origin; the new ones with their first event and their decision.
    3. After the commit, wake the senders' drains.
    """
    return add(judged(drafts))


def judged(drafts: Sequence[Draft]) -> Judged:
    """Step 1 alone: drafts that are to be queued at once."""
    now = clock.now()
    return Judged(drafts, verdicts(drafts, now=now) if drafts else [], now)


def add(judged: Judged) -> list[uuid.UUID]:
    """Steps 2 and 3 alone."""
    drafts = judged.drafts
    if not drafts:
        return []
    rows = _rows(judged)  # before anybody who wants to leave has to wait for us
    with transaction.atomic(savepoint=False):
        _lock_points(drafts)
        _ensure_threads(drafts, judged.at)
        there = _insert(rows)
        added = [draft for draft in drafts if draft.message_id not in there]
        for sender_id, lane in {(d.sender_id, Lane.of(d.purpose)) for d in added}:
            kick.after_commit(sender_id, is_reply=lane <= Lane.CONVERSATION)
    return [draft.message_id for draft in added]


def verdicts(drafts: Sequence[Draft], *, now: dt.datetime) -> list[Verdict]:
    """What would become of these drafts if they were queued now (aware UTC), in their order; nothing is written.

    The gate's word; but what nobody wrote by hand and still has a placeholder in it is refused.
    """
    return [_filled_in(draft, said) for draft, said in zip(drafts, judge(drafts, now=now), strict=True)]


def _filled_in(draft: Draft, verdict: Verdict) -> Verdict:
    if draft.purpose not in CONSENTED or not content_checks.unfilled(draft.body):
        return verdict
    refusals = verdict.reasons if verdict.outcome == "refuse" else ()
    return dataclasses.replace(
        verdict,
        outcome="refuse",
        reasons=(*refusals, Reason.UNFILLED.value),
        until=None,
        release_at=None,
        window_ends_at=None,
    )


def status_for(verdict: Verdict) -> Status:
    return {"allow": Status.QUEUED, "hold": Status.HELD, "refuse": Status.REFUSED}[verdict.outcome]


def due_after(verdict: Verdict, wanted: dt.datetime, now: dt.datetime) -> dt.datetime:
    """When to look at the message again."""
    if verdict.outcome != "hold":
        return wanted
    return max(wanted, verdict.release_at or verdict.until or now + LOOK_AGAIN)


def _lock_points(drafts: Sequence[Draft]) -> None:
    """Take the points before anything else, as an inbound text does: so the two can never wait for each other.

    The inserts below would take this lock anyway, for their foreign keys, but later and in no order.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM contacts_contactpoint WHERE id = ANY(%s::uuid[]) ORDER BY id FOR KEY SHARE",
            [as_array(draft.point_id for draft in drafts)],
        )


def _ensure_threads(drafts: Sequence[Draft], now: dt.datetime) -> None:
    """A thread for each person who has none, in an order that all who make threads keep."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO messaging_thread (id, brand_id, contact_id, created_at)
            SELECT i, b, c, %s FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS t(i, b, c) ORDER BY b, c
            ON CONFLICT (brand_id, contact_id) DO NOTHING
            """,
            [
                now,
                as_array(new_id() for _ in drafts),
                as_array(draft.brand_id for draft in drafts),
                as_array(draft.contact_id for draft in drafts),
            ],
        )


# What many of these texts have in common is sent, and read, once.
_INSERT = """
WITH kinds AS MATERIALIZED (
    SELECT number, kind.*
      FROM json_array_elements(%(kinds)s::json) WITH ORDINALITY AS each(kind, number)
     CROSS JOIN json_to_record(each.kind)
        AS kind(brand uuid, sender uuid, program uuid, origin text, purpose text, value text, lane smallint,
                likeness bigint, status text, reason text, expires_at timestamptz, sent_by text, outcome text,
                reasons text[], until timestamptz, rule_pack text, facts jsonb)
), n AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rows)s::json)
        AS own(id uuid, contact uuid, point uuid, origin_id uuid, body text, segments smallint, due_at timestamptz,
               number bigint)
      JOIN kinds USING (number)
     ORDER BY point -- neighbours lie together in the indexes, which a join does not heed
), new AS (
    INSERT INTO messaging_message
           (id, brand_id, thread_id, contact_id, point_id, sender_id, program_id, direction, origin,
            origin_id, purpose, value, lane, body, likeness, segments, media, status, reason, due_at,
            expires_at, attempts, looks, provider_sid, sent_by, created_at, settled_at)
    SELECT n.id, n.brand, thread.id, n.contact, n.point, n.sender, n.program, 'out', n.origin,
           n.origin_id, n.purpose, n.value, n.lane, n.body, n.likeness, n.segments, '[]', n.status,
           n.reason, n.due_at, n.expires_at, 0, 0, '', n.sent_by, %(now)s, %(now)s
      FROM n JOIN messaging_thread thread ON thread.brand_id = n.brand AND thread.contact_id = n.contact
    ON CONFLICT (brand_id, origin, origin_id, contact_id) WHERE origin_id IS NOT NULL DO NOTHING
    RETURNING id, brand_id, status
), noted AS (
    INSERT INTO messaging_messageevent (message_id, brand_id, at, was, became, cause, detail)
    SELECT id, brand_id, %(now)s, '', status, 'queued', '{}' FROM new
), decided AS (
    INSERT INTO messaging_decision (message_id, brand_id, stage, at, outcome, reasons, until, rule_pack, facts)
    SELECT id, brand, %(stage)s, %(now)s, n.outcome, n.reasons, n.until, n.rule_pack, n.facts
      FROM n JOIN new USING (id)
)
SELECT id FROM n WHERE id NOT IN (SELECT id FROM new)
"""


def _insert(rows: dict[str, str | dt.datetime]) -> set[uuid.UUID]:
    """Insert what is new, each with its first event and decision; returns the ids of what was there already."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, rows)
        return {message_id for (message_id,) in cursor.fetchall()}


def _rows(judged: Judged) -> dict[str, str | dt.datetime]:
    """The parameters of the insert. JSON costs a fraction of what the driver takes to write arrays, value by value."""
    kinds: dict[bytes, int] = {}
    rows = []
    for draft, verdict in zip(judged.drafts, judged.verdicts, strict=True):
        kind = orjson.dumps(_kind(draft, verdict, judged.at))
        rows.append(_own(draft, verdict, judged.at) | {"number": kinds.setdefault(kind, len(kinds) + 1)})
    return {
        "kinds": f"[{b','.join(kinds).decode()}]",
        "rows": orjson.dumps(rows).decode(),
        "now": judged.at,
        "stage": Stage.QUEUE.value,
    }


def _own(draft: Draft, verdict: Verdict, now: dt.datetime) -> dict[str, object]:
    """What is each text's own."""
    return {
        "id": draft.message_id,
        "contact": draft.contact_id,
        "point": draft.point_id,
        "origin_id": draft.origin_id,
        "body": draft.body,
        "segments": segments.count(draft.body).segments,
        "due_at": due_after(verdict, draft.due_at or now, now),
    }


def _kind(draft: Draft, verdict: Verdict, now: dt.datetime) -> dict[str, object]:
    """What a text shares with others; of a campaign's page there are a handful, of other drafts as many as texts."""
    status = status_for(verdict)
    return {
        "brand": draft.brand_id,
        "sender": draft.sender_id,
        "program": draft.program_id,
        "origin": draft.origin,
        "purpose": draft.purpose,
        "value": draft.value,
        "lane": int(Lane.of(draft.purpose)),
        "likeness": draft.likeness,
        "status": status,
        "reason": verdict.reasons[0] if status != Status.QUEUED else "",
        "expires_at": (draft.due_at or now) + WORTH.get(draft.purpose, WORTH_OTHERWISE),
        "sent_by": draft.sent_by,
        "outcome": verdict.outcome,
        "reasons": verdict.reasons,
        "until": verdict.until,
        "rule_pack": verdict.rule_pack,
        "facts": verdict.facts,
    }


def cancel(messages: Collection[uuid.UUID], *, reason: str, cause: str) -> int:
    """Cancel what has not been claimed yet among these messages; returns how many."""
    return _cancellation("id = ANY(%s)", [list(messages)], reason=reason, cause=cause).ask()


def cancellation_for_point(brand_id: uuid.UUID, point_id: uuid.UUID, *, reason: str) -> reading.Question[int]:
    """Cancel everything that waits for a number, in the transaction that closes it (its lock is held).

    The confirmation of this very closing is queued after it, and so is the only text still to leave.
    """
    condition = "brand_id = %s AND point_id = %s"
    return _cancellation(condition, [brand_id, point_id], reason=reason, cause="stop")


def cancel_but_consent(brand_id: uuid.UUID, point_id: uuid.UUID, *, reason: str) -> int:
    """The same for a number that is closed already: what confirms a leaving, or answers HELP, is let go."""
    condition = "brand_id = %s AND point_id = %s AND purpose <> 'consent'"
    return _cancellation(condition, [brand_id, point_id], reason=reason, cause="stop").ask()


def cancellation_in_program(
    brand_id: uuid.UUID, point_id: uuid.UUID, program_id: uuid.UUID, *, kinds: Collection[str], reason: str
) -> reading.Question[int]:
    """Cancel what a program has waiting for a number of these kinds of purpose; its lock is held as above."""
    return _cancellation(
        "brand_id = %s AND point_id = %s AND program_id = %s AND purpose = ANY(%s)",
        [brand_id, point_id, program_id, list(kinds)],
        reason=reason,
        cause="stop",
    )


def look_again(
    brand_id: uuid.UUID,
    point_id: uuid.UUID,
    *,
    reasons: Collection[str] = (Reason.PAUSED, Reason.ASKED_FOR_FEWER),
) -> int:
    """Make due what waits for a number for these reasons: its person has asked for more, or said where they are."""
    held = Message.objects.filter(
        brand_id=brand_id, point_id=point_id, status=Status.HELD, reason__in=reasons
    )
    return held.update(due_at=clock.now())


def look_again_at_settled(brand_id: uuid.UUID, contact_id: uuid.UUID) -> int:
    """Make due what waits for a person because their conversation was open, once it is settled."""
    held = Message.objects.filter(
        brand_id=brand_id,
        contact_id=contact_id,
        status=Status.HELD,
        reason__in=[Reason.WAITS_FOR_US, Reason.UPSET],
    )
    return held.update(due_at=clock.now())


def cancel_of_origin(
    brand_id: uuid.UUID, origin: str, origin_id: uuid.UUID, *, reason: str, cause: str
) -> int:
    """Cancel what waits of one campaign."""
    return _cancellation(
        "brand_id = %s AND origin = %s AND origin_id = %s",
        [brand_id, origin, origin_id],
        reason=reason,
        cause=cause,
    ).ask()


def _cancellation(condition: str, params: list[Any], *, reason: str, cause: str) -> reading.Question[int]:
    """Cancel waiting outbound messages, each with its event; `condition` is SQL of this module's own."""
    now = clock.now()
    statement = f"""
        WITH waiting AS (
            SELECT id, status FROM messaging_message
             WHERE {condition} AND status = ANY(%s) AND direction = 'out'
               FOR UPDATE
        ), canceled AS (
            UPDATE messaging_message m
               SET status = 'canceled', reason = %s, settled_at = %s, due_at = NULL
              FROM waiting WHERE m.id = waiting.id
            RETURNING m.id, m.brand_id, waiting.status AS was
        )
        INSERT INTO messaging_messageevent (message_id, brand_id, at, was, became, cause, detail)
        SELECT id, brand_id, %s, was, 'canceled', %s, %s::jsonb FROM canceled
    """  # noqa: S608 - the condition is one of the constants above
    detail = orjson.dumps({"reason": reason}).decode()
    waiting = [str(status) for status in WAITING]
    return reading.change(statement, [*params, waiting, reason, now, now, cause, detail])
