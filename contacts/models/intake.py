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
        PREVIEW = "preview", "Preview, nothing written"
        RUNNING = "running", "Running"
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
    filename = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0, help_text="May be texted")
    cannot_text = models.PositiveIntegerField(default=0, help_text="Kept, but without usable consent")
    refused = models.PositiveIntegerField(default=0, help_text="Not kept")
    unchanged = models.PositiveIntegerField(default=0, help_text="Of the accepted and kept: nothing was new")
    problem = models.TextField(blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["brand", "-started_at"], name="import_newest_first")]

    def __str__(self) -> str:
        return f"{self.filename} ({self.get_status_display().lower()})"


class RowOutcome(models.TextChoices):
    """What became of one row of a file."""

    ACCEPTED = "accepted", "Accepted"
    CANNOT_TEXT = "cannot_text", "Accepted, cannot text"
    REFUSED = "refused", "Refused"


class ImportRow(models.Model):
    """A row that was refused, or kept without permission to text; accepted rows are only counted."""

    contact_import = models.ForeignKey(ContactImport, on_delete=models.CASCADE, related_name="exceptions")
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
