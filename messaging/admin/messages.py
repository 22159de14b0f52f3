"""Messages, read-only, each with its history and the receipts of every decision about it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from consent import preferences
from contacts.admin_scope import ReadOnlyAdmin, ReadOnlyInline, ScopedFilter
from contacts.admin_search import SearchByPerson
from contacts.admin_words import GOOD, INFO, moment, pill, words_of
from messaging import admin_words
from messaging.models import Decision, Direction, Message, MessageEvent, Status


class EventInWords:
    """The columns of an event that its message and the list of all events show alike."""

    @display(description="When")
    def when(self, event: MessageEvent) -> str:
        return moment(event.at)

    @display(description="Change")
    def change(self, event: MessageEvent) -> str:
        return change_in_words(event)

    @display(description="Detail")
    def told(self, event: MessageEvent) -> Any:
        return details(event.detail)


class EventInline(EventInWords, ReadOnlyInline):
    model = MessageEvent
    verbose_name_plural = "What happened to it"
    fields = readonly_fields = ("when", "change", "cause", "told")


class DecisionInline(ReadOnlyInline):
    model = Decision
    verbose_name_plural = "What was decided, and why"
    fields = readonly_fields = ("when", "asked", "verdict", "why", "again_at", "rule_pack")

    @display(description="When")
    def when(self, decision: Decision) -> str:
        return moment(decision.at)

    @display(description="Asked")
    def asked(self, decision: Decision) -> str:
        return str(decision.get_stage_display())

    @display(description="Verdict")
    def verdict(self, decision: Decision) -> str:
        return verdict_pill(decision.outcome)

    @display(description="Why")
    def why(self, decision: Decision) -> str:
        return "; ".join(admin_words.reasons(decision.reasons))

    @display(description="Again at")
    def again_at(self, decision: Decision) -> str:
        return moment(decision.until)


@admin.register(Message)
class MessageAdmin(SearchByPerson, ReadOnlyAdmin):
    newest_field = "-created_at"
    list_display = ("created", "number", "direction_shown", "text", "state", "why", "origin", "program")
    list_display_links = ("created", "text")
    list_select_related = ("point", "program", "contact")
    list_filter = ("status", "direction", "purpose", "origin", ("program", ScopedFilter))
    inlines = (DecisionInline, EventInline)
    fields = (
        "text_whole",
        "state",
        "why",
        ("number", "person"),
        ("sender", "program"),
        ("purpose", "value"),
        "origin",
        ("segments", "attempts"),
        ("created", "due"),
        "handed_off",
        ("provider_sid", "thread_link"),
    )
    readonly_fields = (
        "text_whole", "state", "why", "number", "person", "sender", "program", "origin", "purpose", "value",
        "segments", "attempts", "created", "due", "handed_off", "provider_sid", "thread_link",
    )  # fmt: skip

    @display(description="Created", ordering="created_at")
    def created(self, message: Message) -> str:
        return moment(message.created_at)

    @display(description="Due")
    def due(self, message: Message) -> str:
        return moment(message.due_at)

    @display(description="Handed to Twilio")
    def handed_off(self, message: Message) -> str:
        return moment(message.handed_off_at)

    @display(description="Number")
    def number(self, message: Message) -> str:
        return message.point.address

    @display(description="Person")
    def person(self, message: Message) -> str:
        return str(message.contact)

    @display(description="Way")
    def direction_shown(self, message: Message) -> str:
        return (
            pill("", "From them", tone=GOOD)
            if message.direction == Direction.IN
            else pill("", "From us", tone=INFO)
        )

    @display(description="Text")
    def text(self, message: Message) -> str:
        return format_html('<span class="one-line">{}</span>', _words_of(message))

    @display(description="Text")
    def text_whole(self, message: Message) -> str:
        return format_html('<div class="quoted">{}</div>', _words_of(message))

    @display(description="Status")
    def state(self, message: Message) -> str:
        return pill(message.status, message.get_status_display())

    @display(description="Why")
    def why(self, message: Message) -> str:
        return format_html('<span class="words">{}</span>', admin_words.reason(message) or "–")

    @display(description="Conversation")
    def thread_link(self, message: Message) -> str:
        url = reverse("inbox:thread", args=[message.thread_id])
        return format_html('<a class="link" href="{}">Open the conversation</a>', url)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("media")


@admin.register(MessageEvent)
class MessageEventAdmin(EventInWords, SearchByPerson, ReadOnlyAdmin):
    """Every change of every message, newest first."""

    point_path = "message__point"
    ordering = ("-id",)
    list_display = ("when", "number", "change", "cause", "told")
    list_select_related = ("message__point",)
    list_filter = ("became",)
    fields = readonly_fields = ("when", "number", "change", "cause", "told")

    @display(description="Number")
    def number(self, event: MessageEvent) -> str:
        return event.message.point.address


def change_in_words(event: MessageEvent) -> str:
    """The status before (if any) and after, as pills."""
    after = pill(event.became, words_of(Status, event.became))
    return format_html("{} → {}", pill(event.was, words_of(Status, event.was)), after) if event.was else after


def verdict_pill(outcome: str) -> str:
    return pill(outcome, {"allow": "Allowed", "hold": "Held", "refuse": "Refused"}.get(outcome, outcome))


def details(detail: dict[str, Any]) -> Any:
    """A JSON detail as readable lines."""
    told = [(name.replace("_", " "), value) for name, value in detail.items() if value not in (None, "")]
    return format_html_join("", "<div><b>{}</b>: {}</div>", told) or "–"


def _words_of(message: Message) -> str:
    """The text without what opens its reader's preference page: that is hers alone."""
    return preferences.without_keys(message.body) or "(no text)"
