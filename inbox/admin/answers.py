"""Saved replies and automatic answers."""

from django.contrib import admin
from django.utils.html import format_html
from unfold.decorators import display

from contacts.admin_scope import ANSWERERS, MANAGERS, BrandScopedAdmin, ScopedFilter
from contacts.admin_words import pill
from inbox.models import AutoAnswer, SavedReply
from messaging import segments


class TextAdmin(BrandScopedAdmin):
    """A page of a text worth keeping, with what it costs."""

    delete_roles = MANAGERS
    list_select_related = ("brand",)
    list_filter = (("brand", ScopedFilter),)
    readonly_fields = ("cost",)

    @display(description="Text")
    def text(self, row: SavedReply | AutoAnswer) -> str:
        return format_html('<span class="one-line">{}</span>', row.body)

    @display(description="Segments")
    def cost(self, row: SavedReply | AutoAnswer) -> str:
        counted = segments.count(row.body)
        return f"{counted.segments} · {counted.alphabet}"


@admin.register(SavedReply)
class SavedReplyAdmin(TextAdmin):
    """An answer worth keeping: a person picks it, reads it, and sends it."""

    change_roles = ANSWERERS
    delete_roles = ANSWERERS
    list_display = ("title", "text", "cost", "brand")
    search_fields = ("title", "body")
    fields = ("brand", "title", "body", "cost")


@admin.register(AutoAnswer)
class AutoAnswerAdmin(TextAdmin):
    """A question the brand is sure of. Whatever is not this question, word for word, goes to a person."""

    list_display = ("question", "text", "state", "cost", "brand")
    search_fields = ("question", "body")
    fields = ("brand", "question", "body", "is_active", "cost")

    @display(description="State")
    def state(self, row: AutoAnswer) -> str:
        return pill("active", "On") if row.is_active else pill("draft", "Off")
