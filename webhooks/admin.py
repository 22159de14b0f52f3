"""What Twilio told us, read-only: requests that were accepted, and those turned away."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.decorators import display

from contacts.admin_scope import ReadOnlyAdmin
from contacts.admin_words import BAD, GOOD, WAIT, ago, moment, pill
from webhooks.models import QuarantinedRequest, WebhookEvent
from webhooks.signup.admin import SignupPageAdmin

__all__ = ["QuarantinedRequestAdmin", "SignupPageAdmin", "WebhookEventAdmin"]


class DoneFilter(admin.SimpleListFilter):
    """Handled, or still waiting."""

    title = "handled"
    parameter_name = "done"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's hook
        return [("no", "Not yet"), ("yes", "Yes")]

    def queryset(self, request: Any, queryset: Any) -> Any:  # noqa: ARG002 - Django's hook
        return queryset.filter(processed_at__isnull=self.value() == "no") if self.value() else queryset


class CameFilter(admin.SimpleListFilter):
    """By its own request, or pulled from Twilio's list because none came."""

    title = "how it came"
    parameter_name = "came"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's hook
        return [("webhook", "By its webhook"), ("list", "Only by Twilio's list")]

    def queryset(self, request: Any, queryset: Any) -> Any:  # noqa: ARG002 - Django's hook
        return queryset.filter(said_at__isnull=self.value() == "webhook") if self.value() else queryset


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    """A request whose signature held, as it came."""

    newest_field = "-received_at"
    list_display = ("received", "kind", "provider_sid", "status_key", "state", "closing", "problem_short")
    list_filter = ("kind", DoneFilter, CameFilter)
    search_fields = ("=provider_sid",)
    search_help_text = "A MessageSid, whole"
    fields = readonly_fields = (
        "received", "said", "kind", "provider_sid", "status_key", "state", "processed", "attempts", "problem",
        "closing", "in_flight", "parameters",
    )  # fmt: skip

    @display(description="Received", ordering="received_at")
    def received(self, event: WebhookEvent) -> str:
        return moment(event.received_at)

    @display(description="Said, by Twilio's list")
    def said(self, event: WebhookEvent) -> str:
        return moment(event.said_at, otherwise="its webhook came at once")

    @display(description="Handled")
    def processed(self, event: WebhookEvent) -> str:
        return moment(event.processed_at, otherwise="not yet")

    @display(description="State")
    def state(self, event: WebhookEvent) -> str:
        if event.processed_at is None:
            return pill("", "Waiting", tone=WAIT)
        return (
            pill("", "Handled, with a problem", tone=BAD) if event.problem else pill("", "Handled", tone=GOOD)
        )

    @display(description="Number closed after")
    def closing(self, event: WebhookEvent) -> str:
        if event.said_at is not None and event.closed_points:
            return f"{ago(event.received_at - event.said_at)}, by Twilio's list"
        return "–" if event.closed_after_ms is None else f"{event.closed_after_ms:.0f} ms"

    @display(description="Problem")
    def problem_short(self, event: WebhookEvent) -> str:
        return format_html('<span class="one-line">{}</span>', event.problem or "–")

    @display(description="As it came")
    def parameters(self, event: WebhookEvent) -> str:
        return format_html('<pre class="facts">{}</pre>', json.dumps(event.params, indent=2, sort_keys=True))


@admin.register(QuarantinedRequest)
class QuarantinedRequestAdmin(ReadOnlyAdmin):
    """A request whose signature did not hold. It belongs to no brand, so only a superuser sees it."""

    ordering = ("-received_at",)
    list_display = ("received", "kind", "why", "stop", "remote_address", "repeats", "url")
    list_filter = ("kind", "looks_like_stop")
    fields = readonly_fields = ("received", "kind", "why", "stop", "remote_address", "repeats", "url", "body")

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = self.model._default_manager.all()  # noqa: SLF001 - Django's name
        return rows if request.user.is_superuser else rows.none()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's hook
        return bool(request.user.is_superuser)

    @display(description="Received", ordering="received_at")
    def received(self, row: QuarantinedRequest) -> str:
        return moment(row.received_at)

    @display(description="A STOP?")
    def stop(self, row: QuarantinedRequest) -> str:
        return pill("", "Looks like a STOP", tone=BAD) if row.looks_like_stop else "–"
