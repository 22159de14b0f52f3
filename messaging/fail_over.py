"""Fail-over: what waits at a sender that cannot send moves on to its program's next one, where the program says so."""

import itertools
import uuid
from collections.abc import Iterator
from operator import attrgetter

from django.db import connection, transaction

from consent.models import Program
from consent.reasons import Reason
from contacts import clock, phones
from messaging import journal, kick
from messaging.models import Lane, Route, Sender

AUTOMATIC = (Lane.INFORMATIONAL, Lane.MARKETING)
# Rows are locked while they move: no more of them at once than a STOP would gladly wait for.
PAGE = 2_000


def move() -> int:
    """Move what is due at senders that cannot send; returns how many texts moved.

    1. Look at the routes of the programs that fail over, in their order.
    2. From each sender that is halted, or whose account is, go to the next route that can send. Only further down
       the order: a text never comes back, so it cannot wander between two senders that fail by turns.
    3. Move the texts, each with an event, and wake the drain of where they are now.

    Nothing is asked of consent here: the claim at the new sender asks the gate, under the number's lock, as ever. What
    has been claimed stays, for Twilio may have it. What waits for the end of a carrier's day stays too: that cap is the
    brand's, over all its senders.
    """
    return sum(_move(program, halted, onward) for program, halted, onward in _ways())


def _ways() -> Iterator[tuple[Program, Sender, Sender]]:
    """(program, halted sender, the sender that takes over from it)."""
    routes = Route.objects.filter(program__fails_over=True).select_related("program", "sender__account")
    ordered = routes.order_by("program_id", "priority", "id")
    for _, of_program in itertools.groupby(ordered, key=attrgetter("program_id")):
        row = list(of_program)
        for place, route in enumerate(row):
            if not route.sender.problem:
                continue
            further = [later.sender for later in row[place + 1 :] if _takes_over(route, later)]
            if further:
                yield route.program, route.sender, further[0]


def _takes_over(route: Route, later: Route) -> bool:
    """Whether a later route can send, and is of the same brand and country; what has no country is of none."""
    ours, theirs = route.program.brand_id, later.sender.brand_id
    country = phones.country_of(route.sender.address)
    is_same_country = bool(country) and country == phones.country_of(later.sender.address)
    return ours == theirs and is_same_country and not later.sender.problem


def _move(program: Program, halted: Sender, onward: Sender) -> int:
    moved = 0
    while count := _move_page(program, halted, onward):
        moved += count
        if count < PAGE:
            break
    return moved


def _move_page(program: Program, halted: Sender, onward: Sender) -> int:
    """Automatic texts; answers to people only where their program lets them come from another number."""
    lanes = (Lane.CONVERSATION, *AUTOMATIC) if program.answers_fail_over else AUTOMATIC
    now = clock.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH waiting AS (
                SELECT id FROM messaging_message
                 WHERE sender_id = %(halted)s AND brand_id = %(brand)s AND program_id = %(program)s
                   AND lane = ANY(%(lanes)s) AND status IN ('queued', 'held')
                   AND (due_at <= %(now)s OR (status = 'held' AND reason = %(reason)s))
                 LIMIT %(page)s
                   FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE messaging_message m
               SET sender_id = %(onward)s, due_at = least(m.due_at, %(now)s)
              FROM waiting WHERE m.id = waiting.id
            RETURNING m.id, m.brand_id, m.status, m.lane
            """,
            {
                "halted": halted.id,
                "onward": onward.id,
                "brand": program.brand_id,
                "program": program.id,
                "lanes": [int(lane) for lane in lanes],
                "reason": Reason.SENDER_NOT_READY.value,
                "page": PAGE,
                "now": now,
            },
        )
        texts = cursor.fetchall()
        detail = {"from": str(halted), "to": str(onward)}
        changes: list[journal.Change] = [
            (text, brand, status, status, detail) for text, brand, status, _ in texts
        ]
        journal.note(changes, cause="failed_over", at=now)
        _wake(onward.id, {Lane(lane) for *_, lane in texts})
    return len(texts)


def _wake(sender_id: uuid.UUID, lanes: set[Lane]) -> None:
    for is_reply in {lane <= Lane.CONVERSATION for lane in lanes}:
        kick.after_commit(sender_id, is_reply=is_reply)
