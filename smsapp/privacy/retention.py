"""Keeping data no longer than a brand's rules say: what is due, and taking it away page by page."""

import contextlib
import dataclasses
import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterator

from django.db import connection, transaction
from django.db.models import Count, Min

from contacts import clock
from contacts.models import Brand, RetentionRule
from smsapp.privacy import minimums, months
from smsapp.privacy.retiring import KINDS

log = logging.getLogger(__name__)

PAGE = 1000
_LOCK = 0x7265_7465  # one run at a time; two at once would only do the same twice


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """What one rule took away, or would take. `before`, `oldest`: aware UTC; `problem`: why it did not run."""

    brand: str
    kind: str
    label: str
    days: int
    before: dt.datetime
    count: int = 0
    oldest: dt.datetime | None = None
    problem: str = ""


def run(*, brand: Brand | None = None, is_dry_run: bool = False) -> list[Retired]:
    """Apply all rules, or one brand's; a rule below what law or house asks for is not run, and says so.

    Without a rule nothing is taken away. Each page is a transaction of its own, so a run that dies has done what it
    has done, and the next one goes on. With all rules, months that are over for every brand in them are dropped
    first, as a whole. Returns [] when another run is under way.
    """
    rules = RetentionRule.objects.select_related("brand").order_by("brand__slug", "kind")
    chosen = list(rules.filter(brand=brand) if brand else rules)
    if is_dry_run:
        return [due(rule) for rule in chosen]
    with _alone() as is_first:
        if not is_first:
            return []
        found = [due(rule) for rule in chosen]
        dropped = Counter() if brand else months.drop_over(chosen)
        return [
            _apply(rule, told, dropped[rule.brand_id, rule.kind])
            for rule, told in zip(chosen, found, strict=True)
        ]


def due(rule: RetentionRule) -> Retired:
    """What a rule would take away now."""
    told = _told(rule)
    if told.problem:
        return told
    kind = KINDS[rule.kind]
    found = kind.due(rule, told.before).aggregate(count=Count("pk"), oldest=Min(kind.dated))
    return dataclasses.replace(told, **found)


def _apply(rule: RetentionRule, told: Retired, count: int) -> Retired:
    """Take away what is due, page by page; `count` rows went with their month already."""
    if told.problem or not told.count:
        return told
    kind = KINDS[rule.kind]
    while page := list(kind.due(rule, told.before).values_list("pk", flat=True)[:PAGE]):
        with transaction.atomic():
            gone = kind.retire(kind.due(rule, told.before).filter(pk__in=page))
        count += gone
        if not gone:
            break
    log.info("retention: %s of %s: %s", rule.kind, rule.brand_id, count)
    return dataclasses.replace(told, count=count)


def _told(rule: RetentionRule) -> Retired:
    return Retired(
        brand=rule.brand.slug,
        kind=rule.kind,
        label=rule.get_kind_display(),
        days=rule.days,
        before=clock.now() - dt.timedelta(days=rule.days),
        problem=minimums.problem_of(rule),
    )


@contextlib.contextmanager
def _alone() -> Iterator[bool]:
    """Hold the advisory lock of this session, if it is free; yields whether it was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        is_first = bool(cursor.fetchone()[0])
        try:
            yield is_first
        finally:
            if is_first:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
