"""The API's two addresses: tell an opt-out, and ask where a number stands."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from contacts.models import ApiKey
from webhooks.api import opt_outs, reading, standing
from webhooks.api.callers import Refused, caller, refusal

OK, ACCEPTED = 200, 202
Answer = Callable[[HttpRequest, ApiKey], tuple[dict[str, Any], int]]


def _api(method: str) -> Callable[[Answer], Callable[[HttpRequest], JsonResponse]]:
    """Check who calls and how, and answer refusals as JSON. A key is no cookie, so no other site can borrow it."""

    def decorate(answer: Answer) -> Callable[[HttpRequest], JsonResponse]:
        @csrf_exempt
        @wraps(answer)
        def view(request: HttpRequest) -> JsonResponse:
            try:
                body, status = answer(request, caller(request, method=method))
            except Refused as refused:
                return refusal(refused)
            return JsonResponse(body, status=status)

        return view

    return decorate


@_api("POST")
def tell_opt_out(request: HttpRequest, key: ApiKey) -> tuple[dict[str, Any], int]:
    """Close a number, or leave a program. 200: no further request for it reaches Twilio any more.

    202: it is closed, but requests that were under way could not be waited for; `in_flight` says how many.
    """
    told = opt_outs.take(reading.opt_out(request, key.brand), key)
    return told, ACCEPTED if told["in_flight"] else OK


@_api("GET")
def consents(request: HttpRequest, key: ApiKey) -> tuple[dict[str, Any], int]:
    """Where a number stands in each program of the key's brand, and whether each purpose may be texted now."""
    raw = request.GET.get("phone", "")
    if not raw.strip():
        raise Refused(400, "is missing: ?phone=%2B12065550123", "phone")
    address, _ = reading.phone(raw, key.brand)
    return standing.of(key.brand, address), OK
