"""Texts to start from, and the form field that refuses a text which cannot be written."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from unfold.decorators import display

from campaigns.models import Template
from contacts.admin_form import OneBrandForm
from contacts.admin_scope import MANAGERS, BrandScopedAdmin, ScopedFilter
from contacts.admin_words import INFO, pill
from messaging import rendering


class BodyForm(OneBrandForm):
    """A form with a `body` that names people: a slip in a name or filter is said at once."""

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if problems := rendering.check(body):
            raise forms.ValidationError([str(problem) for problem in problems])
        return body


@admin.register(Template)
class TemplateAdmin(BrandScopedAdmin):
    form = BodyForm
    delete_roles = MANAGERS
    list_display = ("name", "value_shown", "text", "brand")
    list_select_related = ("brand",)
    list_filter = ("value", ("brand", ScopedFilter))
    search_fields = ("name", "body")
    fields = ("brand", "name", "slug", "value", "body")

    def get_prepopulated_fields(self, request: Any, obj: Any = None) -> dict[str, Any]:  # noqa: ARG002 - Django's hook
        return {} if obj else {"slug": ("name",)}

    @display(description="Brings the reader", ordering="value")
    def value_shown(self, template: Template) -> str:
        return pill(template.value, template.get_value_display(), tone=INFO)

    @display(description="Text")
    def text(self, template: Template) -> str:
        return format_html('<span class="one-line">{}</span>', template.body)
