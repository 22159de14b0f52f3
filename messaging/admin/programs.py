"""Programs with their disclosures and the senders they leave from.

They are registered here, a layer above their tables, because a program's page shows its senders.
"""

import hashlib
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from consent import answers
from consent.models import CONSENTED, DEFAULT_WORDING, Disclosure, Program, Status
from contacts import clock, pausing
from contacts.admin_pauses import press
from contacts.admin_scope import BrandScopedAdmin, ReadOnlyAdmin, ScopedFilter, ScopedInline
from contacts.admin_words import moment, pill
from messaging.admin.day_cap import DayCapForm
from messaging.models import Capped, Route


class RouteInline(ScopedInline):
    model = Route
    verbose_name = "sender"
    verbose_name_plural = "Senders it leaves from"
    fields = ("sender", "priority")


class DisclosureInline(ScopedInline):
    """Wordings shown to people. A new text is a new version; an old one can never be changed."""

    model = Disclosure
    verbose_name_plural = "Disclosures (the exact wording people agreed to; a new wording is a new row)"
    fields = ("slug", "version", "locale", "text", "created")
    readonly_fields = ("version", "created")

    @display(description="Since")
    def created(self, disclosure: Disclosure) -> str:
        return moment(disclosure.created_at)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - immutable
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - immutable
        return False


class ProgramForm(DayCapForm):
    """A program as people fill it in: one box per purpose, words separated by commas."""

    capped = Capped.PROGRAM_DAY
    cap_help = "Automatic texts beyond it wait for the next day, by the brand's clock."

    marketing = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        label="Marketing: what people agree to",
        help_text="Empty: it sends none. A changed wording is a new purpose that nobody has agreed to yet.",
    )
    informational = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        label="Informational: what people agree to",
        help_text="Empty: it sends none. A changed wording is a new purpose that nobody has agreed to yet.",
    )

    class Meta(DayCapForm.Meta):
        model = Program
        exclude = ["purposes", "created_at", "ready_at", "paused_at"]
        widgets = {name: UnfoldAdminTextareaWidget(attrs={"rows": 2}) for name in ("help_text", "welcome")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        saved = self.instance.purposes if not self.instance._state.adding else DEFAULT_WORDING  # noqa: SLF001
        for kind in CONSENTED:
            if kind.value in self.fields:
                self.fields[kind.value].initial = dict(saved).get(kind.value, "")

    def clean_confirm_word(self) -> str:
        word = str(self.cleaned_data["confirm_word"])
        if problem := answers.problem_of_word(word):
            raise forms.ValidationError(problem)
        return word.upper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not any(cleaned.get(kind.value) for kind in CONSENTED):
            raise forms.ValidationError("Say what people agree to: marketing, informational or both.")
        self.instance.purposes = {
            kind.value: cleaned[kind.value] for kind in CONSENTED if cleaned.get(kind.value)
        }
        return cleaned


@admin.register(Program)
class ProgramAdmin(BrandScopedAdmin):
    """A text program: what carriers register and people agree to."""

    form = ProgramForm
    list_display = ("name", "state", "people", "frequency", "brand")
    list_select_related = ("brand",)
    list_filter = (("brand", ScopedFilter),)
    search_fields = ("name", "slug")
    inlines = (RouteInline, DisclosureInline)
    change_form_outer_before_template = "admin/consent/program/state.html"
    fieldsets = (
        (None, {"fields": ("brand", "name", "slug", "description", ("country", "countries"))}),
        (
            "What people agree to",
            {
                "fields": (
                    "marketing",
                    "informational",
                    "frequency",
                )
            },
        ),
        (
            "How it treats people",
            {
                "fields": (
                    ("marketing_cap_per_day", "fewer_per_week"),
                    ("marketing_cap_per_week", "marketing_cap_per_month"),
                    ("offer_share", "offer_window"),
                    ("quiet_after", "question_every"),
                    ("rest_hours", "silence_days"),
                    ("texts_landlines", "texts_voip"),
                )
            },
        ),
        ("What it may cost", {"fields": ("daily_segments",)}),
        ("When a sender cannot send", {"fields": (("fails_over", "answers_fail_over"),)}),
        ("How people join", {"fields": ("join_words", ("double_opt_in", "confirm_word"))}),
        ("What it answers", {"fields": ("help_text", "welcome", "locales")}),
        ("Terms", {"fields": ("terms_url", "privacy_url", "age_gate")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        active = Count("subscriptions", filter=Q(subscriptions__status=Status.ACTIVE))
        return super().get_queryset(request).annotate(active_people=active)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:  # noqa: ARG002 - Django's hook
        return {} if obj else {"slug": ("name",)}

    @display(description="State")
    def state(self, program: Program) -> str:
        if program.ready_at is None:
            return pill("draft", "Not ready")
        return pill("paused", "Paused") if program.paused_at else pill("active", "Running")

    @display(description="People", ordering="active_people")
    def people(self, program: Any) -> str:
        return f"{program.active_people:,}"

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        if formset.model is Disclosure:
            _complete(formset, form.instance)
        super().save_formset(request, form, formset, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        form.save_cap()
        program = form.instance
        if program.ready_at is None and not missing(program):
            program.ready_at = clock.now()
            program.save(update_fields=["ready_at"])

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.pause_view))
        return [path("<uuid:program_id>/pause/", view, name="consent_program_pause"), *super().get_urls()]

    def pause_view(self, request: HttpRequest, program_id: Any) -> HttpResponse:
        """Pause a program's automatic texts, or let them go on."""
        program = get_object_or_404(self.get_queryset(request), pk=program_id)
        self._demand_change(request, program)
        said = press(request, program)
        self.log_change(request, program, said)
        messages.success(request, f"{program.name}: {said}")
        return HttpResponseRedirect(reverse("admin:consent_program_change", args=[program.pk]))

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        extra = dict(extra_context or {})
        program = self.get_object(request, object_id) if object_id else None
        if program is not None:
            extra |= {"missing": missing(program), "pause": pausing.open_pause(program)}
        return super().changeform_view(request, object_id, form_url, extra)


def missing(program: Program) -> list[str]:
    """What a program still needs before anything may go out, in words."""
    needs = [
        (program.help_text, "an answer to HELP"),
        (program.terms_url, "a link to its terms"),
        (program.privacy_url, "a link to its privacy page"),
        (program.countries, "the countries it serves"),
        (program.disclosures.exists(), "a disclosure: the wording people agree to"),
        (program.routes.exists(), "a sender to leave from"),
    ]
    return [name for present, name in needs if not present]


def _complete(formset: Any, program: Program) -> None:
    """Number the new wordings and take their fingerprints."""
    for form in formset.forms:
        if not form.has_changed():
            continue
        row: Disclosure = form.instance
        latest = program.disclosures.filter(slug=row.slug).order_by("-version").first()
        row.brand_id = program.brand_id
        row.version = latest.version + 1 if latest else 1
        row.sha256 = hashlib.sha256(row.text.encode()).hexdigest()
        row.created_at = clock.now()


@admin.register(Disclosure)
class DisclosureAdmin(ReadOnlyAdmin):
    """Every wording ever shown, for whoever has to prove it; a new one is added on the program's page."""

    list_display = ("__str__", "program", "locale", "created")
    list_select_related = ("program",)
    list_filter = (("program", ScopedFilter),)
    search_fields = ("slug", "text")
    fields = readonly_fields = ("program", "slug", "version", "locale", "text", "sha256", "created")

    @display(description="Since", ordering="created_at")
    def created(self, disclosure: Disclosure) -> str:
        return moment(disclosure.created_at)
