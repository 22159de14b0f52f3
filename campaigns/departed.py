"""Numbers that a file or a carrier closed: what waits for them is canceled, and their journeys and requests end."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from campaigns import journeys
from campaigns.journeys import ON_THE_WAY
from consent import join_requests, ledger
from consent.models import CONSENTED, Act, Method, Subscription
from consent.reasons import Reason
from contacts import clock
from contacts.models import Brand, ContactImport
from messaging import outbox

# Who closes without calling `campaigns.leaving`: a file, and a carrier's word about one text.
METHODS = (Method.IMPORT.value, Method.CARRIER.value)
CLOSINGS = (Act.REVOKED.value, Act.BLOCKED_BY_CARRIER.value, Act.UNDELIVERABLE.value)
# The rounds come every few seconds; whoever was away longer than this finds that the gate has refused it all.
LATELY = dt.timedelta(hours=1)


class Closing(NamedTuple):
    """What was closed: a number for the whole brand, or (with a program) what that program sends it."""

    brand_id: uuid.UUID
    point_id: uuid.UUID
    program_id: uuid.UUID | None
    method: str
    actor: str


def after_import(contact_import: ContactImport) -> int:
    """Stop what waits for those whom this import closed; returns for how many numbers there was something."""
    since = contact_import.started_at
    return sum(map(_stop, _left_over(contact_import.brand_id, since, f"import:{contact_import.id}")))


def sweep() -> int:
    """The same for all that was closed in the last hour; beat's part, so that no closing is ever half done."""
    since = clock.now() - LATELY
    brands = list(Brand.objects.values_list("id", flat=True))
    return sum(_stop(closing) for brand_id in brands for closing in _left_over(brand_id, since))


def _left_over(brand_id: uuid.UUID, since: dt.datetime, actor: str = "") -> Iterator[Closing]:
    """The closings since then for which something still waits; one query, whatever their number is."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT DISTINCT ON (e.point_id, e.program_id) e.brand_id, e.point_id, e.program_id, e.method, e.actor
              FROM consent_consentevent e
             WHERE e.brand_id = %(brand)s AND e.recorded_at >= %(since)s AND e.act = ANY(%(acts)s)
               AND e.act IN ('revoked', 'blocked_by_carrier', 'undeliverable')
               AND e.method = ANY(%(methods)s) AND e.purposes = '{{}}' {"AND e.actor = %(actor)s" if actor else ""}
               AND (EXISTS (SELECT FROM messaging_message m
                             WHERE m.brand_id = e.brand_id AND m.point_id = e.point_id
                               AND m.status IN ('queued', 'held') AND m.purpose <> 'consent'
                               AND (e.program_id IS NULL OR m.program_id = e.program_id))
                 OR EXISTS (SELECT FROM campaigns_enrollment n JOIN campaigns_journey j ON j.id = n.journey_id
                             WHERE n.point_id = e.point_id AND n.status = ANY(%(on_the_way)s)
                               AND (e.program_id IS NULL OR j.program_id = e.program_id))
                 OR EXISTS (SELECT FROM consent_joinrequest r
                             WHERE r.point_id = e.point_id AND r.ended_at IS NULL
                               AND (e.program_id IS NULL OR r.program_id = e.program_id)))
             ORDER BY e.point_id, e.program_id, e.seq DESC
            """,  # noqa: S608 - constants
            {
                "brand": brand_id, "since": since, "acts": list(CLOSINGS), "methods": list(METHODS), "actor": actor,
                "on_the_way": [str(status) for status in ON_THE_WAY],
            },
        )  # fmt: skip
        closings = [Closing(*row) for row in cursor.fetchall()]
    yield from closings


def _stop(closing: Closing) -> bool:
    """Under the number's lock, unless it has been opened again since."""
    with transaction.atomic():
        ledger.lock_points([closing.point_id])
        rows = Subscription.objects.filter(brand_id=closing.brand_id, point_id=closing.point_id)
        program = Q(program_id=closing.program_id) if closing.program_id else Q(program=None)
        if not rows.filter(program).exclude(closed_by=[]).exists():
            return False
        if closing.program_id is None:
            outbox.cancel_but_consent(closing.brand_id, closing.point_id, reason=Reason.NUMBER_CLOSED)
        else:
            outbox.cancellation_in_program(
                closing.brand_id, closing.point_id, closing.program_id,
                kinds=[str(kind) for kind in CONSENTED], reason=Reason.LEFT_PROGRAM,
            ).ask()  # fmt: skip
        journeys.leave(closing.brand_id, closing.point_id, program_id=closing.program_id)
        join_requests.withdraw(
            closing.point_id, program_id=closing.program_id, method=closing.method, actor=closing.actor
        )
    return True
