"""What is stuck now, in words: what it means, what a person does about it, and where."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterator
from urllib.parse import urlencode

import redis
from django.db.models import Count, Exists, Max, Min, Model, OuterRef, Q, Subquery, Sum
from django.urls import reverse

from campaigns.models import Campaign, CampaignStatus
from consent.models import Unsealed
from consent.reasons import Reason
from contacts.models import Brand, ContactImport
from messaging import spend
from messaging.models import Account, Capped, Lane, Message, Sender, Status
from smsapp.seen import parts, signs
from webhooks.handle import MOST_ATTEMPTS
from webhooks.models import QuarantinedRequest, Watermark, WebhookEvent

# How old something may be before a person should look: longer than it ever takes by itself.
LATE = dict.fromkeys((Lane.CONSENT, Lane.CONVERSATION), dt.timedelta(seconds=30))
LATE_OTHERWISE = dt.timedelta(minutes=5)
UNKNOWN_AFTER = dt.timedelta(minutes=2)
LOST_AFTER = dt.timedelta(minutes=2)
UNHANDLED_AFTER = dt.timedelta(minutes=1)
UNSEALED_AFTER = dt.timedelta(minutes=1)
IMPORT_AFTER = dt.timedelta(minutes=30)
SILENT_AFTER = dt.timedelta(minutes=1)
UNREAD_AFTER = dt.timedelta(minutes=30)
PULLED_LATELY = dt.timedelta(minutes=15)
LATELY = dt.timedelta(days=1)
MANY = 10_000  # counting stops here


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """One thing: what it is, what to do, a page to look at; `post` is an address that a button posts to."""

    what: str
    do: str
    url: str = ""
    link: str = "Look"
    post: str = ""
    button: str = ""
    is_grave: bool = True


def machinery() -> list[Stuck]:
    """The parts of the installation that do not work, and what belongs to no brand."""
    found = [
        Stuck(what=f"{part.name.replace('_', ' ').capitalize()}: {part.problem}.", do=_sentence(part.cure))
        for part in parts.everything()
        if part.problem
    ]
    return [*found, *_dead_workers()]


def machinery_in_brief() -> list[Stuck]:
    """The same for those who do not run the installation: that it does not work, and nothing of why."""
    if not any(part.problem for part in parts.beside_database()):
        return []
    return [
        Stuck(
            what="A part of the installation does not work, so texts may wait.",
            do="Tell whoever runs it: their page What is stuck names the part and the cure.",
        )
    ]


def turned_away(now: dt.datetime) -> list[Stuck]:
    """Requests of the last day whose signature did not hold; they belong to nobody yet."""
    count = QuarantinedRequest.objects.filter(received_at__gte=now - LATELY).count()
    if not count:
        return []
    return [
        Stuck(
            what=f"{_count(count, 'request')} turned away since yesterday: the signature did not hold.",
            do=(
                "If they are Twilio's, compare PUBLIC_BASE_URL and the token with Twilio's console; "
                "close the numbers of those that look like a STOP."
            ),
            url=reverse("admin:webhooks_quarantinedrequest_changelist"),
        )
    ]


def of_brands(brands: list[Brand], now: dt.datetime) -> list[Stuck]:
    """What is stuck of these brands, in as many queries for many as for one, but one for each sender that is spent."""
    ids = [brand.id for brand in brands]
    return [
        *_senders(ids, now),
        *_due(ids, now),
        *_lost(ids, now),
        *_spent(ids),
        *_unknown(ids, now),
        *_webhooks(ids, now),
        *_ledger(ids, now),
        *_imports(ids, now),
        *_campaigns(ids, now),
    ]


def _dead_workers() -> Iterator[Stuck]:
    try:
        ages = signs.workers()
    except redis.RedisError:
        return  # which is told of as a part
    for name, age in ages.items():
        if age >= signs.DEAD_AFTER:
            yield Stuck(
                what=f"Worker {name} has been silent for {_long(age)}.",
                do=(
                    "It was killed or its host is away; others do its work. Start it again. It is "
                    "forgotten after an hour."
                ),
                is_grave=False,
            )


def _senders(ids: list[uuid.UUID], now: dt.datetime) -> Iterator[Stuck]:
    """Senders that nothing leaves from, whose list cannot be read, or whose texts come only by it."""
    marks = Watermark.objects.filter(sender=OuterRef("pk"))
    unread = marks.filter(seen_until__lt=now - UNREAD_AFTER).exclude(problem="").order_by("seen_until")
    pulled = marks.filter(pulled_at__gte=now - LATELY).order_by().values("sender")
    senders = Sender.objects.filter(brand_id__in=ids).annotate(
        read_until=Subquery(unread.values("seen_until")[:1]),
        unread_why=Subquery(unread.values("problem")[:1]),
        pulled=Subquery(pulled.annotate(texts=Sum("pulled_lately")).values("texts")),
        pulled_at=Subquery(pulled.annotate(last=Max("pulled_at")).values("last")),
    )
    in_trouble = Q(halted_at__isnull=False) | Q(read_until__isnull=False) | Q(pulled_at__isnull=False)
    for sender in senders.filter(in_trouble).select_related("account"):
        if sender.halted_at is not None:
            yield Stuck(
                what=f"Sender {sender} is halted: {sender.problem}.",
                do="Nothing leaves from it. Mend the cause at Twilio, then resume it.",
                url=_page_of(sender),
                link="Resume there",
            )
        if sender.read_until is not None:
            yield _unread(sender, sender.unread_why, now - sender.read_until)
        if sender.pulled_at is not None:
            yield _pulled(sender, sender.pulled, is_grave=sender.pulled_at > now - PULLED_LATELY)
    yield from _halted_accounts(ids)


def _unread(sender: Sender, why: str, behind: dt.timedelta) -> Stuck:
    return Stuck(
        what=f"Twilio's list of texts to {sender} has not been read for {_long(behind.total_seconds())}: {why}.",
        do=(
            "While it cannot be read, a text whose webhook fails stays unknown, and so would a STOP. Mend the "
            "account's token, or give the sender the account that has the number."
        ),
        url=_page_of(sender),
    )


def _pulled(sender: Sender, texts: int, *, is_grave: bool) -> Stuck:
    """Texts whose webhook never came. While that goes on, STOPs are late: it is grave."""
    return Stuck(
        what=f"{_count(texts, 'text')} to {sender} lately reached us only by Twilio's list.",
        do=(
            "Their webhooks did not get through. If our web servers were not down then, check the webhook address at "
            "Twilio, PUBLIC_BASE_URL and the token; Twilio's error log says what it was answered. Whoever asked "
            "something late waits in the inbox."
        ),
        url=f"{reverse('admin:webhooks_webhookevent_changelist')}?came=list",
        is_grave=is_grave,
    )


def _halted_accounts(ids: list[uuid.UUID]) -> Iterator[Stuck]:
    for account in Account.objects.filter(brand_id__in=ids, halted_at__isnull=False):
        yield Stuck(
            what=f"Twilio account {account} is halted: {account.halted_why or 'by a person'}.",
            do="Nothing leaves from any of its senders. Mend the cause at Twilio, then resume it.",
            url=_page_of(account),
            link="Resume there",
        )


def _due(ids: list[uuid.UUID], now: dt.datetime) -> Iterator[Stuck]:
    """The first due text of each sender and lane is one look into an index, however many wait."""

    def first(lane: Lane) -> Subquery:
        due = Message.objects.filter(
            sender=OuterRef("pk"), lane=lane, status__in=[Status.QUEUED, Status.HELD], due_at__lte=now
        )
        return Subquery(due.order_by("due_at").values("due_at")[:1])

    oldest = Sender.objects.filter(brand_id__in=ids).aggregate(
        **{lane.name: Min(first(lane)) for lane in Lane}
    )
    for lane in Lane:
        since = oldest[lane.name]
        if since is not None and now - since > LATE.get(lane, LATE_OTHERWISE):
            query = urlencode({"lane__exact": lane.value, "status__exact": Status.QUEUED.value})
            yield Stuck(
                what=f"{lane.label}: the oldest text has been due for {_long((now - since).total_seconds())}.",
                do=(
                    "With workers alive and no sender halted, the senders' rate is too low for what "
                    "was launched: wait, pause a campaign, or raise the rate at the carrier."
                ),
                url=f"{reverse('admin:messaging_message_changelist')}?{query}",
                is_grave=lane in LATE,
            )


def _lost(ids: list[uuid.UUID], now: dt.datetime) -> Iterator[Stuck]:
    rows = Message.objects.filter(brand_id__in=ids, status=Status.SENDING, lease_until__lt=now - LOST_AFTER)
    if count := rows[:MANY].count():
        yield Stuck(
            what=f"{_count(count, 'text')} taken by a worker that never reported.",
            do=(
                "Upkeep takes them up, and looks for each at Twilio before anything else. Look whether beat and "
                "a worker of the queue upkeep are alive."
            ),
            url=f"{reverse('admin:messaging_message_changelist')}?status__exact=sending",
        )


def _spent(ids: list[uuid.UUID]) -> Iterator[Stuck]:
    """Senders that have used up their carriers' day, while texts wait for the next."""
    caps = {cap.of_id: cap for cap in spend.caps_of(Capped.SENDER_DAY, ids)}
    held = Message.objects.filter(status=Status.HELD, reason=Reason.SENDER_SPENT)
    spent = Sender.objects.filter(Exists(held.filter(sender=OuterRef("pk"))), id__in=caps)
    for sender in spent if caps else ():
        cap, texts = caps[sender.pk], held.filter(sender=sender)
        yield Stuck(
            what=f"Sender {sender} has used up its day: {cap}. {_count(texts[:MANY].count(), 'text')} waiting.",
            do=(
                f"By themselves they go on at {spend.ends_at(cap):%H:%M} UTC, midnight US Pacific. Raise the "
                "cap only when carriers grant more."
            ),
            url=_page_of(sender),
            is_grave=False,
        )


