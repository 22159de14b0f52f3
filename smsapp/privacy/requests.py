"""Raw requests of the carrier with everything about the person taken out of them."""

from urllib.parse import parse_qs, unquote_plus, urlencode

from django.db import connection
from django.db.models import Q, QuerySet

from contacts import clock
from messaging.models import Sender
from smsapp.privacy.spelling import MASK
from smsapp.privacy.subject import Subject
from webhooks.models import QuarantinedRequest, WebhookEvent

# What stays of a request says what happened to which message, and nothing of whom. Everything else goes: a
# parameter that nobody knows yet may be somebody's name.
KEPT_PARAMETERS = frozenset({
    "AccountSid", "ApiVersion", "ErrorCode", "MessageSid", "MessageStatus", "MessagingServiceSid", "NumMedia",
    "NumSegments", "OptOutType", "SmsMessageSid", "SmsSid", "SmsStatus", "ref",
})  # fmt: skip


def events(subject: Subject) -> "QuerySet[WebhookEvent]":
    """The requests about a person's messages, and others from or to a number of theirs, of the brand or of none."""
    theirs = Q(pk__in=[])
    for channel, address in subject.addresses:
        for name in ("From", "To"):
            for spelled in (address, f"{channel}:{address}"):
                theirs |= Q(params__contains={name: [spelled]})
    of_brand = Q(brand_id=None) | Q(brand_id__in=subject.brand_ids)
    return WebhookEvent.objects.filter(Q(provider_sid__in=subject.sids) | (of_brand & theirs))


def strip(events: "QuerySet[WebhookEvent]") -> int:
    """Take everything personal out of these requests; returns how many had any. None of them is replayed."""
    ids = list(events.values_list("id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE webhooks_webhookevent e
               SET params = kept.params, query = kept.query, problem = '',
                   processed_at = coalesce(e.processed_at, %(now)s)
              FROM (SELECT id, (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(params)
                                 WHERE key = ANY(%(names)s)) AS params,
                               (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(query)
                                 WHERE key = ANY(%(names)s)) AS query
                      FROM webhooks_webhookevent WHERE id = ANY(%(ids)s)) AS kept
             WHERE e.id = kept.id AND (e.params, e.query, e.problem) <> (kept.params, kept.query, '')
            """,
            {"now": clock.now(), "names": list(KEPT_PARAMETERS), "ids": ids},
        )
        return int(cursor.rowcount)


def quarantined(subject: Subject) -> "QuerySet[QuarantinedRequest]":
    """Refused requests that name a number of the person, except those to a number of another brand."""
    others = Sender.objects.exclude(brand_id__in=subject.brand_ids).exclude(address="")
    of_others = set(others.values_list("address", flat=True))
    ids = [
        row.id
        for spelled in subject.spellings
        for row in spelled.rows_with(QuarantinedRequest.objects.all(), "body")
        if spelled.is_in(unquote_plus(row.body)) and not of_others & set(parse_qs(row.body).get("To", []))
    ]
    return QuarantinedRequest.objects.filter(id__in=ids)


def empty(requests: "QuerySet[QuarantinedRequest]") -> int:
    """Take body and origin out of these requests; that they came, and why they were refused, stays."""
    return requests.exclude(body=MASK).update(body=MASK, remote_address="")


def to_numbers(
    requests: "QuerySet[QuarantinedRequest]", addresses: list[str]
) -> "QuerySet[QuarantinedRequest]":
    """Those of the requests that say they were sent to one of these numbers."""
    said = Q(pk__in=[])
    for address in addresses:
        said |= Q(body__contains=urlencode({"To": address}))
    return requests.filter(said)
