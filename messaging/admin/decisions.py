"""Decisions, read-only: the receipt of every verdict of the gate."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from consent import preferences
from contacts.admin_scope import ReadOnlyAdmin
from contacts.admin_search import SearchByPerson
from contacts.admin_words import moment
from messaging import admin_words, fact_words
from messaging.admin.messages import verdict_pill
from messaging.models import Decision


class OutcomeFilter(admin.SimpleListFilter):
    """Allowed, held or refused."""

    title = "verdict"
    parameter_name = "outcome"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's hook
        return [("allow", "Allowed"), ("hold", "Held"), ("refuse", "Refused")]

    def queryset(self, request: Any, queryset: Any) -> Any:  # noqa: ARG002 - Django's hook
        return queryset.filter(outcome=self.value()) if self.value() else queryset


@admin.register(Decision)
class DecisionAdmin(SearchByPerson, ReadOnlyAdmin):
    """What the gate said, on which facts, by which rule pack."""

    point_path = "message__point"
    newest_field = "-at"
    list_display = ("when", "number", "verdict", "why", "asked", "again_at", "rule_pack")
    list_select_related = ("message__point",)
    list_filter = (OutcomeFilter, "stage")
    fields = readonly_fields = (
        "when", "number", "verdict", "why", "asked", "again_at", "rule_pack", "facts_shown", "text",
    )  # fmt: skip

    @display(description="When", ordering="at")
    def when(self, decision: Decision) -> str:
        return moment(decision.at)

    @display(description="Number")
    def number(self, decision: Decision) -> str:
        return decision.message.point.address

    @display(description="Verdict")
    def verdict(self, decision: Decision) -> str:
        return verdict_pill(decision.outcome)

    @display(description="Why")
    def why(self, decision: Decision) -> str:
        return format_html('<span class="words">{}</span>', "; ".join(admin_words.reasons(decision.reasons)))

    @display(description="Asked")
    def asked(self, decision: Decision) -> str:
        return str(decision.get_stage_display())

    @display(description="Again at")
    def again_at(self, decision: Decision) -> str:
        return moment(decision.until)

    @display(description="Facts it rests on")
    def facts_shown(self, decision: Decision) -> str:
        rows = format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", fact_words.told(decision.facts))
        return format_html('<dl class="facts-told">{}</dl>', rows)

    @display(description="Message")
    def text(self, decision: Decision) -> str:
        url = reverse("admin:messaging_message_change", args=[decision.message_id])
        body = preferences.without_keys(decision.message.body) or "(no text)"
        return format_html('<a class="link" href="{}">{}</a>', url, body)