def _unknown(ids: list[uuid.UUID], now: dt.datetime) -> Iterator[Stuck]:
    rows = Message.objects.filter(brand_id__in=ids, status=Status.UNKNOWN, settled_at__lt=now - UNKNOWN_AFTER)
    if count := rows[:MANY].count():
        yield Stuck(
            what=f"{_count(count, 'text')} with an outcome that is not known.",
            do=(
                "Callbacks and looks at Twilio settle them, and nothing sends them again. If they "
                "stay, find them in Twilio's log before anybody sends them by hand."
            ),
            url=f"{reverse('admin:messaging_message_changelist')}?status__exact=unknown",
        )


def _webhooks(ids: list[uuid.UUID], now: dt.datetime) -> Iterator[Stuck]:
    waiting = WebhookEvent.objects.filter(
        brand_id__in=ids, processed_at=None, received_at__lt=now - UNHANDLED_AFTER
    )
    # What was given up on has waited longest, so it is among the first.
    found = waiting.order_by("received_at")[:MANY].aggregate(count=Count("id"), most=Max("attempts"))
    given_up = (found["most"] or 0) >= MOST_ATTEMPTS
    if count := found["count"]:
        yield Stuck(
            what=f"{_count(count, 'request')} from Twilio not handled yet.",
            do="The problem stands on each. The number of a STOP among them was closed first. Mend the cause"
            + (", then have them tried again." if given_up else "; the sweep tries again by itself."),
            url=f"{reverse('admin:webhooks_webhookevent_changelist')}?done=no",
            post=reverse("operations-retry") if given_up else "",
            button="Try again",
        )


