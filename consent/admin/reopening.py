"""Requests to open a closed number again: asked with evidence, decided by a second person, kept."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.views.decorators.http import require_POST
from unfold.decorators import display

from consent import reopening
from consent.admin_history import way
from consent.admin_reopening import AskForm
from consent.models import Reopening
from contacts.admin_scope import ReadOnlyAdmin, ScopedFilter, scope_of
from contacts.admin_search import SearchByPerson
from contacts.admin_words import moment, pill
from contacts.models import ContactPoint

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_LABELS = {"words": "Their words", "where": "How it reached us", "reference": "Where it can be seen"}
# Where the domain's name of a field differs from the form's.
_FIELDS = {"purposes": "kinds"}


class DecidedFilter(admin.SimpleListFilter):
    """Open first: these wait for somebody."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's hook
        return [("open", "Waiting"), ("approved", "Approved"), ("refused", "Refused")]

    def queryset(self, request: Any, queryset: Any) -> Any:  # noqa: ARG002 - Django's hook
        if self.value() == "open":
            return queryset.filter(decided_at=None)
        if self.value() in {"approved", "refused"}:
            return queryset.filter(is_approved=self.value() == "approved")
        return queryset


@admin.register(Reopening)
class ReopeningAdmin(SearchByPerson, ReadOnlyAdmin):
    """Re-opt-ins by the team. Nobody edits one; a second person approves or refuses it."""

    newest_field = "-asked_at"
    list_display = ("asked", "number", "state", "what", "asked_by", "decided_by")
    list_display_links = ("asked", "number")
    list_select_related = ("point", "program", "asked_by", "decided_by")
    list_filter = (DecidedFilter, ("brand", ScopedFilter))
    change_form_outer_before_template = "admin/consent/reopening/decide.html"
    fields = readonly_fields = (
        "state", "number", "person", "what", "agreed", "proof", "asked", "asked_by", "decided", "decided_by", "answer",
    )  # fmt: skip

    @display(description="State")
    def state(self, row: Reopening) -> str:
        if row.decided_at is None:
            return pill("held", "Waiting")
        return pill("active", "Approved") if row.is_approved else pill("refused", "Refused")

    @display(description="Number")
    def number(self, row: Reopening) -> str:
        return row.point.address

    @display(description="Person")
    def person(self, row: Reopening) -> str:
        return str(row.point.contact)

    @display(description="What for")
    def what(self, row: Reopening) -> str:
        if row.program is None:
            return "What they agreed to before holds again"
        kinds = " and ".join(sorted({key.partition(":")[0] for key in row.purposes}))
        return f"{kinds} texts of {row.program}"

    @display(description="Asked", ordering="asked_at")
    def asked(self, row: Reopening) -> str:
        return moment(row.asked_at)

    @display(description="They agreed")
    def agreed(self, row: Reopening) -> str:
        return moment(row.agreed_at)

    @display(description="Decided")
    def decided(self, row: Reopening) -> str:
        return moment(row.decided_at)

    @display(description="Evidence")
    def proof(self, row: Reopening) -> str:
        told = [(_LABELS.get(name, name), value) for name, value in row.evidence.items() if value]
        return format_html_join("", "<div><b>{}</b>: {}</div>", told)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("ask/<uuid:point_id>/", view(self.ask_view), name="consent_reopening_ask"),
            path(
                "<uuid:row_id>/decide/", view(require_POST(self.decide_view)), name="consent_reopening_decide"
            ),
            *super().get_urls(),
        ]

    def ask_view(self, request: HttpRequest, point_id: Any) -> HttpResponse:
        """The form; what is wrong with it is said beside the field."""
        mine = scope_of(request).only(ContactPoint.objects.select_related("brand", "contact"))
        point: ContactPoint = get_object_or_404(mine, pk=point_id)
        if not scope_of(request).may(reopening.ASKERS, point.brand_id):
            raise PermissionDenied
        form = AskForm(request.POST or None, point=point)
        if request.method == "POST" and form.is_valid():
            try:
                row = reopening.ask(point, user=cast("User", request.user), **form.asked())
            except reopening.CannotReopen as error:
                form.add_error(_FIELDS.get(error.field, error.field) or None, str(error))
            else:
                messages.success(
                    request, "Asked. Nothing has changed yet: another owner or marketer decides."
                )
                return HttpResponseRedirect(reverse("admin:consent_reopening_change", args=[row.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Open {point.address} again",
            "point": point,
            "form": form,
            "places": [
                {
                    "name": row.program or "The number",
                    "how": " and ".join(map(way, row.closed_by)),
                    "at": row.closed_at,
                }
                for row in reopening.closed_places(point)
            ],
            "waits_for_start": reopening.waits_for_start(point),
            "tell_twilio": reopening.TELL_TWILIO,
        }
        return TemplateResponse(request, "admin/consent/reopening/ask.html", context)

    def decide_view(self, request: HttpRequest, row_id: Any) -> HttpResponse:
        """Approve or refuse; what stands against it is said in words."""
        row: Reopening = get_object_or_404(self.get_queryset(request), pk=row_id)
        if not scope_of(request).may(reopening.DECIDERS, row.brand_id):
            raise PermissionDenied
        try:
            decided = reopening.decide(
                row.id,
                user=cast("User", request.user),
                is_approved=request.POST.get("how") == "approve",
                answer=request.POST.get("answer", ""),
            )
        except reopening.CannotReopen as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "Approved: it is open again." if decided.is_approved else "Refused.")
        return HttpResponseRedirect(reverse("admin:consent_reopening_change", args=[row.pk]))

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        row = self.get_object(request, object_id) if object_id else None
        extra = dict(extra_context or {})
        if row is not None:
            extra |= {
                "may_decide": scope_of(request).may(reopening.DECIDERS, row.brand_id),
                "is_mine": row.asked_by_id == request.user.pk,
                "waits_for_start": row.decided_at is None and reopening.waits_for_start(row.point),
                "tell_twilio": reopening.TELL_TWILIO,
            }
        return super().changeform_view(request, object_id, form_url, extra)
