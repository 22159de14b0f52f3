"""The page Operations: what is stuck, what to do about it, and how the machinery does."""

import datetime as dt
from typing import Any

import redis
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST, require_safe

from contacts import clock
from contacts.admin_scope import OWNERS, scope_of
from contacts.models import Brand
from smsapp.seen import signs, stuck
from smsapp.seen.stuck import Stuck
from webhooks import handle


def may_use(request: HttpRequest) -> bool:
    """Superusers run the installation; an owner sees what is stuck of their own brands."""
    return request.user.is_superuser or scope_of(request).may(OWNERS)


def found(request: HttpRequest, brands: list[Brand], now: dt.datetime) -> list[Stuck]:
    """All that is stuck, the worst first; what belongs to no brand is told in full to superusers alone."""
    if request.user.is_superuser:
        everything = [*stuck.machinery(), *stuck.of_brands(brands, now), *stuck.turned_away(now)]
    else:
        everything = [*stuck.machinery_in_brief(), *stuck.of_brands(brands, now)]
    return sorted(everything, key=lambda each: not each.is_grave)


@require_safe
def page(request: HttpRequest) -> TemplateResponse:
    """Show what is stuck, and what to do about each."""
    if not may_use(request):
        raise PermissionDenied
    now = clock.now()
    context = {
        **admin.site.each_context(request),
        "title": "What is stuck",
        "found": found(request, scope_of(request).brands_where(OWNERS), now),
        "alive": _alive() if request.user.is_superuser else None,
        "at": now,
    }
    return TemplateResponse(request, "operations/page.html", context)


@require_POST
def retry(request: HttpRequest) -> HttpResponse:
    """Have the requests from Twilio that were given up on tried again, of the user's own brands."""
    if not may_use(request):
        raise PermissionDenied
    brands = [brand.id for brand in scope_of(request).brands_where(OWNERS)]
    count = handle.try_given_up_again(brands)
    messages.success(request, f"{count} to be tried again within ten seconds.")
    return redirect("operations")


def _alive() -> dict[str, Any]:
    try:
        ages = signs.workers()
        return {
            "workers": [(name, age) for name, age in ages.items() if age < signs.DEAD_AFTER],
            "beat": signs.beat(),
        }
    except redis.RedisError:
        return {"workers": [], "beat": None}
