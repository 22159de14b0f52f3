"""Where the team writes down that a person told support to leave: by mail, by call, by letter."""

import uuid
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from consent.models import Program
from contacts.admin_form import LocalMoment
from contacts.admin_scope import ANSWERERS, contact_for
from contacts.models import Contact
from inbox import look

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class ToldForm(forms.Form):
    """What somebody told support."""

    by = forms.ChoiceField(
        label="How did it reach you?", choices=[*look.TOLD_BY.items()], widget=UnfoldAdminSelectWidget
    )
    words = forms.CharField(
        label="What did they ask for?",
        max_length=look.LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="In their own words, as exactly as you have them.",
    )
    reference = forms.CharField(
        label="Where can it be seen?",
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        help_text="A ticket, a file. Optional.",
    )

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["said_at"] = LocalMoment(zone=contact.brand.timezone, label="When did they say it?")
        self.fields["program"] = forms.ModelChoiceField(
            queryset=Program.objects.filter(brand_id=contact.brand_id),
            required=False,
            label="Which texts?",
            empty_label="All texts: close their numbers",
            widget=UnfoldAdminSelectWidget,
            help_text="In doubt, all of them.",
        )
        self.order_fields(["by", "said_at", "words", "reference", "program"])


def told(request: HttpRequest, contact_id: uuid.UUID) -> HttpResponse:
    """The form and what it does: at its answer nothing more can reach the person."""
    contact = contact_for(request, contact_id, ANSWERERS)
    form = ToldForm(request.POST or None, contact=contact)
    if request.method == "POST" and form.is_valid():
        try:
            closed = look.told_support(contact, cast("User", request.user), **form.cleaned_data)
        except look.CannotRecord as error:
            form.add_error(error.field, str(error))
        else:
            messages.success(request, "Recorded and closed." if closed else "This was closed already.")
            return HttpResponseRedirect(reverse("admin:contacts_contact_change", args=[contact.pk]))
    context = {
        **admin.site.each_context(request),
        "title": "Told to support",
        "contact": contact,
        "form": form,
    }
    return TemplateResponse(request, "inbox/told.html", context)
