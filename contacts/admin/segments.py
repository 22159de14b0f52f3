"""Segments: a named part of a brand's people, with how many there are and a few of them."""

from typing import Any

from django.contrib import admin
from django.forms import ChoiceField
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from contacts.admin_form import AttributesForm
from contacts.admin_scope import MANAGERS, BrandScopedAdmin, ScopedFilter
from contacts.models import Segment

# A live count goes no further than this, so that the page opens at once whatever the size of the brand.
MOST_COUNTED = 100_000
# The kinds of texts that people agree to, which live in a layer above.
KINDS = ("marketing", "informational")


class SegmentForm(AttributesForm):
    """A segment; its people have every one of the attributes."""

    consents_to = ChoiceField(
        required=False,
        label="Agreed to",
        choices=[("", "Anything or nothing"), *((kind, f"{kind.capitalize()} texts") for kind in KINDS)],
        widget=UnfoldAdminSelectWidget,
        help_text="In the program of the campaign that uses it. The gate asks each person's permission in any case.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "attributes" in self.fields:
            self.fields["attributes"].help_text = "Has all of these, one a line, such as favourite: filter"


@admin.register(Segment)
class SegmentAdmin(BrandScopedAdmin):
    form = SegmentForm
    delete_roles = MANAGERS
    list_display = ("name", "conditions", "brand")
    list_select_related = ("brand",)
    list_filter = (("brand", ScopedFilter),)
    search_fields = ("name", "slug")
    fields = ("brand", "name", "slug", "tags", "attributes", "consents_to", "joined_since", "people_now")
    readonly_fields = ("people_now",)

    @display(description="Conditions")
    def conditions(self, segment: Segment) -> str:
        """What must be true, in words."""
        said = [f"tag {tag}" for tag in segment.tags]
        said += [f"{name} is {value}" for name, value in segment.attributes.items()]
        if segment.consents_to:
            said.append(f"agreed to {segment.consents_to} texts")
        if segment.joined_since:
            said.append(f"known since {segment.joined_since:%-d %b %Y}")
        return " and ".join(said) or "everyone"

    @display(description="People now")
    def people_now(self, segment: Segment) -> str:
        """How many people it holds at this moment; consent to a purpose is counted by the campaign."""
        if segment.brand_id is None:
            return "Shown once it is saved"
        found = segment.people().order_by()[:MOST_COUNTED].count()
        return f"{found:,}" if found < MOST_COUNTED else f"more than {MOST_COUNTED:,}"

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:  # noqa: ARG002 - Django's hook
        return {} if obj else {"slug": ("name",)}
