"""Imports: upload a file, watch it, see which rows need a person's eye, take the report along."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Func
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from consent import admin_upload
from consent.intake_reasons import RowReason
from consent.models import Program
from contacts import clock
from contacts.admin_scope import MANAGERS, ReadOnlyAdmin, ScopedFilter, scope_of
from contacts.admin_words import moment, pill, words_of
from contacts.models import ContactImport, ImportRow

# How long a page waits for a worker to begin before it says that none has.
PATIENCE = dt.timedelta(seconds=20)


class UploadForm(forms.Form):
    """Which file, for which program."""

    file = forms.FileField(
        widget=UnfoldAdminFileFieldWidget,
        help_text="CSV in UTF-8 with a header: phone, first_name, last_name, …, consent_purpose, consent_method, "
        "consent_at, disclosure, evidence_url. Rows without proof of consent are kept, but cannot be texted.",
    )

    def __init__(self, *args: Any, programs: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programs = programs
        self.fields["program"] = forms.ModelChoiceField(
            queryset=programs,
            widget=UnfoldAdminSelectWidget,
            help_text="The program whose consent the file proves",
        )
        self.order_fields(["program", "file"])

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > admin_upload.MOST_BYTES:
            raise forms.ValidationError("The file is larger than 500 MB. Split it, or use import_contacts.")
        return upload


@admin.register(ContactImport)
class ContactImportAdmin(ReadOnlyAdmin):
    """The imports of a brand. Adding one is uploading a file."""

    newest_field = "-started_at"
    list_display = (
        "filename",
        "state",
        "rows",
        "accepted",
        "cannot_text",
        "refused",
        "unchanged",
        "started",
        "started_by",
    )
    list_select_related = ("started_by",)
    list_filter = ("status", ("brand", ScopedFilter))
    search_fields = ("filename",)
    change_form_template = "admin/contacts/contactimport/result.html"
    fields: tuple[str, ...] = ()

    @display(description="State", ordering="status")
    def state(self, row: ContactImport) -> str:
        return pill(row.status, row.get_status_display())

    @display(description="Started", ordering="started_at")
    def started(self, row: ContactImport) -> str:
        return moment(row.started_at)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return scope_of(request).may(MANAGERS)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("started/<slug:sha256>/", view(self.started_view), name="contacts_contactimport_started"),
            path(
                "<uuid:import_id>/progress/", view(self.progress_view), name="contacts_contactimport_progress"
            ),
            path("<uuid:import_id>/report/", view(self.report_view), name="contacts_contactimport_report"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:  # noqa: ARG002
        """The upload: kept on disk, handed to a worker, then its progress."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        programs = Program.objects.filter(brand__in=scope_of(request).brands_where(MANAGERS))
        form = UploadForm(request.POST or None, request.FILES or None, programs=programs)
        if request.method == "POST" and form.is_valid():
            program, upload = form.cleaned_data["program"], form.cleaned_data["file"]
            sha256 = admin_upload.keep(upload, program.brand_id)
            try:
                admin_upload.start(
                    program, user_id=int(request.user.pk or 0), sha256=sha256, filename=upload.name
                )
            except admin_upload.NoWorker as error:
                messages.error(request, str(error))
            else:
                url = reverse("admin:contacts_contactimport_started", args=[sha256])
                return HttpResponseRedirect(f"{url}?at={clock.now().timestamp():.0f}")
        context = self._context(request, title="Import contacts", form=form, has_programs=programs.exists())
        return TemplateResponse(request, "admin/contacts/contactimport/upload.html", context)

    def started_view(self, request: HttpRequest, sha256: str) -> HttpResponse:
        """Wait for the worker to begin, then go to the import."""
        since = _moment_of(request.GET.get("at", ""))
        mine = self.get_queryset(request).filter(sha256=sha256, started_by=request.user.pk)
        row = mine.filter(started_at__gte=since - dt.timedelta(seconds=1)).order_by("-started_at").first()
        if row is not None:
            return HttpResponseRedirect(reverse("admin:contacts_contactimport_change", args=[row.pk]))
        late = clock.now() - since > PATIENCE
        return TemplateResponse(
            request,
            "admin/contacts/contactimport/started.html",
            self._context(request, title="Import contacts", is_late=late),
        )

    def progress_view(self, request: HttpRequest, import_id: Any) -> HttpResponse:
        """The counts as they stand; the result page asks for it every two seconds while it runs."""
        row = get_object_or_404(self.get_queryset(request), pk=import_id)
        context = {"row": row, "state": self.state(row)}
        answer = TemplateResponse(request, "admin/contacts/contactimport/progress.html", context)
        if row.status != ContactImport.Status.RUNNING:
            answer["HX-Refresh"] = "true"
        return answer

    def report_view(self, request: HttpRequest, import_id: Any) -> HttpResponse | FileResponse:
        """The report with every row of the file."""
        row = get_object_or_404(self.get_queryset(request), pk=import_id)
        report = admin_upload.report_of(row)
        if not report.is_file():
            raise Http404
        return FileResponse(report.open("rb"), as_attachment=True, filename=f"{row.filename}.report.csv")

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        row = self.get_object(request, object_id) if object_id else None
        extra = dict(extra_context or {})
        if row is not None:
            exceptions = row.exceptions.all()
            extra |= {
                "row": row,
                "state": self.state(row),
                "reasons": _by_reason(row),
                "exceptions": [
                    (line, [words_of(RowReason, code) for code in line.reasons]) for line in exceptions[:200]
                ],
                "has_report": admin_upload.report_of(row).is_file(),
                "is_running": row.status == ContactImport.Status.RUNNING,
            }
        return super().changeform_view(request, object_id, form_url, extra)

    def _context(self, request: HttpRequest, **extra: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, **extra}


def _moment_of(seconds: str) -> dt.datetime:
    """The moment a page was told in its address, aware UTC; now when it is unreadable."""
    try:
        return dt.datetime.fromtimestamp(int(seconds), tz=dt.UTC)
    except (ValueError, OverflowError, OSError):
        return clock.now()


def _by_reason(row: ContactImport) -> list[dict[str, Any]]:
    """How many rows were kept back or refused for each reason, most first."""
    counts = (
        row.exceptions.annotate(code=Func(F("reasons"), function="unnest"))
        .order_by()
        .values("outcome", "code")
        .annotate(count=Count("id"))
        .order_by("-count")
    )
    return [{**each, "words": words_of(RowReason, each["code"])} for each in counts]


@admin.register(ImportRow)
class ImportRowAdmin(ReadOnlyAdmin):
    """The rows of a file that were refused, or kept without permission to text."""

    brand_path = "contact_import__brand"
    ordering = ("-id",)
    list_display = ("line", "phone", "state", "why", "detail", "contact_import")
    list_select_related = ("contact_import",)
    list_filter = ("outcome",)
    search_fields = ("=phone",)
    fields = readonly_fields = ("line", "phone", "state", "why", "detail", "contact_import")

    @display(description="Outcome")
    def state(self, row: ImportRow) -> str:
        return pill(row.outcome, row.get_outcome_display())

    @display(description="Why")
    def why(self, row: ImportRow) -> str:
        return "; ".join(words_of(RowReason, code) for code in row.reasons)
