"""What machines ask: is this process up, can the product work, and what to measure it by."""

import prometheus_client
from django.http import HttpRequest, HttpResponse, JsonResponse

from smsapp.seen import metrics as figures
from smsapp.seen import parts
from smsapp.seen.parts import Part


def healthz(_: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(_: HttpRequest) -> HttpResponse:
    """200 while every part works; else 503, with the name of what does not and what to do. For people and monitors."""
    return _told(parts.everything())


def readyz_web(_: HttpRequest) -> HttpResponse:
    """200 while this process can take a STOP. For load balancers: without a worker STOPs must still get through."""
    return _told(parts.for_webhooks())


def metrics(_: HttpRequest) -> HttpResponse:
    """Prometheus's text format; no personal data in it."""
    return HttpResponse(figures.text(), content_type=prometheus_client.CONTENT_TYPE_LATEST)


def _told(found: list[Part]) -> HttpResponse:
    answer = JsonResponse({part.name: part.says for part in found})
    answer.status_code = 503 if any(part.problem for part in found) else 200
    return answer
