"""People: the contact's page with standing, consent timeline, journeys and latest messages.

They are registered here, layers above their tables, because the page tells their whole story.
"""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils.html import format_html_join
from unfold.decorators import display

from consent import accesses
from consent.models import Erasure, Status, Subscription
from contacts.admin_form import AttributesForm, in_lines
from contacts.admin_scope import (
    ANSWERERS,
    MANAGERS,
    OWNERS,
    BrandScopedAdmin,
    ScopedFilter,
    ScopedInline,
    scope_of,
)
from contacts.admin_search import people_named, points_matching
from contacts.admin_words import moment, pill, pills, words_of
from contacts.models import Contact, ContactPoint
from contacts.zones import check_zone
from inbox import admin_person
from inbox.can_text import can_text
from inbox.thread_lines import lines_of

_MOST_FOUND = 1000


class StandingFilter(admin.SimpleListFilter):
    """Who has left, who is held, who may be texted."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - Django's hook
        return [
            (str(status), str(status.label))
            for status in (Status.ACTIVE, Status.HELD, Status.PAUSED, Status.CLOSED)
        ]

    def queryset(self, request: Any, queryset: Any) -> Any:  # noqa: ARG002 - Django's hook
        if not self.value():
            return queryset
        return queryset.filter(id__in=Subscription.objects.filter(status=self.value()).values("contact_id"))


class PointInline(ScopedInline):
    """The person's addresses. They come from imports and from texting; nobody types one in over another."""

    model = ContactPoint
    fk_name = "contact"
    verbose_name_plural = "Numbers"
    fields = readonly_fields = ("address", "channel", "country", "since")

    @display(description="Known since")
    def since(self, point: ContactPoint) -> str:
        return moment(point.created_at)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's hook
        return False


@admin.register(Contact)
class ContactAdmin(BrandScopedAdmin):
    """A person of a brand."""

    form = AttributesForm
    change_roles = MANAGERS
    newest_field = "-created_at"
    list_display = ("name", "numbers", "standing", "labels", "place", "since")
    list_filter = (StandingFilter, "country", ("brand", ScopedFilter))
    search_fields = ("pk",)
    search_help_text = "A number, or a name"
    inlines = (PointInline,)
    change_form_outer_before_template = "admin/contacts/contact/story.html"
    fieldsets = (
        (
            "Particulars",
            {
                "fields": (
                    "brand",
                    ("first_name", "last_name"),
                    ("locale", "timezone"),
                    ("postal_code", "region"),
                    "country",
                    "tags",
                    "attributes",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        points = ContactPoint.objects.order_by("created_at")
        subscriptions = Subscription.objects.select_related("program")
        rows = super().get_queryset(request).select_related("brand")
        return rows.prefetch_related(Prefetch("points", points), Prefetch("subscriptions", subscriptions))

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - people come with proof, by import or by texting
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody writes anything into the empty row of somebody who was erased."""
        if obj is not None and any(point.is_erased for point in obj.points.all()):
            return False
        return super().has_change_permission(request, obj)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if any(letter.isalpha() for letter in term):
            return queryset.filter(id__in=people_named(request, term).values("id")), False
        found = points_matching(request, term).values_list("contact_id", flat=True)[:_MOST_FOUND]
        return queryset.filter(id__in=list(found)), False

    @display(description="Name", ordering="last_name")
    def name(self, contact: Contact) -> str:
        return str(contact)

    @display(description="Number")
    def numbers(self, contact: Contact) -> str:
        return ", ".join(point.address for point in contact.points.all()) or "–"

    @display(description="Standing")
    def standing(self, contact: Contact) -> str:
        rows = list(contact.subscriptions.all())
        if any(row.program_id is None and row.closed_by for row in rows):
            return pill("closed", "Closed")
        if any(row.program_id is None and row.held_by for row in rows):
            return pill("held", "Held")
        told = [
            (row.status, f"{row.program}: {words_of(Status, row.status)}") for row in rows if row.program_id
        ]
        return pills(told) if told else pill("none", "No permission")

    @display(description="Tags")
    def labels(self, contact: Contact) -> str:
        return ", ".join(contact.tags) or "–"

    @display(description="Place")
    def place(self, contact: Contact) -> str:
        return (
            " ".join(part for part in (contact.postal_code, contact.region, contact.country) if part) or "–"
        )

    @display(description="Known since", ordering="created_at")
    def since(self, contact: Contact) -> str:
        return moment(contact.created_at)

    @display(description="Attributes")
    def in_words(self, contact: Contact) -> str:
        return format_html_join(
            "", "<div>{}</div>", ((line,) for line in in_lines(contact.attributes).split("\n"))
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may not write reads the attributes as words."""
        ((title, options),) = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return ((title, options),)
        shown = tuple("in_words" if name == "attributes" else name for name in options["fields"])
        return ((title, {"fields": shown}),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: Any = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "timezone" in form.base_fields:
            form.base_fields["timezone"].validators.append(refuse_unusable_zone)
            form.base_fields["timezone"].label = "Time zone"
            form.base_fields["timezone"].help_text = "As the person stated it, such as America/New_York"
            form.base_fields["locale"].label = "Language"
            form.base_fields["locale"].help_text = "Such as en, es-MX or fr-CA"
        return form

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        contact = self.get_object(request, object_id) if object_id else None
        extra = dict(extra_context or {})
        if contact is not None:
            accesses.look(request.user, "contact", brand_id=contact.brand_id, contact_id=contact.pk)
            who = admin_person.person(contact)
            extra |= {
                "who": who,
                "can_text": [told for point in who.points if (told := can_text(point))],
                "may_answer": scope_of(request).may(ANSWERERS, contact.brand_id),
                "may_erase": scope_of(request).may(OWNERS, contact.brand_id),
                "erasure": _erasure_of(who),
                "timeline": admin_person.timeline(who),
                "lines": lines_of(who.thread, zone=who.zone, most=20) if who.thread else [],
            }
        return super().changeform_view(request, object_id, form_url, extra)


def _erasure_of(who: admin_person.Person) -> Erasure | None:
    """When the person was erased, if they were: nobody with a number that is one."""
    if who.points and not any(point.is_erased for point in who.points):
        return None
    rows = Erasure.objects.filter(brand_id=who.contact.brand_id, contact_id=who.contact.pk)
    return rows.first()


def refuse_unusable_zone(name: str) -> None:
    """Raise ValidationError for a zone nobody can be placed by."""
    if problem := check_zone(name):
        raise ValidationError(problem)
