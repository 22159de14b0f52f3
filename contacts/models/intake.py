"""A file of contacts that was imported, and the rows in it that need a person's eye."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from contacts.ids import new_id
from contacts.models.brand import Brand


class ContactImport(models.Model):
    """One run of one file: all of its rows are in, or none is."""

    class Kind(models.TextChoices):
        PEOPLE = "people", "People with their consents"
        OPT_OUTS = "opt_outs", "Opt-outs of a previous provider"

    class Status(models.TextChoices):
        DRAFT = "draft", "Columns not chosen yet"
        WAITING = "waiting", "Waiting for a worker"
        PREVIEW = "preview", "Preview, nothing written"
        RUNNING = "running", "Running"
        SETTLING = "settling", "Imported, waiting for texts under way"
        DONE = "done", "Done"
        FAILED = "failed", "Failed, nothing was imported"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="imports")
    program_slug = models.SlugField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PEOPLE)
    layout = models.SlugField(default="standard", help_text="Whose export it is")
    mapping = models.JSONField(
        default=dict, blank=True, help_text="Our column -> column of the file, or a constant"
    )
    header = models.CharField(max_length=64, blank=True, help_text="Digest of the file's columns")
    filename = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    is_preview = models.BooleanField(default=False, help_text="Rows are judged, and nothing is written")
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0, help_text="May be texted")
    cannot_text = models.PositiveIntegerField(default=0, help_text="Kept, but without usable consent")
    opted_out = models.PositiveIntegerField(default=0, help_text="Left: the number is closed")
    refused = models.PositiveIntegerField(default=0, help_text="Not kept")
    unchanged = models.PositiveIntegerField(default=0, help_text="Of the accepted and kept: nothing was new")
    # [outcome, reason, rows], most first.
    reasons = models.JSONField(default=list, blank=True, help_text="How often each reason was given")
    problem = models.TextField(blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["brand", "-started_at"], name="import_newest_first"),
            models.Index(
                fields=["status", "started_at"],
                name="import_unfinished",
                condition=models.Q(status__in=["waiting", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filename} ({self.get_status_display().lower()})"


class RowOutcome(models.TextChoices):
    """What became of one row of a file."""

    ACCEPTED = "accepted", "Accepted"
    CANNOT_TEXT = "cannot_text", "Accepted, cannot text"
    OPTED_OUT = "opted_out", "Left, number closed"
    REFUSED = "refused", "Refused"


class ImportRow(models.Model):
    """A row that was refused, closed its number, or was kept without permission to text.

    Accepted rows are only counted; of a preview, a few stand here as samples.
    """

    contact_import = models.ForeignKey(
        ContactImport, on_delete=models.CASCADE, related_name="exceptions", db_index=False
    )
    line = models.PositiveIntegerField(help_text="Line of the file, the header being line 1")
    outcome = models.CharField(max_length=12, choices=RowOutcome)
    reasons = ArrayField(models.CharField(max_length=60))
    detail = models.TextField(blank=True)
    phone = models.CharField(max_length=100, blank=True, help_text="As it stood in the file")

    class Meta:
        indexes = [models.Index(fields=["contact_import", "outcome", "line"], name="import_row_by_outcome")]
        ordering = ["line"]

    def __str__(self) -> str:
        return f"line {self.line}: {self.get_outcome_display()}"
