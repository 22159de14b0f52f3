"""The short way for Twilio's requests."""

from collections.abc import Callable
from functools import cached_property

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from webhooks import views

View = Callable[[HttpRequest], HttpResponse]


class StraightToTwilio:
    """Takes Twilio's requests to their view at once, as the first middleware.

    They have no cookie, session, user or language, and nobody frames their answer: what the other middlewares do for
    people would only cost a callback its time. What speaks for them is their signature, over the public address
    that we know ourselves, so neither their Host nor their scheme is looked at.
    """

    def __init__(self, get_response: View) -> None:
        self._otherwise = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._views.get(request.path_info, self._otherwise)(request)

    @cached_property
    def _views(self) -> dict[str, View]:
        return {reverse("twilio-inbound"): views.inbound, reverse("twilio-status"): views.status}
