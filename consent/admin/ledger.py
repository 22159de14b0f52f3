"""The consent ledger, read-only: every permission that came or went, with its proof."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html_join
from unfold.decorators import display

from consent.admin_history import actor, tell
from consent.models import ConsentEvent
from contacts.admin_scope import ReadOnlyAdmin, ScopedFilter
from contacts.admin_search import SearchByPerson
from contacts.admin_words import moment, pill


@admin.register(ConsentEvent)
class ConsentEventAdmin(SearchByPerson, ReadOnlyAdmin):
    """The ledger. Nobody edits it here, and the database refuses it to everybody."""

    newest_field = "-recorded_at"
    list_display = ("recorded", "number", "what", "where", "how", "who", "occurred")
    list_display_links = ("recorded", "number")
    list_select_related = ("point", "program")
    list_filter = ("act", "method", ("program", ScopedFilter))
    date_hierarchy = None
    fields = (
        "what",
        "sentence",
        "number",
        "person",
        "program",
        "occurred",
        "recorded",
        "who",
        "proof",
        "wording",
        "chain",
    )
    readonly_fields = fields

    @display(description="Recorded", ordering="recorded_at")
    def recorded(self, event: ConsentEvent) -> str:
        return moment(event.recorded_at)

    @display(description="Happened")
    def occurred(self, event: ConsentEvent) -> str:
        return moment(event.occurred_at)

    @display(description="Number")
    def number(self, event: ConsentEvent) -> str:
        return event.point.address

    @display(description="Person")
    def person(self, event: ConsentEvent) -> str:
        return str(event.contact)

    @display(description="What")
    def what(self, event: ConsentEvent) -> str:
        return pill(event.act, event.get_act_display())

    @display(description="In words")
    def sentence(self, event: ConsentEvent) -> str:
        return tell(event).sentence

    @display(description="Where")
    def where(self, event: ConsentEvent) -> str:
        return str(event.program or "the whole number")

    @display(description="How")
    def how(self, event: ConsentEvent) -> str:
        return str(event.get_method_display())

    @display(description="By")
    def who(self, event: ConsentEvent) -> str:
        return actor(event.actor, {event.actor: f"team member {event.actor[5:]}"})

    @display(description="Evidence")
    def proof(self, event: ConsentEvent) -> Any:
        return format_html_join("", "<div><b>{}</b>: {}</div>", tell(event).evidence) or "none was kept"

    @display(description="Wording they were shown")
    def wording(self, event: ConsentEvent) -> str:
        return tell(event).wording or "–"

    @display(description="Link of the chain")
    def chain(self, event: ConsentEvent) -> Any:
        lines = [
            ("No.", event.seq),
            ("Hash", event.hash),
            ("Previous", event.previous_hash or "none, the first"),
        ]
        return format_html_join("", "<div><b>{}</b>: <code>{}</code></div>", lines)
