"""What reached us only by Twilio's list is seen: on Today, on What is stuck, in the metrics, at the auditor's desk."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from consent.models import Act, ConsentEvent
from contacts import clock
from contacts.models import ContactPoint
from smsapp.seen import metrics, stuck
from tests import calls
from tests.cast import Cast
from tests.smsapp.test_operations import owner, said
from webhooks import handle, watermarks
from webhooks.models import Kind, Watermark, WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "lively")]

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


def pulled(cast: Cast, point: ContactPoint, words: str, *, ago: dt.timedelta) -> WebhookEvent:
    """A text that was said so long ago and is pulled now."""
    params = {
        name: [value] for name, value in calls.inbound_params(cast.sender, point.address, words).items()
    }
    event, _ = handle.take(
        WebhookEvent(
            kind=Kind.INBOUND, provider_sid=params["MessageSid"][0], params=params, received_at=clock.now(),
            said_at=clock.now() - ago,
        )
    )  # fmt: skip
    watermarks.keep_up()
    watermarks.count(Watermark.objects.get(sender=cast.sender), 1)
    return event


def test_texts_that_came_only_by_the_list_are_told_with_what_to_check(acme: Cast, rival: Cast) -> None:
    pulled(acme, acme.person(), "Hello?", ago=3 * HOUR)
    page = said(owner(acme))
    assert f"1 text to {acme.sender} lately reached us only by Twilio&#x27;s list." in page
    assert "check the webhook address at Twilio" in page
    assert "only by Twilio" not in said(owner(rival))


def test_it_is_grave_while_it_goes_on_and_told_for_a_day(acme: Cast, noon: time_machine.Traveller) -> None:
    pulled(acme, acme.person(), "Hello?", ago=HOUR)
    pulled(acme, acme.person(), "Hello!", ago=HOUR)
    told = []
    for wait in (MINUTE, 2 * HOUR, 24 * HOUR):
        noon.shift(wait)
        told.append([(each.what[:7], each.is_grave) for each in stuck.of_brands([acme.brand], clock.now())])
    assert [each[0] for each in told[:2]] == [("2 texts", True), ("2 texts", False)]
    assert "2 texts" not in [what for what, _ in told[2]]
    pulled(acme, acme.person(), "Anybody?", ago=HOUR)
    found = stuck.of_brands([acme.brand], clock.now())
    assert any(each.what.startswith("1 text to") for each in found)


def test_its_link_leads_to_these_events_alone(acme: Cast) -> None:
    calls.text(acme.sender, acme.person(), "By its webhook")
    pulled(acme, acme.person(), "By the list", ago=HOUR)
    client = owner(acme)
    (found,) = client.get("/admin/operations/").context["found"]
    listed = client.get(found.url)
    assert [event.said_at is not None for event in listed.context["cl"].result_list] == [True]
    page = client.get(f"/admin/webhooks/webhookevent/{listed.context['cl'].result_list[0].pk}/change/")
    assert "By the list" in page.content.decode()


def test_a_list_that_cannot_be_read_for_long_is_told(acme: Cast, rival: Cast) -> None:
    watermarks.keep_up()
    row = Watermark.objects.select_related("sender").get(sender=acme.sender)
    watermarks.failed(row, "Twilio refused our credentials (Twilio 20003)")
    assert "has not been read" not in said(owner(acme))
    Watermark.objects.filter(id=row.id).update(seen_until=clock.now() - 3 * HOUR)
    page = said(owner(acme))
    assert (
        f"list of texts to {acme.sender} has not been read for 3 hours: Twilio refused our credentials"
        in page
    )
    assert "has not been read" not in said(owner(rival))


def test_a_pulled_stop_is_in_no_figure_of_how_fast_stops_close(acme: Cast, client: Client) -> None:
    calls.text(acme.sender, acme.person(), "STOP")
    pulled(acme, acme.person(), "STOP", ago=3 * HOUR)
    shown = owner(acme).get("/admin/")
    latency = shown.context["latency"]
    assert (latency.count, latency.pulled, latency.pulled_after) == (1, 1, "3 h 0 min")
    assert latency.most < HOUR.total_seconds() * 1000
    assert "1 more reached us only by Twilio’s list" in shown.content.decode()
    metrics.forget()
    text = client.get("/metrics").content.decode()
    assert "smsapp_opt_outs_pulled 1.0" in text
    assert "smsapp_opt_out_pulled_seconds 10800.0" in text


def test_what_was_pulled_counts_for_a_day_whatever_becomes_of_the_number(
    acme: Cast, client: Client, noon: time_machine.Traveller
) -> None:
    def scraped() -> str:
        metrics.forget()
        return client.get("/metrics").content.decode()

    calls.text(acme.sender, acme.person(), "By its webhook")
    pulled(acme, acme.person(), "Hello?", ago=HOUR)
    Watermark.objects.all().delete()
    assert "# TYPE smsapp_texts_pulled gauge" in scraped()
    assert "smsapp_texts_pulled 1.0" in scraped()
    noon.shift(25 * HOUR)
    assert "smsapp_texts_pulled 0.0" in scraped()


def test_the_auditor_sees_how_late_it_closed(acme: Cast, client: Client) -> None:
    pulled(acme, acme.person(), "STOP", ago=3 * HOUR)
    assert ConsentEvent.objects.filter(act=Act.REVOKED).count() == 1
    client.force_login(acme.team["auditor"])
    page = client.get("/admin/audit/opt-outs/").content.decode()
    assert "3 h 0 min, by Twilio&#x27;s list" in page


def test_the_conversation_says_that_a_text_came_late(acme: Cast) -> None:
    point = acme.person()
    pulled(acme, point, "Is the decaf back?", ago=3 * HOUR)
    client = owner(acme)
    thread = point.contact.threads.get()
    page = client.get(f"/admin/inbox/thread/{thread.id}/").content.decode()
    assert "reached us late, 18 Nov 13:00" in page
