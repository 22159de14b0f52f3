"""The pages of an owner who erases a person, and of who takes a person's data along for them."""

import re
import uuid
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST
from unfold.widgets import UnfoldAdminTextInputWidget

from consent import accesses
from consent.models import Erasure
from contacts.admin_scope import OWNERS, contact_for
from contacts.models import Contact, Role
from smsapp.privacy import erase, export_files
from smsapp.privacy.labels import label_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

EXPORTERS = frozenset({Role.OWNER, Role.AUDITOR})
_LAST_DIGITS = 4
_WITHOUT_NUMBER = "erase"


class EraseForm(forms.Form):
    """Why, and the last digits of the number, so that nobody erases the wrong person by a slip."""

    reason = forms.CharField(
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text="Who asked and how, e.g. “asked by mail on 3 March”. It is kept: leave name and number out.",
    )
    confirmation = forms.CharField(max_length=20, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        field = self.fields["confirmation"]
        field.label = (
            "Type “erase”"
            if expected == _WITHOUT_NUMBER
            else f"Type the last {_LAST_DIGITS} digits of the number"
        )
        field.widget.attrs["autocomplete"] = "off"

    def clean_confirmation(self) -> str:
        said = cast("str", self.cleaned_data["confirmation"]).strip().lower()
        if said != self.expected:
            raise forms.ValidationError("This is not what stands there. Are you on the right person's page?")
        return said


@require_http_methods(["GET", "POST"])
def erase_page(request: HttpRequest, contact_id: uuid.UUID) -> HttpResponse:
    """What would go, and the form; then it is done, and the record of it is shown."""
    contact = contact_for(request, contact_id, OWNERS)
    if before := Erasure.objects.filter(contact_id=contact.id).first():
        return _to(before)
    form = EraseForm(request.POST or None, expected=_expected(contact))
    if request.method == "POST" and form.is_valid():
        try:
            done = erase.erase(
                contact.id, asked_by=cast("User", request.user), reason=form.cleaned_data["reason"]
            )
        except erase.CannotErase as problem:
            form.add_error("reason", str(problem).removeprefix("reason: "))
        else:
            messages.success(request, "The person was erased.")
            return _to(done)
    counts = [(label_of(name), count) for name, count in erase.preview(contact.id).items()]
    page = {"title": "Erase a person", "contact": contact, "form": form, "counts": counts}
    return TemplateResponse(request, "privacy/erase.html", {**admin.site.each_context(request), **page})


@require_POST
def export_page(request: HttpRequest, contact_id: uuid.UUID) -> HttpResponse:
    """Everything about a person as a ZIP; the look goes on record."""
    contact = contact_for(request, contact_id, EXPORTERS)
    zipped = export_files.zipped(contact.id)
    accesses.record(request.user, "export", brand_id=contact.brand_id, contact_id=contact.id)
    return HttpResponse(
        zipped,
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="person-{contact.id}.zip"',
            "Cache-Control": "no-store",
        },
    )


def _expected(contact: Contact) -> str:
    """The last digits of the person's first number."""
    point = contact.points.order_by("created_at", "id").first()
    digits = re.sub(r"\D", "", point.address) if point else ""
    return digits[-_LAST_DIGITS:] if len(digits) >= _LAST_DIGITS else _WITHOUT_NUMBER


def _to(erasure: Erasure) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:consent_erasure_change", args=[erasure.pk]))
