"""Texts to start from, and the form field that refuses a text which cannot be written."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.decorators import display

from campaigns import content
from campaigns.models import Template
from contacts.admin_form import OneBrandForm
from contacts.admin_scope import MANAGERS, BrandScopedAdmin, ScopedFilter
from contacts.admin_words import INFO, pill
from messaging import rendering
from messaging.content_checks import Problem


class BodyForm(OneBrandForm):
    """A form with a `body` that names people: a slip in a name or filter is said at once."""

    # What the content checks have against the text and still let pass.
    warnings: tuple[str, ...] = ()

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if problems := rendering.check(body):
            raise forms.ValidationError([str(problem) for problem in problems])
        return body

    def take_in(self, found: list[Problem]) -> None:
        """Refuse the body for what blocks it, and keep the warnings for who saves it."""
        if blocked := content.blocking(found):
            self.add_error("body", [forms.ValidationError(words) for words in blocked])
        self.warnings = tuple(content.warnings(found))


class TemplateForm(BodyForm):
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        brand = cleaned.get("brand") or self.instance.brand
        if "body" in cleaned:
            self.take_in(content.problems_of_template(cleaned["body"], brand))
        return cleaned


def warn(request: HttpRequest, warnings: tuple[str, ...]) -> None:
    """Show what is better mended, beside the news that it was saved."""
    for words in warnings:
        messages.warning(request, words)


@admin.register(Template)
class TemplateAdmin(BrandScopedAdmin):
    form = TemplateForm
    delete_roles = MANAGERS
    list_display = ("name", "value_shown", "text", "brand")
    list_select_related = ("brand",)
    list_filter = ("value", ("brand", ScopedFilter))
    search_fields = ("name", "body")
    fields = ("brand", "name", "slug", "value", "body")

    def get_prepopulated_fields(self, request: Any, obj: Any = None) -> dict[str, Any]:  # noqa: ARG002 - Django's hook
        return {} if obj else {"slug": ("name",)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        warn(request, form.warnings)

    @display(description="Brings the reader", ordering="value")
    def value_shown(self, template: Template) -> str:
        return pill(template.value, template.get_value_display(), tone=INFO)

    @display(description="Text")
    def text(self, template: Template) -> str:
        return format_html('<span class="one-line">{}</span>', template.body)
