"""The two addresses that Twilio calls: check, store, act, answer."""

import time

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from messaging import in_flight
from webhooks import handle, quarantine, signature, store
from webhooks import status as status_callbacks
from webhooks.models import Kind, WebhookEvent

NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@csrf_exempt
@require_POST
def inbound(request: HttpRequest) -> HttpResponse:
    """A customer's text. A STOP is answered when no request for that number can reach Twilio any more."""
    return _receive(request, Kind.INBOUND)


@csrf_exempt
@require_POST
def status(request: HttpRequest) -> HttpResponse:
    """A message's way, as Twilio tells it."""
    return _receive(request, Kind.STATUS)


def _receive(request: HttpRequest, kind: Kind) -> HttpResponse:
    arrived = time.perf_counter()
    why = signature.problem(request)
    if why:
        quarantine.keep(request, kind=kind, why=why)
        return HttpResponse("The signature does not hold.", status=403, content_type="text/plain")
    event = store.read(request, kind)
    if kind == Kind.STATUS and status_callbacks.settle(event):
        return HttpResponse(NOTHING_TO_SAY, content_type="text/xml")
    event, is_new = handle.take(event)
    if event.closed_points:
        _wait_for_what_is_in_flight(event, arrived, is_new=is_new)
    return HttpResponse(NOTHING_TO_SAY, content_type="text/xml")


def _wait_for_what_is_in_flight(event: WebhookEvent, arrived: float, *, is_new: bool) -> None:
    closed_after = _elapsed_ms(arrived)
    left = in_flight.wait(event.closed_points, closed_since=event.received_at)
    if is_new:
        store.waited(event, closed_after=closed_after, answered_after=_elapsed_ms(arrived), in_flight=left)


def _elapsed_ms(since: float) -> float:
    return (time.perf_counter() - since) * 1000
