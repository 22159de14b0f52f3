"""A sequence of texts that follows a person from joining a program."""

from django.db import models

from campaigns.models.campaign import PURPOSE_CHOICES
from consent.models import Program
from contacts.ids import new_id
from contacts.models import Brand, Contact, ContactPoint
from messaging.models import Message, Value


class Journey(models.Model):
    """Stages in order. People enter when they join the program after the journey was switched on."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="journeys")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="journeys")
    slug = models.SlugField()
    name = models.CharField(max_length=120)
    active_since = models.DateTimeField(null=True, blank=True, help_text="Empty: off")
    exit_on_reply = models.BooleanField(
        default=False, help_text="A reply ends it; otherwise it pauses until the reply is answered"
    )
    # An attribute that, once set on the contact, means the journey has reached its end.
    goal_attribute = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "slug"], name="journey_slug_per_brand")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    """One text of a journey, and how long after the stage before it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="stages")
    position = models.PositiveSmallIntegerField(help_text="1 is the first")
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=15, choices=PURPOSE_CHOICES)
    value = models.CharField(max_length=10, choices=Value)
    body = models.TextField(max_length=1600)
    wait = models.DurationField(help_text="After joining, or after the stage before")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "position"], name="stage_position_once")]
        ordering = ["journey", "position"]

    def __str__(self) -> str:
        return f"{self.position}. {self.name}"


class EnrollmentStatus(models.TextChoices):
    """Where a person's journey is."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused until answered"  # a reply of theirs waits for a person
    FINISHED = "finished", "Finished"
    LEFT = "left", "Left the program"
    REPLIED = "replied", "Ended by a reply"
    GOAL = "goal", "Reached the goal"


class Enrollment(models.Model):
    """One person's way through one journey."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False)
    journey = models.ForeignKey(Journey, on_delete=models.PROTECT, related_name="enrollments", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="enrollments")
    point = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=EnrollmentStatus, default=EnrollmentStatus.ACTIVE)
    position = models.PositiveSmallIntegerField(default=0, help_text="The stage reached; 0 before the first")
    due_at = models.DateTimeField(null=True, help_text="When the next stage begins")
    enrolled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "contact"], name="enrollment_once")]
        indexes = [
            models.Index(fields=["due_at"], name="enrollment_due", condition=models.Q(status="active")),
            models.Index(fields=["brand", "contact"], name="enrollment_of_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.contact} in {self.journey}"


class StageVisit(models.Model):
    """A person's one visit to one stage; its id is what makes the stage's text unique."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    enrollment = models.ForeignKey(
        Enrollment, on_delete=models.CASCADE, related_name="visits", db_index=False
    )
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="visits")
    message = models.OneToOneField(Message, null=True, on_delete=models.SET_NULL, related_name="stage_visit")
    problem = models.CharField(max_length=200, blank=True, help_text="Why there is no message")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrollment", "stage"], name="stage_visit_once")]

    def __str__(self) -> str:
        return f"{self.enrollment} at {self.stage}"
