"""Journeys with their stages, and how many people stand at each."""

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.forms import BaseInlineFormSet, DurationField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns import content
from campaigns.admin.templates import BodyForm, warn
from campaigns.models import Enrollment, EnrollmentStatus, Journey, Stage
from campaigns.program_file_waits import format_wait, parse_wait
from contacts import clock
from contacts.admin_scope import BrandScopedAdmin, ReadOnlyAdmin, ScopedFilter, ScopedInline
from contacts.admin_search import SearchByPerson
from contacts.admin_words import moment, pill, words_of


class Stages(BaseInlineFormSet):  # type: ignore[type-arg]
    """The stages of a journey; the first is the first text that somebody gets who was imported or came by a form."""

    def clean(self) -> None:
        super().clean()
        if self.instance.program_id is None:
            return
        for form in self.forms:
            row = getattr(form, "cleaned_data", {})
            if isinstance(form, BodyForm) and "body" in row and not row.get("DELETE"):
                is_first = row.get("position") == 1
                form.take_in(content.problems(row["body"], self.instance.program, is_first=is_first))


class Wait(DurationField):
    """A wait as people write it: "2 days", "1 hour 30 minutes"; its value is a timedelta."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        return format_wait(value) if isinstance(value, dt.timedelta) else value

    def to_python(self, value: Any) -> dt.timedelta | None:
        if value in self.empty_values:
            return None
        if isinstance(value, dt.timedelta):
            return value
        try:
            return parse_wait(value.strip())
        except ValueError as error:
            raise ValidationError(f"{error}.") from error


class StageForm(BodyForm):
    """A stage with its wait in words."""

    wait = Wait(
        help_text="After joining, or after the stage before; such as 2 days, or 0 minutes for at once"
    )


class StageInline(ScopedInline, StackedInline):
    """The stages in order. One that people have passed keeps its text; add a new one instead."""

    template = StackedInline.template
    model = Stage
    form = StageForm
    formset = Stages
    fields = (("position", "name"), ("purpose", "value"), "wait", "body")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.active_since is None)


@admin.register(Journey)
class JourneyAdmin(BrandScopedAdmin):
    """A sequence of texts that follows a person from joining."""

    list_display = ("name", "program", "state", "on_the_way", "brand")
    list_select_related = ("program", "brand")
    list_filter = (("program", ScopedFilter), ("brand", ScopedFilter))
    search_fields = ("name", "slug")
    fields = ("brand", "program", "name", "slug", "exit_on_reply", "goal_attribute")
    inlines = (StageInline,)
    change_form_outer_before_template = "admin/campaigns/journey/people.html"

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:  # noqa: ARG002
        return {} if obj else {"slug": ("name",)}

    @display(description="State")
    def state(self, journey: Journey) -> str:
        return pill("active", "On") if journey.active_since else pill("draft", "Off")

    @display(description="People on the way")
    def on_the_way(self, journey: Any) -> str:
        return f"{journey.travellers:,}"

    def get_queryset(self, request: HttpRequest) -> Any:
        on_the_way = Q(enrollments__status__in=[EnrollmentStatus.ACTIVE, EnrollmentStatus.PAUSED])
        return super().get_queryset(request).annotate(travellers=Count("enrollments", filter=on_the_way))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: Any) -> None:
        for each in formset.forms:
            each.instance.brand_id = form.instance.brand_id
        super().save_formset(request, form, formset, change)
        warn(request, tuple(words for each in formset.forms for words in each.warnings))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.switch_view))
        return [path("<uuid:journey_id>/switch/", view, name="campaigns_journey_switch"), *super().get_urls()]

    def switch_view(self, request: HttpRequest, journey_id: Any) -> HttpResponse:
        """Switch a journey on or off. Who joined before it was switched on does not enter."""
        journey = get_object_or_404(self.get_queryset(request), pk=journey_id)
        self._demand_change(request, journey)
        if journey.active_since is None and not journey.stages.exists():
            messages.error(request, "A journey needs a stage before it can be switched on.")
        else:
            journey.active_since = None if journey.active_since else clock.now()
            journey.save(update_fields=["active_since"])
            said = "Switched on: who joins from now on enters." if journey.active_since else "Switched off."
            self.log_change(request, journey, said)
            messages.success(request, f"{journey.name}: {said}")
        return HttpResponseRedirect(reverse("admin:campaigns_journey_change", args=[journey.pk]))

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        journey = self.get_object(request, object_id) if object_id else None
        extra = dict(extra_context or {})
        if journey is not None:
            extra["places"] = people_per_stage(journey)
        return super().changeform_view(request, object_id, form_url, extra)


def people_per_stage(journey: Journey) -> list[dict[str, Any]]:
    """For each stage (0: before the first): how many are on the way there, how many paused, how many ended."""
    counts = journey.enrollments.order_by().values("position", "status").annotate(count=Count("id"))
    places = {0: {"position": 0, "name": "Before the first", "active": 0, "paused": 0, "ended": 0}}
    for stage in journey.stages.all():
        places[stage.position] = {
            "position": stage.position,
            "name": stage.name,
            "active": 0,
            "paused": 0,
            "ended": 0,
        }
    for row in counts:
        kind = row["status"] if row["status"] in {"active", "paused"} else "ended"
        place = places.setdefault(
            row["position"],
            {"position": row["position"], "name": "A former stage", "active": 0, "paused": 0, "ended": 0},
        )
        place[kind] += row["count"]
    return [places[position] for position in sorted(places)]


@admin.register(Enrollment)
class EnrollmentAdmin(SearchByPerson, ReadOnlyAdmin):
    """Who is where on which journey."""

    newest_field = "-enrolled_at"
    list_display = ("person", "journey", "position", "state", "due", "enrolled")
    list_select_related = ("contact", "journey")
    list_filter = ("status", ("journey", ScopedFilter))
    fields = readonly_fields = ("person", "journey", "position", "state", "due", "enrolled")

    @display(description="Person")
    def person(self, row: Enrollment) -> str:
        return str(row.contact)

    @display(description="State", ordering="status")
    def state(self, row: Enrollment) -> str:
        return pill(row.status, words_of(EnrollmentStatus, row.status))

    @display(description="Next stage")
    def due(self, row: Enrollment) -> str:
        return moment(row.due_at)

    @display(description="Enrolled", ordering="enrolled_at")
    def enrolled(self, row: Enrollment) -> str:
        return moment(row.enrolled_at)
