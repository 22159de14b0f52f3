"""Limits against sign-up bombing: how often a number, a visitor and a page may try, counted under locks."""

import dataclasses
import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from consent.models import SignupAttempt, SignupPage
from contacts import clock

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
MONTH = dt.timedelta(days=30)
UNFINISHED = "unfinished"


class TooMany(Exception):
    """One limit or another is reached; which one is nobody's business but the team's."""


class Repeated(Exception):
    """The same form came back; `is_same` when it was for the same number."""

    def __init__(self, *, is_same: bool) -> None:
        super().__init__("sent already")
        self.is_same = is_same


@dataclasses.dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries with the same `field` in any `span`."""

    field: str
    most: int
    span: dt.timedelta


def admit(page: SignupPage, *, number: str, visitor: str, form_id: uuid.UUID) -> SignupAttempt:
    """Count a try, for good, before anything is done about it.

    Number and visitor are counted over all brands: a number is a person's, whoever's page is abused. What is
    over a limit counts toward none, or a stranger could keep somebody out for ever.

    1. Lock number, visitor and page, so that of two tries at once the second sees the first.
    2. Was this form sent before? A double click is one try.
    3. Count; a full limit refuses. Else the try is written down, and committed.

    Raises Repeated or TooMany.
    """
    digests = {"number_digest": digest("number", number), "visitor_digest": digest("visitor", visitor)}
    with transaction.atomic():
        _lock(*digests.values(), page.id.hex)
        before = SignupAttempt.objects.filter(form_id=form_id).first()
        if before is not None:
            raise Repeated(is_same=before.number_digest == digests["number_digest"])
        if not _is_full({**digests, "page_id": page.id}):
            return _write(page, digests, SignupAttempt.Outcome.REFUSED, UNFINISHED, form_id)
        _note_limited(page, digests)
    raise TooMany


def finish(attempt: SignupAttempt, outcome: str, reason: str = "") -> None:
    """Write down what became of a try."""
    attempt.outcome, attempt.reason = outcome, reason
    attempt.save(update_fields=["outcome", "reason"])


def digest(kind: str, value: str) -> str:
    """HMAC-SHA-256 (hex) under a key made from SECRET_KEY: equal values are seen to be equal, and no more."""
    return salted_hmac(f"signup.{kind}", value, algorithm="sha256").hexdigest()


def _limits() -> list[Limit]:
    return [
        Limit("number_digest", settings.SIGNUP_PER_NUMBER_DAY, DAY),
        Limit("number_digest", settings.SIGNUP_PER_NUMBER_MONTH, MONTH),
        Limit("visitor_digest", settings.SIGNUP_PER_VISITOR_HOUR, HOUR),
        Limit("visitor_digest", settings.SIGNUP_PER_VISITOR_DAY, DAY),
        Limit("page_id", settings.SIGNUP_PER_PAGE_MINUTE, MINUTE),
    ]


def _is_full(whose: dict[str, Any]) -> bool:
    now = clock.now()
    counted = SignupAttempt.objects.exclude(outcome=SignupAttempt.Outcome.LIMITED)
    return any(
        counted.filter(**{limit.field: whose[limit.field]}, at__gt=now - limit.span)[: limit.most].count()
        >= limit.most
        for limit in _limits()
    )


def _note_limited(page: SignupPage, digests: dict[str, str]) -> None:
    """For the figures of the page; a flood of refused tries does not become a flood of rows."""
    limited = page.attempts.filter(outcome=SignupAttempt.Outcome.LIMITED, at__gt=clock.now() - MINUTE)
    if limited[: settings.SIGNUP_PER_PAGE_MINUTE].count() < settings.SIGNUP_PER_PAGE_MINUTE:
        _write(page, digests, SignupAttempt.Outcome.LIMITED, "limit", None)


def _write(
    page: SignupPage, digests: dict[str, str], outcome: str, reason: str, form_id: uuid.UUID | None
) -> SignupAttempt:
    return SignupAttempt.objects.create(
        brand_id=page.brand_id,
        page=page,
        at=clock.now(),
        outcome=outcome,
        reason=reason,
        form_id=form_id,
        **digests,
    )


def _lock(*keys: str) -> None:
    """Advisory locks of this transaction, always in the same order, so that two tries never wait for each other."""
    with connection.cursor() as cursor:
        for number in sorted({int(key[-15:], 16) for key in keys}):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
