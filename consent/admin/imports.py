"""Imports: upload a file, say which column is which, look at what would happen, import it, take the report along."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from consent import admin_upload, layouts
from consent.admin.import_columns import ColumnsForm, disclosures_of, layout_words
from consent.intake_mapping import BadMapping, Mapping, suggest
from consent.intake_reasons import RowReason
from consent.models import Program
from contacts import clock
from contacts.admin_scope import MANAGERS, ReadOnlyAdmin, ScopedFilter, scope_of
from contacts.admin_words import moment, pill, pills, words_of
from contacts.csv_rows import BadFile
from contacts.models import ContactImport, ImportRow, RowOutcome

Status = ContactImport.Status
# What ends by itself, so that the page looks again.
BUSY = frozenset({Status.WAITING, Status.RUNNING, Status.SETTLING})
# How long an import waits for a worker before the page says that none has come.
PATIENCE = dt.timedelta(seconds=20)
_SHOWN = 200


class UploadForm(forms.Form):
    """Which file, of what kind, for which program."""

    kind = forms.ChoiceField(
        label="What it is",
        choices=ContactImport.Kind.choices,
        widget=UnfoldAdminSelectWidget,
        help_text="Opt-outs: every number of the file is closed, also one that nobody knows yet",
    )
    file = forms.FileField(
        widget=UnfoldAdminFileFieldWidget,
        help_text="CSV as your shop or provider exports it. You see what would happen before anything is written.",
    )

    def __init__(self, *args: Any, programs: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programs = programs
        self.fields["program"] = forms.ModelChoiceField(
            queryset=programs,
            empty_label="Choose a program",
            initial=programs.first() if programs.count() == 1 else None,
            widget=UnfoldAdminSelectWidget,
            help_text="The program whose consent the file proves",
        )
        self.order_fields(["program", "kind", "file"])

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > admin_upload.MOST_BYTES:
            raise forms.ValidationError("The file is larger than 500 MB. Split it, or use import_contacts.")
        return upload


@admin.register(ContactImport)
class ContactImportAdmin(ReadOnlyAdmin):
    """The imports of a brand. Adding one is uploading a file."""

    newest_field = "-started_at"
    list_display = ("filename", "state", "what", "in_all", "outcomes", "started")
    list_select_related = ("started_by",)
    list_filter = ("status", "kind", ("brand", ScopedFilter))
    search_fields = ("filename",)
    change_form_template = "admin/contacts/contactimport/result.html"
    fields: tuple[str, ...] = ()

    @display(description="State", ordering="status")
    def state(self, row: ContactImport) -> str:
        words = {
            Status.PREVIEW: "Preview",
            Status.FAILED: "Failed",
            Status.DRAFT: "Columns to choose",
            Status.SETTLING: "Almost done",
        }
        if row.is_preview:
            words[Status.RUNNING] = "Preview is running"
        return pill(row.status, words.get(Status(row.status), row.get_status_display()))

    @display(description="What", ordering="kind")
    def what(self, row: ContactImport) -> str:
        return "Opt-outs" if row.kind == ContactImport.Kind.OPT_OUTS else "People"

    @display(description="Rows", ordering="rows")
    def in_all(self, row: ContactImport) -> str:
        return f"{row.rows:,}"

    @display(description="Outcome")
    def outcomes(self, row: ContactImport) -> str:
        counts = [(outcome, getattr(row, outcome)) for outcome in RowOutcome.values]
        told = [(key, f"{count:,} {words_of(RowOutcome, key).lower()}") for key, count in counts if count]
        return pills(told) or "–"

    @display(description="Started", ordering="started_at")
    def started(self, row: ContactImport) -> str:
        return moment(row.started_at)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return scope_of(request).may(MANAGERS)

    def get_urls(self) -> list[URLPattern]:
        views = {
            "columns": self.columns_view,
            "start": self.start_view,
            "progress": self.progress_view,
            "report": self.report_view,
        }
        pages = [
            path(
                f"<uuid:import_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"contacts_contactimport_{name}",
            )
            for name, view in views.items()
        ]
        return [*pages, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:  # noqa: ARG002
        """The upload: kept on disk, then its columns."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        programs = Program.objects.filter(brand__in=scope_of(request).brands_where(MANAGERS))
        form = UploadForm(request.POST or None, request.FILES or None, programs=programs)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                row = admin_upload.keep(
                    said["file"],
                    program=said["program"],
                    kind=said["kind"],
                    filename=said["file"].name,
                    user=request.user,
                )
            except BadFile as bad:
                form.add_error("file", f"This file cannot be read: {bad}.")
            else:
                return HttpResponseRedirect(_page("columns", row))
        context = self._context(request, title="Import contacts", form=form, has_programs=programs.exists())
        return TemplateResponse(request, "admin/contacts/contactimport/upload.html", context)

    def columns_view(self, request: HttpRequest, import_id: Any) -> HttpResponse:
        """Which column is which, beside the first rows of the file; then a preview."""
        row = self._open(request, import_id)
        program = get_object_or_404(Program, brand_id=row.brand_id, slug=row.program_slug)
        try:
            shape, records = admin_upload.beginning_of(row)
        except (BadFile, OSError):
            messages.error(request, "The uploaded file cannot be read any more. Upload it again.")
            return HttpResponseRedirect(_page("change", row))
        asked = layouts.layouts().get(request.POST.get("layout") or request.GET.get("layout", ""))
        mapping = (
            suggest(shape, row.kind, layout=asked) if asked else Mapping.from_json(row.layout, row.mapping)
        )
        form = ColumnsForm(
            request.POST or None,
            shape=shape,
            kind=row.kind,
            mapping=mapping,
            guessed={} if asked else admin_upload.guessed(row),
            disclosures=disclosures_of(program.id),
        )
        if request.method == "POST" and form.is_valid():
            try:
                admin_upload.choose_columns(row, form.mapping)
            except BadMapping as bad:
                form.add_error(None, str(bad))
            else:
                return self._start(request, row, is_preview=True)
        context = self._context(
            request,
            title=f"Columns of {row.filename}",
            row=row,
            form=form,
            shape=shape,
            records=records,
            layout=layouts.layouts().get(mapping.layout),
            layouts=[layout for layout in layouts.layouts().values() if layout.slug != mapping.layout],
        )
        return TemplateResponse(request, "admin/contacts/contactimport/columns.html", context)

    def start_view(self, request: HttpRequest, import_id: Any) -> HttpResponse:
        """Begin the import that was previewed."""
        row = self._open(request, import_id)
        if request.method != "POST":
            return HttpResponseRedirect(_page("change", row))
        return self._start(request, row, is_preview=False)

    def _start(self, request: HttpRequest, row: ContactImport, *, is_preview: bool) -> HttpResponse:
        try:
            admin_upload.start(row, is_preview=is_preview)
        except admin_upload.NoWorker as error:
            messages.warning(request, str(error))
        return HttpResponseRedirect(_page("change", row))

    def _open(self, request: HttpRequest, import_id: Any) -> ContactImport:
        """The import, for one who may import in its brand; 404 for another brand's."""
        row: ContactImport = get_object_or_404(self.get_queryset(request), pk=import_id)
        if not scope_of(request).may(MANAGERS, row.brand_id):
            raise PermissionDenied
        return row

    def progress_view(self, request: HttpRequest, import_id: Any) -> HttpResponse:
        """The counts as they stand; the result page asks for it every two seconds while it runs."""
        row = get_object_or_404(self.get_queryset(request), pk=import_id)
        answer = TemplateResponse(
            request, "admin/contacts/contactimport/progress.html", {"row": row, **self._standing(row)}
        )
        if row.status not in BUSY:
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
            may_import = scope_of(request).may(MANAGERS, row.brand_id)
            extra |= {
                "row": row,
                "layout": layout_words(row.layout),
                "reasons": _by_reason(row),
                "exceptions": _shown_rows(row),
                "shown": _SHOWN,
                "has_report": admin_upload.report_of(row).is_file(),
                "may_choose": may_import
                and row.status in admin_upload.OPEN
                and admin_upload.file_of(row).is_file(),
                **self._standing(row),
            }
        return super().changeform_view(request, object_id, form_url, extra)

    def _standing(self, row: ContactImport) -> dict[str, Any]:
        """What the page says of where it is."""
        took = row.finished_at - row.started_at if row.finished_at else None
        seconds = took.total_seconds() if took else 0.0
        return {
            "state": self.state(row),
            "is_busy": row.status in BUSY,
            "is_late": row.status == Status.WAITING and clock.now() - row.started_at > PATIENCE,
            "rate": round(row.rows / seconds) if seconds >= 1 else 0,
        }

    def _context(self, request: HttpRequest, **extra: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, **extra}


def _page(name: str, row: ContactImport) -> str:
    return reverse(f"admin:contacts_contactimport_{name}", args=[row.pk])


def _by_reason(row: ContactImport) -> list[dict[str, Any]]:
    """How many rows were kept back, closed or refused for each reason, most first."""
    return [
        {
            "pill": pill(outcome, words_of(RowOutcome, outcome)),
            "words": words_of(RowReason, code),
            "count": count,
        }
        for outcome, code, count in row.reasons
    ]


def _shown_rows(row: ContactImport) -> list[tuple[ImportRow, str, list[str]]]:
    """The first rows that need a person's eye; of a preview, some of each kind."""
    return [
        (
            line,
            pill(line.outcome, line.get_outcome_display()),
            [words_of(RowReason, code) for code in line.reasons],
        )
        for line in row.exceptions.all()[:_SHOWN]
    ]


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