def _ledger(ids: list[uuid.UUID], now: dt.datetime) -> Iterator[Stuck]:
    first = Unsealed.objects.filter(brand=OuterRef("pk")).order_by("recorded_at").values("recorded_at")[:1]
    brands = Brand.objects.filter(id__in=ids).annotate(since=Subquery(first))
    for brand in brands.filter(since__lt=now - UNSEALED_AFTER):
        yield Stuck(
            what=f"The ledger of {brand} has not been sealed for {_long((now - brand.since).total_seconds())}.",
            do=(
                "The worker's log says why; consent_verify names a row that was changed. Consent "
                "is recorded and holds all the same."
            ),
            url=reverse("audit:home"),
        )


def _imports(ids: list[uuid.UUID], now: dt.datetime) -> Iterator[Stuck]:
    slow = ContactImport.objects.filter(
        brand_id__in=ids, status__in=["waiting", "running"], started_at__lt=now - IMPORT_AFTER
    )
    for each in slow.order_by("started_at")[:20]:
        yield Stuck(
            what=f"The import {each} has not come to its end for {_long((now - each.started_at).total_seconds())}.",
            do=(
                "Either all of its rows come in, or none. Look whether its counts move; if its worker "
                "died, it is taken up or ended within a minute."
            ),
            url=_page_of(each),
            is_grave=False,
        )


def _campaigns(ids: list[uuid.UUID], now: dt.datetime) -> Iterator[Stuck]:
    silent = Campaign.objects.filter(
        brand_id__in=ids, status=CampaignStatus.FILLING, filled_at__lt=now - SILENT_AFTER
    )
    for campaign in silent:
        yield Stuck(
            what=f"The campaign {campaign} was launched, and its texts are not being queued.",
            do=(
                "A worker of the queue bulk goes on where it stopped, and nobody gets it twice. Look "
                "whether one is alive."
            ),
            url=_page_of(campaign),
        )


def _page_of(row: Model) -> str:
    return reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk])


def _count(number: int, noun: str) -> str:
    many = f"{number:,}" if number < MANY else f"{MANY:,} or more"
    return f"{many} {noun}{'' if number == 1 else 's'}"


def _long(seconds: float) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}s"
    return f"{seconds:.0f} seconds"


def _sentence(cure: str) -> str:
    return f"{cure[:1].upper()}{cure[1:]}."
