"""Ten thousand malformed, forged, repeated and hostile requests: no 5xx, nothing acted on, nothing lost."""

import itertools
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.http import QueryDict
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from consent.models import ConsentEvent
from contacts.models import ContactPoint
from messaging.models import Message
from tests import calls
from tests.cast import Cast
from webhooks import store
from webhooks.models import Kind, QuarantinedRequest, WebhookEvent

pytestmark = [pytest.mark.django_db]

CLIENT = Client(raise_request_exception=False)
# With two requests an address for each signed form and six for each mixed one, 10,100 in all.
UNSIGNED, SIGNED, MIXED = 3000, 1250, 350
hostile = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    [
        "",
        "\x00",
        "STOP",
        "' OR 1=1 --",
        "{{ settings.SECRET_KEY }}",
        "%00%ff",
        "\u202eSTOP",
        "🛑",
        "-1",
        "9" * 30,
        "SM" + "f" * 32,
    ]
)
names = st.sampled_from([
    "MessageSid", "SmsSid", "AccountSid", "From", "To", "Body", "NumMedia", "MediaUrl0", "OptOutType", "MessageStatus",
    "SmsStatus", "ErrorCode", "MessagingServiceSid", "FromCountry",
]) | hostile  # fmt: skip
forms = st.dictionaries(names, hostile | st.lists(hostile, max_size=3), max_size=14)
paths = st.sampled_from([calls.INBOUND, calls.STATUS])
queries = st.sampled_from(
    ["", "?ref=", "?ref=nonsense", "?ref=%00", "?ref=01a204fd-0029-70a2-a89b-f5d651b7117c", "?a=1&a=2"]
)
bodies = st.binary(max_size=200) | forms.map(lambda form: urlencode(form, doseq=True).encode())
types = st.sampled_from([
    "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x", "text/plain", "",
    "application/x-www-form-urlencoded; charset=utf-16", "multipart/form-data",
])  # fmt: skip
patient = hypothesis_settings(deadline=None, suppress_health_check=list(HealthCheck))


@hypothesis_settings(patient, max_examples=UNSIGNED)
@given(paths, queries, bodies, types, hostile)
def test_whatever_is_not_signed_is_refused_and_changes_nothing(
    acme: Cast, path: str, query: str, body: bytes, kind: str, signature: str
) -> None:
    answer = CLIENT.generic(
        "POST",
        path + query,
        body,
        kind,
        headers={"X-Twilio-Signature": signature.encode("ascii", "ignore").decode()},
    )
    assert answer.status_code in {400, 403}, answer.content[:200]
    assert not WebhookEvent.objects.exists()
    assert not Message.objects.exists()
    assert not ConsentEvent.objects.exists()


@hypothesis_settings(patient, max_examples=SIGNED)
@given(forms)
def test_whatever_is_signed_is_kept_and_answered(acme: Cast, form: dict[str, str]) -> None:
    params = form | {"AccountSid": settings.TWILIO_ACCOUNT_SID}
    sid = store.sid_of(store.lists(QueryDict(urlencode(params, doseq=True))))
    for path, kind in ((calls.INBOUND, Kind.INBOUND), (calls.STATUS, Kind.STATUS)):
        assert calls.post(path, params).status_code == 200
        kept = WebhookEvent.objects.filter(kind=kind, provider_sid=sid).count()
        assert kept
        assert calls.post(path, params).status_code == 200
        assert WebhookEvent.objects.filter(kind=kind, provider_sid=sid).count() == kept
    assert not WebhookEvent.objects.filter(processed_at=None).exists()


@hypothesis_settings(patient, max_examples=MIXED)
@given(st.permutations(["queued", "sent", "delivered", "undelivered", "nonsense", "sent"]), hostile)
def test_forged_and_right_ones_mixed_leave_only_the_right_ones(
    acme: Cast, statuses: list[str], noise: str
) -> None:
    WebhookEvent.objects.all().delete()
    sid = next(sids)
    for n, status in enumerate(statuses):
        params = {
            "MessageSid": sid,
            "MessageStatus": status,
            "AccountSid": settings.TWILIO_ACCOUNT_SID,
            "X": noise,
        }
        forged = n % 2 == 1
        answer = calls.post(calls.STATUS, params, **({"signature": "forged"} if forged else {}))
        assert answer.status_code == (403 if forged else 200)
    right = {status for n, status in enumerate(statuses) if n % 2 == 0}
    assert {key for (key,) in WebhookEvent.objects.values_list("status_key")} == right


sids = (f"SM{n:032x}" for n in itertools.count(10**9))


def test_a_body_larger_than_any_text_is_refused(acme: Cast) -> None:
    answer = calls.post(calls.INBOUND, {"Body": "x" * 3_000_000}, signature="forged")
    assert answer.status_code in {400, 403, 413}
    assert QuarantinedRequest.objects.count() <= 1


def test_no_number_is_made_of_a_text_without_a_sender(acme: Cast) -> None:
    calls.post(
        calls.INBOUND, {"AccountSid": settings.TWILIO_ACCOUNT_SID, "To": acme.sender.address, "Body": "STOP"}
    )
    assert not ContactPoint.objects.exists()
    assert "no usable From" in WebhookEvent.objects.get().problem
