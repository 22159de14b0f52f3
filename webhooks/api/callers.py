"""Who calls the API: a key of one brand; and how often somebody may fail at it."""

from typing import Any

from django.http import HttpRequest, JsonResponse

from contacts import api_keys
from contacts.models import ApiKey
from webhooks.public import failures

# So many requests without a good key a minute from one line on the internet. Who has one is never limited: an opt-out
# must get through.
FAILURES_PER_MINUTE = 30
UNAUTHORIZED, TOO_MANY = 401, 429


class Refused(Exception):
    """A request that is answered with a refusal: the status, and what is wrong with which field."""

    def __init__(self, status: int, problem: str, field: str = "") -> None:
        super().__init__(problem)
        self.status = status
        self.field = field


def caller(request: HttpRequest, *, method: str) -> ApiKey:
    """The key the request carries; raises Refused without a good one, or for another HTTP method."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    key = api_keys.find(secret.strip()) if scheme.lower() == "bearer" else None
    if key is None:
        if failures.count("api", request) > FAILURES_PER_MINUTE:
            raise Refused(TOO_MANY, "Too many requests without a good key from your address. Wait a minute.")
        raise Refused(UNAUTHORIZED, "Send a key of your brand: Authorization: Bearer <key>.", "Authorization")
    if request.method != method:
        raise Refused(405, f"Use {method}.")
    return key


def refusal(refused: Refused) -> JsonResponse:
    """The answer to a refused request."""
    body: dict[str, Any] = {"error": {"field": refused.field, "problem": str(refused)}}
    headers = {UNAUTHORIZED: {"WWW-Authenticate": "Bearer"}, TOO_MANY: {"Retry-After": str(failures.MINUTE)}}
    return JsonResponse(body, status=refused.status, headers=headers.get(refused.status, {}))
