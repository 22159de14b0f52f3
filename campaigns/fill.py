"""Queueing a launched campaign's texts, page by page, so that a stop anywhere resumes exactly there."""

import dataclasses
import logging
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from django.db import connection, transaction
from django.db.models import F

from campaigns import audience, personal
from campaigns.models import Campaign, CampaignStatus
from campaigns.states import move
from consent.models import Subscription
from contacts import clock
from contacts.counting import count_again
from contacts.models import ContactPoint
from messaging import kick as wake
from messaging import outbox
from messaging.models import Origin, Sender

log = logging.getLogger(__name__)

# A STOP for somebody on a page waits for its commit, so a page is short.
PAGE = 1000
# After so many pages a task makes room for others; the next one goes on where it ended.
PAGES_PER_TASK = 10
NO_SENDER = "The program has no sender any more: give it a route, then resume."


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The next people of a campaign, beyond the number `after`: their texts from one sender, judged; who has none."""

    after: uuid.UUID | None
    sender_id: uuid.UUID
    points: Sequence[ContactPoint]
    texts: outbox.Judged
    unwritten: Sequence[personal.Unwritten]


class Ahead:
    """Pages that are written and judged in a thread beside the one that puts the page before them into the outbox.

    So Python and PostgreSQL work at the same time. Nothing rests on it: a page belongs to who holds the campaign's row
    when it is queued, and one that is not what is wanted then is written anew.
    """

    def __init__(self, *, pages: int) -> None:
        self._left = pages
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="page-ahead")
        self._page: Future[Page] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def begin(self, campaign: Campaign, sender: Sender, page: Page) -> None:
        """Begin with the page after this one, unless this was the last, or so many were begun already."""
        is_wanted = self._left > 0 and len(page.points) == PAGE
        self._left -= 1
        self._page = self._pool.submit(_beside, campaign, sender, page.points[-1].id) if is_wanted else None

    def page(self, campaign: Campaign, sender: Sender) -> Page:
        """The campaign's next page from this sender."""
        page = self._ready()
        if page and (page.after, page.sender_id) == (campaign.filled_through, sender.id):
            return page
        return _write(campaign, sender, campaign.filled_through)

    def _ready(self) -> Page | None:
        try:
            return self._page.result() if self._page else None
        except Exception:
            log.exception("a page could not be written ahead, and is written now")
            return None


def fill(campaign_id: uuid.UUID) -> int:
    """Queue a campaign's texts, for so many pages; returns how many people were looked at.

    Any number of fills may run at once: a page belongs to who holds the campaign's row, and who does not
    get it leaves. What is paused, canceled or done is left alone.
    """
    total = 0
    if Campaign.objects.filter(id=campaign_id, status=CampaignStatus.FILLING, filled_through=None).exists():
        count_again(Subscription)
    # In a transaction of the caller's only this connection sees what was written.
    with Ahead(pages=0 if connection.in_atomic_block else PAGES_PER_TASK - 1) as ahead:
        for _ in range(PAGES_PER_TASK):
            looked_at = fill_page(campaign_id, ahead=ahead)
            if looked_at is None:
                return total
            total += looked_at
    kick(campaign_id)
    return total


def fill_page(campaign_id: uuid.UUID, *, ahead: Ahead | None = None) -> int | None:
    """Queue one page in one transaction; returns how many people it had, None when it is not our turn.

    1. Take the campaign's row, unless another fill or a person's pause has it.
    2. Write the text for the next people, or take what is written `ahead`. A person for whom it cannot be written gets
       no message (there is nothing to show) but is counted in `skipped`, and the first such problem is kept.
    3. Queue the texts and move `filled_through` in the same transaction: both happen, or neither.
    4. A page that is not full was the last: from here on the campaign is sending.
    """
    with transaction.atomic():
        campaign = _take(campaign_id)
        if campaign is None:
            return None
        sender = personal.sender_for(campaign.program)
        if sender is None:
            move(
                campaign, CampaignStatus.PAUSED, why=NO_SENDER, paused_from=campaign.status, problem=NO_SENDER
            )
            return None
        if ahead is None:
            page = _write(campaign, sender, campaign.filled_through)
        else:
            page = ahead.page(campaign, sender)
            ahead.begin(campaign, sender, page)
        outbox.add(page.texts)
        points, unwritten = page.points, page.unwritten
        Campaign.objects.filter(id=campaign.id).update(
            filled_through=points[-1].id if points else campaign.filled_through,
            audience=F("audience") + len(points),
            skipped=F("skipped") + len(unwritten),
            problem=campaign.problem or (unwritten[0].problem[:200] if unwritten else ""),
            filled_at=clock.now(),
        )
        if len(points) < PAGE:
            move(campaign, CampaignStatus.SENDING)
    return len(points)


def _write(campaign: Campaign, sender: Sender, after: uuid.UUID | None) -> Page:
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        # A thousand steps into an index are done before another process of PostgreSQL's has begun to share them.
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        points = audience.page(campaign, after=after, size=PAGE)
    drafts, unwritten = personal.drafts(text_of(campaign, sender), points, origin_id=campaign.id)
    texts = outbox.judged(drafts)
    return Page(after=after, sender_id=sender.id, points=points, texts=texts, unwritten=unwritten)


def _beside(campaign: Campaign, sender: Sender, after: uuid.UUID) -> Page:
    try:
        return _write(campaign, sender, after)
    finally:
        connection.close()


def _take(campaign_id: uuid.UUID) -> Campaign | None:
    campaigns = Campaign.objects.select_for_update(of=("self",), skip_locked=True)
    filling = campaigns.filter(id=campaign_id, status=CampaignStatus.FILLING)
    return filling.select_related("program__brand", "segment").first()


def text_of(campaign: Campaign, sender: Sender) -> personal.Text:
    """The campaign's text before the names are filled in."""
    return personal.Text(
        program=campaign.program,
        sender=sender,
        purpose=campaign.purpose,
        value=campaign.value,
        body=campaign.body,
        origin=Origin.CAMPAIGN,
    )


def kick_after_commit(campaign_id: uuid.UUID) -> None:
    """Have a worker fill this campaign once the present transaction has committed."""
    transaction.on_commit(lambda: kick(campaign_id))


def kick(campaign_id: uuid.UUID) -> None:
    """Have a worker fill this campaign."""
    wake.send("campaigns.fill", campaign_id)
